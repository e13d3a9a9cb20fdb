"""No line trains and tests, even where windows overlap."""

from __future__ import annotations

import json
from pathlib import Path

from loglynx.training.cases import Reading, read_cases
from loglynx.training.splitting import Split, overlap_of, split
from services.trainer.train_detector import FIT_SHARE


def messages(windows: list[tuple[object, ...]]) -> set[str]:
    return {event.message for events in windows for event in events}  # type: ignore[attr-defined]


def fitted(parts: Split) -> set[str]:
    return messages(list(parts.normal[: int(FIT_SHARE * len(parts.normal))]))


def test_anomalies_never_train_and_labelled_data_is_split_in_time(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(json.dumps({"lines": [f"line {at}"], "label": int(at % 5 == 0)}) + "\n" for at in range(50))
    )
    parts = split(read_cases(str(path), Reading()))
    assert len(parts.normal) == 32 and parts.left_out == 8
    assert [case.events[0].message for case in parts.test] == [f"line {at}" for at in range(40, 50)]


def test_sliding_windows_share_no_line_between_what_trains_what_sets_the_threshold_and_what_tests(
    tmp_path: Path,
) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"{'x' if at in (40, 190) else '-'} told {'z' * (at + 1)}\n" for at in range(200)))
    parts = split(read_cases(str(path), Reading("sliding:10:1", has_label_column=True)))
    tested = messages([case.events for case in parts.test])
    assert tested and parts.held_back
    assert not messages(list(parts.normal)) & tested
    assert not fitted(parts) & messages(list(parts.held_back))


def test_a_slow_stream_beside_a_fast_one_shares_no_line_either(tmp_path: Path) -> None:
    """Between two windows of the slow one stand many of the fast one: the rule alone leaves too little out."""
    for name, every in (("fast", 1), ("slow", 20)):
        stamps = (f"2026-01-01 00:{at // 60:02d}:{at % 60:02d}" for at in range(0, 400, every))
        (tmp_path / f"{name}.log").write_text("".join(f"{s} {name} {'z' * at}\n" for at, s in enumerate(stamps, 1)))
    parts = split(read_cases(str(tmp_path), Reading("sliding:4:1")))
    assert parts.gap > overlap_of("sliding:4:1") == 3
    assert parts.held_back and not fitted(parts) & messages(list(parts.held_back))


def test_only_sliding_windows_overlap() -> None:
    assert [overlap_of(rule) for rule in ("fixed:20", "sliding:10:4", "time:60", "sessions")] == [0, 2, 0, 0]
