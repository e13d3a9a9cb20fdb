from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets import order_faults, simulated
from loglynx.bench.datasets.log_transfer import SOURCES, with_strangers
from loglynx.bench.datasets.order_faults import Usual, disturb
from loglynx.bench.datasets.twins import altering, with_twins
from loglynx.bench.injections import slow
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case
from shared.core.records import Event


def _windows(count: int, size: int = 10) -> list[Case]:
    lines = [
        f"2024-01-01 10:{n // 60 % 60:02d}:{n % 60:02d} INFO call {n} took {n % 7 + 1} ms"
        for n in range(count * size)
    ]
    return fixed(size).cases(parse_stream(lines))


def test_every_injected_window_stands_behind_its_twin_and_differs_where_it_is_marked() -> None:
    windows = _windows(300)
    mixed = with_twins(windows, altering(windows, slow), np.random.default_rng(1))
    assert sum(case.is_anomaly for case in mixed) == 30
    assert [case.events for case in mixed if not case.is_anomaly] == [case.events for case in windows]
    for twin, case in pairwise(mixed):
        if case.is_anomaly:
            assert case.wrong == tuple(
                before != after for before, after in zip(twin.events, case.events, strict=True)
            )
            assert [e.timestamp_ms for e in case.events] == [e.timestamp_ms for e in twin.events]


def test_a_quarter_of_a_few_windows_is_injected() -> None:
    windows = _windows(40)
    assert (
        sum(case.is_anomaly for case in with_twins(windows, altering(windows, slow), np.random.default_rng(1))) == 10
    )


def test_a_fault_that_finds_no_place_leaves_all_windows_normal() -> None:
    windows = _windows(20)
    assert with_twins(windows, lambda _at, _rng: None, np.random.default_rng(1)) == [
        Case(case.events, False, (False,) * 10) for case in windows
    ]


def test_strangers_come_at_the_time_of_the_line_they_replace_and_windows_keep_their_length() -> None:
    windows = _windows(100, 4)
    mixed = with_strangers(windows, ([Event("boom", "boom", 5)], [Event("hm", "hm", 6)]), np.random.default_rng(1))
    assert sum(case.is_anomaly for case in mixed) == 10
    for before, after in zip(windows, mixed, strict=True):
        assert [e.timestamp_ms for e in before.events] == [e.timestamp_ms for e in after.events]
        assert after.wrong == tuple(event.text in {"boom", "hm"} for event in after.events)
    assert {e.text for case in mixed for e in case.events} >= {"boom", "hm"}


def test_lines_of_another_family_are_put_into_a_log(tmp_path: Path) -> None:
    for directory, name, line in (
        ("loghub_2k", "Linux_2k", "Jun 14 15:16:01 combo sshd[1]: check {}"),
        ("loghub_2k", "Spark_2k", "17/06/09 20:10:40 INFO x.Y: task {}"),
        ("loghub_long", "Linux_full", "Jun 14 15:16:01 combo su: {}"),
    ):
        (tmp_path / directory).mkdir(exist_ok=True)
        (tmp_path / directory / f"{name}.log.gz").write_bytes(
            gzip.compress("".join(line.format(n) + "\n" for n in range(400)).encode())
        )
    [task], [clean] = SOURCES["logtransfer-Linux"](tmp_path), SOURCES["logtransfer-Linux-clean"](tmp_path)
    assert not any(case.is_anomaly for case in clean.test)
    strange = [
        event.text for case in task.test for event, wrong in zip(case.events, case.wrong or (), strict=True) if wrong
    ]
    assert strange
    assert all("task" in text for text in strange)
    assert [case.events for case in task.test if not case.is_anomaly] == [
        c.events for c, t in zip(clean.test, task.test, strict=True) if not t.is_anomaly
    ]


def _course(letters: str) -> tuple[Event, ...]:
    return tuple(Event(letter * 3, letter * 3, n) for n, letter in enumerate(letters))


def test_a_window_of_a_stream_keeps_its_length_under_every_fault() -> None:
    for fault in order_faults.FAULTS:
        found = disturb(fault, _course("abcdefghij"), _course("klmnopqrst"), np.random.default_rng(3))
        assert found is not None
        assert len(found.items) == len(found.wrong) == 10
        assert any(found.wrong)


def test_a_course_that_normal_life_has_is_no_anomaly() -> None:
    usual = Usual.of([Case(_course("abc")), Case(_course("acb"))])
    assert not usual.is_broken_by(_course("acb"), "reorder", "sessions")
    assert usual.is_broken_by(_course("bac"), "reorder", "sessions")
    assert not usual.is_broken_by(_course("cba"), "ratio", "sessions"), "made of the same"
    assert usual.is_broken_by(_course("aab"), "repeat", "sessions")
    assert not usual.is_broken_by(_course("bcb"), "missing", "stream")
    assert usual.is_broken_by(_course("ba"), "missing", "stream")


def test_simulated_faults_lie_in_their_episodes(tmp_path: Path) -> None:
    [task] = simulated.SOURCES["zh-faults-iot_gateway_zh"](tmp_path)
    assert len(task.fit) == 300
    inside = {at for begin, end in task.episodes for at in range(begin, end)}
    assert {at for at, case in enumerate(task.test) if case.is_anomaly} <= inside
    assert all(any(case.is_anomaly for case in task.test[begin:end]) for begin, end in task.episodes)
    assert len(task.episodes) == 14
