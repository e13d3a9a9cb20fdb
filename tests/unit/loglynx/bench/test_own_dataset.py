from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from loglynx.bench.own_dataset import is_dataset, read_dataset
from loglynx.bench.own_window import read_window
from loglynx.bench.task import Task
from loglynx.failures import InputUnreadable

SECRET = "hunter2-and-other-content"


def _rows(path: Path, rows: list[dict[str, Any] | str]) -> None:
    text = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def _write(directory: Path, train: list[Any], test: list[Any], ending: str = ".jsonl.gz", **described: Any) -> Path:
    (directory / "dataset.json").write_text(json.dumps(described))
    _rows(directory / f"train{ending}", train)
    _rows(directory / f"test{ending}", test)
    return directory


def _lines(count: int, anomalous: tuple[int, ...] = (), **more: Any) -> list[dict[str, Any]]:
    return [{"line": f"request {n} served", "label": int(n in anomalous)} | more for n in range(count)]


def _read(directory: Path, *args: Any, **described: Any) -> Task:
    return read_dataset(_write(directory, *args, **described))


def test_a_stream_is_cut_into_windows_that_carry_the_truth_of_their_lines(tmp_path: Path) -> None:
    task = _read(tmp_path, _lines(40), _lines(50, (7,)), name="ours", kind="stream", window={"size": 20, "step": 20})
    assert (task.name, task.kind, len(task.fit), len(task.test)) == ("ours", "stream", 2, 3)
    assert [case.is_anomaly for case in task.test] == [True, False, False]
    assert [at for at, wrong in enumerate(task.test[0].wrong or ()) if wrong] == [7]
    assert len(task.test[2].events) == 10, "a remainder of half a window is one"


def test_a_remainder_of_less_than_half_a_window_is_left_out(tmp_path: Path) -> None:
    assert len(_read(tmp_path, _lines(20), _lines(29)).test) == 1


@pytest.mark.parametrize(
    ("window", "sizes"),
    [
        (None, [20, 20, 20]),
        ({}, [20, 20, 20]),
        (30, [30, 30]),
        ({"size": 30}, [30, 30]),
        ({"type": "fixed", "size": 30}, [30, 30]),
        ({"kind": "fixed", "size": 30}, [30, 30]),
        ({"rule": "fixed:30"}, [30, 30]),
        ("fixed:30", [30, 30]),
        ({"size": 40, "step": 20}, [40, 40]),
        ({"seconds": 30}, [30, 30]),
        ({"type": "time", "minutes": 0.5}, [30, 30]),
        ({"rule": "time:30"}, [30, 30]),
        ({"kind": "whole"}, [60]),
    ],
)
def test_windows_may_be_described_in_many_ways(tmp_path: Path, window: object, sizes: list[int]) -> None:
    rows = [{"line": f"beat {n}", "ts": 1_700_000_010 + n} for n in range(60)]
    task = _read(tmp_path, rows, rows, window=window)
    assert [len(case.events) for case in task.test] == sizes


@pytest.mark.parametrize(
    "window",
    [
        {"kind": "odd"},
        {"size": 0},
        {"size": "x"},
        {"size": 5, "step": 9},
        [],
        True,
        "fixed:x",
        {"seconds": "x"},
        {"seconds": 0},
    ],
)
def test_a_window_that_cannot_be_read_is_named(tmp_path: Path, window: object) -> None:
    with pytest.raises(InputUnreadable, match=r'dataset\.json.*"window"'):
        _read(tmp_path, _lines(20), _lines(20), window=window)


def test_windows_longer_than_the_service_takes_are_cut_all_the_same() -> None:
    assert read_window({"size": 1000}).size == 1000


@pytest.mark.parametrize(
    ("label", "is_anomaly"),
    [(0, False), (1, True), (False, False), (True, True), ("-", False), ("normal", False), ("Normal", False), ("0", False),
     ("anomaly", True), ("KERNDTLB", True), ("1", True), (0.0, False), (None, False), ("正常", False)],
)  # fmt: skip
def test_labels_may_be_numbers_truths_or_words(tmp_path: Path, label: object, is_anomaly: bool) -> None:
    task = _read(tmp_path, _lines(20), [{"line": "x", "label": label}, *_lines(19)])
    assert task.test[0].is_anomaly is is_anomaly


@pytest.mark.parametrize(
    "ts", [1_700_000_000, 1_700_000_000_000, "2023-11-14T22:13:20Z", "2023-11-14 22:13:20", "1700000000"]
)
def test_times_may_be_seconds_milliseconds_or_iso(tmp_path: Path, ts: object) -> None:
    task = _read(tmp_path, _lines(20), _lines(20, ts=ts))
    assert task.test[0].events[0].timestamp_ms == 1_700_000_000_000


def test_anomalous_training_windows_are_dropped_only_where_labels_are_to_be_used(tmp_path: Path) -> None:
    rows = _lines(60, (25,))
    assert len(_read(tmp_path, rows, rows, train_labels="normal-only").fit) == 2
    unlabelled = _read(tmp_path, rows, rows, train_labels="unlabelled")
    assert len(unlabelled.fit) == 3
    assert not any(case.is_anomaly for case in unlabelled.fit), "labels of unlabelled training data are not handed on"


def test_sessions_are_cases_as_they_are(tmp_path: Path) -> None:
    sessions: list[Any] = [
        {"lines": ["open", "close"], "label": 0},
        {"lines": ["open", "Traceback\n  File x", "close"], "label": 1, "line_labels": [0, 1, 0]},
        {"lines": ["open", "boom"], "line_labels": [0, 1], "times": [1_700_000_000, "2023-11-14T22:13:21Z"]},
    ]
    task = _read(tmp_path, sessions, sessions, ".jsonl", kind="sessions", train_labels="normal-only")
    assert len(task.fit) == 1
    assert [case.is_anomaly for case in task.test] == [False, True, True]
    assert task.test[0].wrong is None
    assert task.test[1].wrong == (False, True, False)
    assert task.test[1].events[1].line_count == 2
    assert [event.timestamp_ms for event in task.test[2].events] == [1_700_000_000_000, 1_700_000_001_000]


def test_a_line_is_used_as_it_is(tmp_path: Path) -> None:
    task = _read(tmp_path, _lines(20), [{"line": "- not a label", "label": 0}] * 20)
    assert task.test[0].events[0].text == "- not a label"


def test_a_test_part_without_labels_is_said_to_have_none(tmp_path: Path) -> None:
    task = _read(tmp_path, [{"line": "a"}] * 20, [{"line": "a"}] * 20)
    assert task.test[0].wrong is None
    assert "label" in task.note


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"line": "' + SECRET, "not JSON"),
        (f'["{SECRET}"]', "not a JSON object"),
        ({"text": SECRET}, '"line" is not text'),
        ({"line": 5}, '"line" is not text'),
        ({"line": SECRET, "label": [1]}, "label"),
        ({"line": SECRET, "ts": "yesterday"}, "time"),
        ({"line": SECRET, "ts": 1e300}, "time"),
        ('{"line": "x", "ts": ' + "9" * 400 + "}", "time"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_row_is_named_by_number_and_never_repeated(tmp_path: Path, row: Any, reason: str) -> None:
    with pytest.raises(InputUnreadable) as caught:
        _read(tmp_path, _lines(20), [*_lines(2), row])
    assert "row 3" in caught.value.message
    assert "test.jsonl" in caught.value.message
    assert reason in caught.value.message
    assert SECRET not in caught.value.message + caught.value.fix


@pytest.mark.parametrize(
    "row", [{"line": "x"}, {"lines": []}, {"lines": ["x"], "line_labels": [0, 1]}, {"lines": ["x"], "times": 3}]
)
def test_a_bad_session_is_named_by_its_number(tmp_path: Path, row: Any) -> None:
    good = {"lines": ["open"], "label": 0}
    with pytest.raises(InputUnreadable, match="row 2"):
        _read(tmp_path, [good], [good, row], kind="sessions")


@pytest.mark.parametrize("missing", ["dataset.json", "train.jsonl.gz", "test.jsonl.gz"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    _write(tmp_path, _lines(20), _lines(20))
    (tmp_path / missing).unlink()
    with pytest.raises(InputUnreadable, match=missing.split(".")[0]):
        read_dataset(tmp_path)
    assert is_dataset(tmp_path) == (missing != "dataset.json")


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    _write(tmp_path, _lines(20), _lines(2000))
    path = tmp_path / "test.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputUnreadable, match="reading stopped"):
        read_dataset(tmp_path)


def test_a_part_without_a_single_window_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="not one window"):
        _read(tmp_path, _lines(20), _lines(3))


def test_an_unknown_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match='"kind"'):
        _read(tmp_path, _lines(20), _lines(20), kind="graph")


def test_windows_by_time_of_a_stream_without_times_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="time"):
        _read(tmp_path, _lines(20), _lines(20), window={"seconds": 10})
