from __future__ import annotations

import gzip
from pathlib import Path

from loglynx.bench.datasets.bgl import SOURCES, bgl
from loglynx.bench.datasets.source import DatasetAbsent


def _write(directory: Path, alerts: set[int], count: int = 100) -> None:
    (directory / "bgl").mkdir()
    lines = [
        f"{'KERNDTLB' if n in alerts else '-'} {1117838570 + n} 2005.06.03 R02 2005-06-03-15.42.50.675872 R02 RAS KERNEL INFO ce sym {n}\n"
        for n in range(count)
    ]
    (directory / "bgl" / "bgl_lines_000000_069999.log.gz").write_bytes(gzip.compress("".join(lines).encode()))


def test_windows_are_cut_after_the_split_with_a_gap_of_one_between(tmp_path: Path) -> None:
    _write(tmp_path, {5, 70})
    task = bgl(tmp_path, "bgl", 10, "normal-only", fit_lines=45)
    fit = [event.timestamp_ms for case in task.fit for event in case.events]
    test = [event.timestamp_ms for case in task.test for event in case.events]
    assert len(task.fit) == 4, "four whole windows and a half, less the one with an alert"
    assert fit == sorted(fit)
    assert test == sorted(test)
    assert (fit[-1], test[0]) == (1_117_838_570_000 + 44_000, 1_117_838_570_000 + 55_000)
    assert [case.is_anomaly for case in task.test] == [False, True, False, False, False]
    assert [at for at, wrong in enumerate(task.test[1].wrong or ()) if wrong] == [5]


def test_alerts_stay_in_unlabelled_training_data(tmp_path: Path) -> None:
    _write(tmp_path, {5})
    assert len(bgl(tmp_path, "bgl", 10, "unlabelled", fit_lines=50).fit) == 5


def test_a_missing_file_is_an_absent_data_set(tmp_path: Path) -> None:
    assert not SOURCES["bgl-20"].is_available(tmp_path)
    try:
        SOURCES["bgl-20"](tmp_path)
    except DatasetAbsent as absent:
        assert "bgl" in absent.message
    else:
        raise AssertionError("nothing was raised")
