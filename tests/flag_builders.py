"""Builders of flags for tests of every tier: ``a_flag([...lines...])``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.core.records import Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState, Window

_LEVEL = re.compile(r"\b(FATAL|ERROR|WARN|INFO|DEBUG)\b")


def a_flag(
    lines: Sequence[str],
    *,
    surprising: Sequence[int] = (),
    reasons: Sequence[str] = ("unusual_sequence",),
    severity: Severity = Severity.LOW,
    stream: str = "app",
    first_seq: int = 0,
    flagged_at_ms: int = 1_700_000_000_000,
    times_ms: Sequence[int] | None = None,
) -> Flag:
    """A flag over ``lines``; the ``surprising`` ones (numbers from 1) have surprise 8 and are pointed at, others 1.

    Levels are read off the words INFO, WARN, ERROR …; digits do not count in templates.
    """
    seqs = tuple(range(first_seq, first_seq + len(lines)))
    events = tuple(
        FlaggedEvent(
            number=number,
            seq=seq,
            text=text,
            template=re.sub(r"\d+", "<NUM>", text.split("\n", 1)[0]),
            level=found[0].lower() if (found := _LEVEL.search(text)) else "",
            timestamp_ms=times_ms[number - 1] if times_ms else None,
            surprise=8.0 if number in surprising else 1.0,
        )
        for number, (seq, text) in enumerate(zip(seqs, lines, strict=True), start=1)
    )
    verdict = Verdict(
        window_id=Window(stream, seqs, "fixed:10").window_id,
        stream=stream,
        seqs=seqs,
        state=VerdictState.FLAGGED,
        score=0.9,
        strangeness=9.0,
        threshold=5.0,
        model_version="test",
        baseline_version=1,
        event_surprise=tuple(event.surprise for event in events),
        reasons=tuple(Reason(code, tuple(number - 1 for number in surprising)) for code in reasons),
        severity=severity,
    )
    return Flag(verdict, events, flagged_at_ms)


CALM = (
    "2025-03-04 10:00:00,101 INFO  [pool-1] web.Access - GET /orders/1204 handled in 12 ms",
    "2025-03-04 10:00:00,455 INFO  [pool-2] web.Access - GET /orders/77 handled in 9 ms",
    "2025-03-04 10:00:01,020 INFO  [pool-1] store.Cache - cache refreshed, 118 entries",
)
CALM_ZH = (
    "2025-03-04 10:00:00.101 INFO  [订单线程-1] 订单服务 - 查询订单 1204 完成，用时 12 毫秒",
    "2025-03-04 10:00:00.455 INFO  [订单线程-2] 订单服务 - 查询订单 77 完成，用时 9 毫秒",
    "2025-03-04 10:00:01.020 INFO  [订单线程-1] 缓存 - 已刷新 118 条记录",
)


def among_calm(*lines: str, language: str = "en", **options: object) -> Flag:
    """``lines`` after three calm ones of the same system, pointed at as surprising."""
    calm = CALM if language == "en" else CALM_ZH
    numbers = tuple(range(len(calm) + 1, len(calm) + 1 + len(lines)))
    return a_flag([*calm, *lines], surprising=numbers, **options)  # type: ignore[arg-type]
