"""Archives made by hand: windows as the detector would have judged them, and what people said of some."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from shared.archive.layout import Partition, day_of, folder_of
from shared.archive.schema import FEEDBACK, DataSet
from shared.archive.writing import write_rows
from shared.core.feedback import Feedback, FeedbackScope, FeedbackVerdict, with_id
from shared.core.normalising import template_of

NOON_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
STEP_MS = 10_000


def a_row(
    number: int, lines: Sequence[str], stream: str = "web", state: str = "normal", **facts: Any
) -> dict[str, Any]:
    """The ``number``-th window of a stream; ``facts`` are other columns."""
    at_ms = NOON_MS + number * STEP_MS
    first = number * 10
    return {
        "window_id": f"{stream}-{number}",
        "stream": stream,
        "scored_ms": at_ms,
        "first_seq": first,
        "last_seq": first + len(lines) - 1,
        "state": state,
        "score": 0.9 if state == "flagged" else 0.1,
        "strangeness": 9.0 if state == "flagged" else 1.0,
        "threshold": 6.0,
        "severity": "high" if state == "flagged" else None,
        "p_values": [("words", 0.5)],
        "reasons": [],
        "model_version": "0" * 12,
        "baseline_version": 1,
        "lines": [
            {
                "seq": first + n,
                "text": text,
                "template": template_of(text),
                "level": "info",
                "source": "app",
                "time_ms": at_ms + n,
                "surprise": 0.1,
            }
            for n, text in enumerate(lines)
        ],
        **facts,
    }


def a_word(
    windows: Sequence[str],
    verdict: FeedbackVerdict = FeedbackVerdict.FALSE_POSITIVE,
    stream: str = "web",
    key_id: str = "k1",
    **facts: Any,
) -> Feedback:
    """What somebody says of these windows."""
    known: dict[str, Any] = {"author": "ann", "scope": FeedbackScope.WINDOW, "given_ms": NOON_MS}
    facts = known | {"signature": "-".join(windows)[:40]} | facts
    return with_id(
        Feedback(feedback_id="", verdict=verdict, stream=stream, key_id=key_id, windows=tuple(windows), **facts)
    )


def write_windows(root: Path, rows: Sequence[dict[str, Any]], batch: str = "1-0_1-1") -> None:
    parts: dict[tuple[date, str], list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault((day_of(row["scored_ms"]), row["stream"]), []).append(row)
    for (day, stream), found in parts.items():
        write_rows(root, Partition(DataSet.WINDOWS, day, folder_of(stream)), batch, found)


def write_feedback(root: Path, said: Sequence[Feedback], at_ms: int = NOON_MS, batch: str = "1-0_1-1") -> None:
    for stream in {feedback.stream for feedback in said}:
        rows = [asdict(f) | {"at_ms": at_ms} for f in said if f.stream == stream]
        rows = [{name: row[name] for name in FEEDBACK.names} for row in rows]
        write_rows(root, Partition(DataSet.FEEDBACK, day_of(at_ms), folder_of(stream)), batch, rows)


Lines = Callable[[int], Sequence[str]]


def normal_lines(number: int) -> list[str]:
    """A window of a shop at work; ``number`` is the seed of what it says."""
    draw = random.Random(number)
    lines = [f"request {draw.randrange(90_000)} served in {draw.randrange(5, 60)} ms" for _ in range(4)]
    lines += [f"cache hit for item {draw.randrange(500)}" for _ in range(draw.randrange(1, 4))]
    while len(lines) < 10:
        order = draw.randrange(9_000)
        lines.append(draw.choice([f"user {order} logged in", f"order {order} placed", f"order {order} paid"]))
    draw.shuffle(lines)
    return lines


def backup_lines(number: int) -> list[str]:
    """The nightly backup: unusual, and harmless."""
    return [f"backup: copied table t{n} to volume v{number % 9} in {n + 3} s" for n in range(10)]


def break_in_lines(number: int) -> list[str]:
    """What nobody wants to be learnt."""
    return [f"uid 0 shell opened by 10.0.0.{n} after {number % 50} tries" for n in range(10)]
