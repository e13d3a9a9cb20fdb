from __future__ import annotations

import lzma
from pathlib import Path

from loglynx.bench.datasets import iotdb


def _line(minute: int, second: float, is_injected: bool) -> str:
    mark = "" if is_injected else "- "
    return f"{mark}2023-10-27 16:{minute:02d}:{int(second):02d},{round(second % 1 * 1000):03d} [timer7] DEBUG o.a.r.u.TimeoutTimer$Task:54 - run task\n"


def _experiment(directory: Path, minute: int, injected: tuple[int, int], nodes: int = 2) -> None:
    directory.mkdir(parents=True)
    for node in range(1, nodes + 1):
        lines = [_line(minute, n / 50, injected[0] <= n < injected[1]) for n in range(1000)]
        (directory / f"node{node}.log.xz").write_bytes(lzma.compress("".join(lines).encode()))


def test_the_mark_of_what_is_normal_is_cut_before_anything_sees_it() -> None:
    bare = "2023-10-27 16:13:52,938 [main] INFO x"
    assert iotdb.split_prefix(f"- {bare}") == (bare, False)
    assert iotdb.split_prefix(bare) == (bare, True)


def test_start_up_is_only_fitted_on_and_one_injection_is_one_episode(tmp_path: Path) -> None:
    _experiment(tmp_path / "multilog_iotdb" / "cpu", 0, (300, 1000))
    for minute, name in enumerate(iotdb._WITH_WORK_AFTER, start=1):
        _experiment(tmp_path / "multilog_iotdb" / name, minute, (200, 500), nodes=1)
    [task] = iotdb.SOURCES["iotdb-cpu"](tmp_path)
    assert len(task.fit) == 2 * 3 + 5 * 5
    assert sum(case.is_anomaly for case in task.test) == 2 * 7
    assert sum(not case.is_anomaly for case in task.test) == 5 * 5
    [(begin, end)] = task.episodes
    assert [case.is_anomaly for case in task.test[begin:end]] == [True] * 14
    fit = {event.timestamp_ms for case in task.fit for event in case.events}
    assert not fit & {event.timestamp_ms for case in task.test for event in case.events}


def test_a_node_that_was_down_meanwhile_starts_up_until_the_others_were_hit(tmp_path: Path) -> None:
    _experiment(tmp_path / "x", 0, (300, 600), nodes=1)
    lines = [_line(0, n / 50, False) for n in (*range(300), *range(700, 1000))]
    (tmp_path / "x" / "node2.log.xz").write_bytes(lzma.compress("".join(lines).encode()))
    phases = iotdb._phases(tmp_path / "x")
    assert [len(phase) for phase in phases] == [6, 3, 4 + 3]
