from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from loglynx.bench.datasets.hadoop import SOURCES, hide_batch


def _container(number: int, label: str) -> dict[str, Any]:
    line = f"2015-10-{10 + number:02d} 15:37:56,547 INFO [main] org.apache.X: Created for application_14450627814{number:02d}_0011 on MSRA-SA-41.fareast.corp.microsoft.com"
    return {
        "application": f"application_{number}",
        "workload": "PageRank",
        "label": label,
        "container": "c",
        "lines": [line],
    }


def test_what_names_the_batch_of_runs_is_the_same_in_all_of_them() -> None:
    lines = {hide_batch(line) for number in (1, 9) for line in _container(number, "normal")["lines"]}
    assert lines == {
        "2015-10-17 15:37:56,547 INFO [main] org.apache.X: Created for application_1445000000000_0011 on node"
    }
    assert hide_batch("host msra-sa-39 minint-fnanli5 04DN8IQ user msrabi") == "host node node node user user"


def test_the_first_normal_applications_are_fitted_on_and_the_others_judged_with_one_fault(tmp_path: Path) -> None:
    labels = ["normal"] * 7 + ["disk_full", "machine_down"]
    (tmp_path / "hadoop").mkdir()
    text = "\n".join(json.dumps(_container(number, label)) for number, label in enumerate(labels))
    (tmp_path / "hadoop" / "containers.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    [task] = SOURCES["hadoop-disk_full"](tmp_path)
    assert len(task.fit) == 5
    assert [case.is_anomaly for case in task.test] == [False, False, True]
