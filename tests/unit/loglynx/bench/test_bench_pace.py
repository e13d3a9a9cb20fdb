from __future__ import annotations

from bench_cases import a_task

from loglynx.bench.pace import Pace
from loglynx.bench.rows import rows_named
from loglynx.bench.runner import run_task


def test_what_is_left_follows_from_what_is_done() -> None:
    said: list[str] = []
    now = [0.0]
    pace = Pace(said.append, lambda: now[0])
    pace.expect(4)
    now[0] = 10.0
    pace.told("hdfs", "ecvc", 0, None, True)
    assert said[-1] == "[1/4] hdfs  ecvc (seed 0)  failed  about 30 s left"
    pace.told("hdfs", "iforest", 0, None, False)
    assert said[-1].startswith("[1/4]")
    now[0] = 600.0
    pace.told("hdfs", "iforest", 1, None, True)
    assert said[-1].endswith("about 10 min left")


def test_further_tasks_are_further_rows() -> None:
    said: list[str] = []
    pace = Pace(said.append, lambda: 0.0)
    pace.expect(2)
    run_task(a_task(), rows_named("length,new-template"), 1, 0.01, pace.told)
    assert said[-1].startswith("[2/2] sessions  new-template (seed 0)  F1 1.000  PR-AUC 1.000  fit ")
    pace.expect(2)
    run_task(a_task(), rows_named("length"), 1, 0.01, pace.told)
    assert said[-1].startswith("[3/4]")
