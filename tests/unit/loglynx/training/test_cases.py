"""Windows come out of raw logs, JSON, directories and streams alike."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglynx.failures import CommandFailed, InputUnreadable
from loglynx.training.cases import Reading, read_cases


class Kept:
    def __init__(self, count: int) -> None:
        self.count = count

    def lines(self, stream: str) -> Iterator[tuple[str, int]]:
        for at in range(self.count):
            yield f"{stream} did step {at}", 1_700_000_000_000 + at


def test_raw_lines_are_cut_by_the_rule_and_traces_are_one_event(tmp_path: Path) -> None:
    lines = [f"2026-01-01 00:00:{at:02d} INFO step {at}" for at in range(20)]
    lines[5] += '\nTraceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: bad'
    path = tmp_path / "app.log"
    path.write_text("\n".join(lines) + "\n")
    read = read_cases(str(path), Reading("fixed:5"))
    assert [len(case.events) for case in read.cases] == [5, 5, 5, 5]
    assert not read.is_told


def test_it_is_said_how_many_sequences_without_a_label_count_as_normal_beside_labelled_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"
    labels = [{"label": 1}, {"label": 0}, {}, {"label": None}, {}]
    rows = [json.dumps({"lines": [f"step {at}"], **label}) + "\n" for at, label in enumerate(labels)]
    path.write_text("".join(rows))
    assert [case.is_anomaly for case in read_cases(str(path), Reading()).cases] == [True, False, False, False, False]
    assert "3 of 5 sequences have no label and count as normal" in capsys.readouterr().err
    for alike in (rows[:2], rows[2:]):
        path.write_text("".join(alike))
        read_cases(str(path), Reading())
        assert "no label" not in capsys.readouterr().err, "all of them, or none, is nothing to tell"


def test_a_label_column_is_cut_off_and_believed(tmp_path: Path) -> None:
    path = tmp_path / "bgl.log"
    path.write_text("".join(f"{'KERNDTLB' if at == 7 else '-'} 1117838570 node {at} ok\n" for at in range(20)))
    read = read_cases(str(path), Reading("fixed:5", has_label_column=True))
    assert [case.is_anomaly for case in read.cases] == [False, True, False, False]
    assert "KERNDTLB" not in read.cases[1].events[2].text


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], ["c"]],
        [{"lines": ["a", "b"], "label": 0}, {"log_seq": ["c"], "label": 1}],
        [{"sequence": ["a", "b"]}, {"log_text": "c"}],
    ],
)
@pytest.mark.parametrize("is_array", [False, True])
def test_json_sequences_are_read_under_any_of_their_names(rows: list[object], is_array: bool, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows) if is_array else "\n".join(json.dumps(row) for row in rows))
    read = read_cases(str(path), Reading())
    assert [[event.message for event in case.events] for case in read.cases] == [["a", "b"], ["c"]]


def test_simulated_rows_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"lines": ["a"]}\n{"lines": ["b"], "label": 1, "simulated": true}\n')
    read = read_cases(str(path), Reading())
    assert len(read.cases) == 1 and not read.is_told


def test_a_record_without_text_is_named_and_its_content_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"lines": ["a"]}\n{"secret": "hunter2"}\n')
    with pytest.raises(InputUnreadable, match="record 2") as refused:
        read_cases(str(path), Reading())
    assert "hunter2" not in refused.value.message


def test_a_stream_comes_from_whoever_keeps_its_lines() -> None:
    read = read_cases("stream:nginx", Reading("fixed:5", streams=Kept(20)))
    assert len(read.cases) == 4 and read.name == "stream:nginx"
    with pytest.raises(CommandFailed, match="no line"):
        read_cases("stream:nginx", Reading(streams=Kept(0)))


def test_rotated_files_are_read_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    for name, day in (("app.log", 3), ("app.log.1", 2), ("app.log.2", 1)):
        (tmp_path / name).write_text("".join(f"2026-01-{day:02d} 00:00:{at:02d} day {day}\n" for at in range(10)))
    read = read_cases(str(tmp_path), Reading("fixed:5"))
    assert [case.events[0].message for case in read.cases] == ["day 1", "day 1", "day 2", "day 2", "day 3", "day 3"]


def test_windows_of_streams_that_ran_beside_each_other_are_interleaved_by_time(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.log").write_text("".join(f"2026-01-01 00:00:{at:02d} {name}\n" for at in range(10)))
    read = read_cases(str(tmp_path), Reading("fixed:5"))
    assert [case.events[0].message for case in read.cases] == ["a", "b", "a", "b"]


def test_files_without_times_follow_each_other_as_they_were_written(tmp_path: Path) -> None:
    for name, at in (("app.log", 3000), ("app.log.1", 2000), ("app.log.2", 1000)):
        (tmp_path / name).write_text(f"{name}\n" * 5)
        os.utime(tmp_path / name, (at, at))
    read = read_cases(str(tmp_path), Reading("fixed:5"))
    assert [case.events[0].message for case in read.cases] == ["app.log.2", "app.log.1", "app.log"]


def test_equal_content_has_an_equal_digest_and_other_labels_another(tmp_path: Path) -> None:
    def digest(label: int) -> str:
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps({"lines": ["a"], "label": label}))
        return read_cases(str(path), Reading()).digest

    assert digest(0) == digest(0) != digest(1)


def test_a_rule_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("a\n")
    with pytest.raises(CommandFailed, match="no window rule"):
        read_cases(str(tmp_path / "a.log"), Reading("often"))
