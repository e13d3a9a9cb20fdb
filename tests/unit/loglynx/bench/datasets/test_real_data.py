"""The readers on the real files, where there are any: $LOGLYNX_DATA."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loglynx.bench.datasets import TASKS, available

DATA = Path(os.environ.get("LOGLYNX_DATA", "data"))
QUICK = (
    "bgl-20", "bgl-20-unlabelled", "thunderbird-20", "liberty-100", "openstack-loghub", "openstack-parisakalaki",
    "logtransfer-Linux", "params-latency-openstack", "params-retry-hadoop", "order-missing-healthapp", "ssh-auth",
    "web-attacks", "zh-faults-gateway_zh", "hdfs-deeplog",
)  # fmt: skip


def test_every_task_is_known_by_one_name_and_a_directory_without_data_has_our_own_systems_only(
    tmp_path: Path,
) -> None:
    assert len(TASKS) > 100
    assert {name.split("-")[0] for name in available(tmp_path)} == {"zh", "en", "params"}


@pytest.mark.data
@pytest.mark.parametrize("name", QUICK)
def test_a_task_of_real_data_is_whole(name: str) -> None:
    if not TASKS[name].is_available(DATA):
        pytest.skip("no benchmark data")
    [task] = TASKS[name](DATA)
    assert task.name == name
    assert task.fit
    assert any(case.is_anomaly for case in task.test)
    assert not all(case.is_anomaly for case in task.test)
    assert not any(case.is_anomaly for case in task.fit) or task.train_labels == "unlabelled"
    assert all(
        case.wrong is None or (len(case.wrong) == len(case.events) and any(case.wrong) == case.is_anomaly)
        for case in task.test
    )
    assert all(0 <= begin < end <= len(task.test) for begin, end in task.episodes)
    if task.kind == "stream":
        fit = {id(event) for case in task.fit for event in case.events}
        assert not any(id(event) in fit for case in task.test for event in case.events), "an event in both parts"
