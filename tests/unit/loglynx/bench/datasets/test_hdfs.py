from __future__ import annotations

import gzip
import json
from pathlib import Path

from loglynx.bench.datasets.hdfs import SOURCES, split_by_time
from loglynx.bench.task import Case
from shared.core.records import Event


def _sequences(directory: Path) -> None:
    (directory / "hdfs").mkdir()
    (directory / "hdfs" / "templates.csv").write_text(
        "EventId,EventTemplate\nE5,<*>Receiving block<*>src:<*>dest:<*>\nE11,<*>PacketResponder <*> for block <*> terminating<*>\n"
    )
    rows = "split,label,sequence\ntrain_deeplog,0,5 5 11\ntrain,0,5 11\nval,0,5 5 11\ndev,1,11\ndev,0,5 5 11\n"
    (directory / "hdfs" / "sequences.csv.gz").write_bytes(gzip.compress(rows.encode()))


def test_numbers_become_lines_again_and_equal_sessions_are_one_object(tmp_path: Path) -> None:
    _sequences(tmp_path)
    [task] = SOURCES["hdfs-deeplog"](tmp_path)
    assert [case.is_anomaly for case in task.test] == [False, False, True, False]
    assert task.test[1] is task.test[3]
    first, second, last = task.fit[0].events
    assert first is second
    assert last.message.startswith("PacketResponder 1 for block blk_")
    assert "<*>" not in first.text
    assert first.timestamp_ms is None


def test_the_larger_training_set_takes_two_splits(tmp_path: Path) -> None:
    _sequences(tmp_path)
    [task] = SOURCES["hdfs-44k"](tmp_path)
    assert (len(task.fit), len(task.test)) == (2, 3)


def _session(start_s: int, end_s: int, is_anomaly: bool = False) -> Case:
    return Case((Event("a", "a", start_s * 1000), Event("b", "b", end_s * 1000)), is_anomaly)


def test_a_session_that_crosses_the_cut_is_in_neither_part() -> None:
    sessions = [_session(0, 1), _session(1, 9), _session(2, 3, True), _session(3, 4), _session(5, 6), _session(7, 8)]
    fit, test = split_by_time(sessions, 0.7)
    assert list(fit) == [sessions[0], sessions[3]]
    assert list(test) == sessions[4:]


def test_raw_sessions_are_ordered_by_their_first_event(tmp_path: Path) -> None:
    (tmp_path / "hdfs").mkdir()
    rows = [
        {
            "block": f"blk_{n}",
            "label": int(n == 0),
            "lines": [f"081109 20{35 - n}30 147 INFO dfs.DataNode: Receiving block blk_{n}"],
        }
        for n in range(10)
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "hdfs" / "raw_sessions.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    [task] = SOURCES["hdfs-raw-70"](tmp_path)
    times = [case.events[0].timestamp_ms or 0 for case in (*task.fit, *task.test)]
    assert times == sorted(times)
    assert [case.is_anomaly for case in task.test] == [False, True]
