"""Every benchmark task by name: ``TASKS["bgl-20"](data_dir)`` reads the files it needs and gives the task.

The data directory is $LOGLYNX_DATA; nothing of it is part of this repository. A data set that is not there raises
DatasetAbsent when its task is asked for, and is missing from ``available``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from loglynx.bench.datasets import (
    bgl,
    hadoop,
    hdfs,
    iotdb,
    liberty,
    log_transfer,
    nezha,
    openstack,
    order_faults,
    parameter_faults,
    simulated,
    ssh_auth,
    thunderbird,
    web_access,
)  # fmt: skip
from loglynx.bench.datasets.source import DatasetAbsent, Source

__all__ = ["TASKS", "DatasetAbsent", "Source", "available"]

_FAMILIES = (
    hdfs, bgl, thunderbird, liberty, openstack, log_transfer, parameter_faults, order_faults, simulated, iotdb, nezha,
    hadoop, web_access, ssh_auth,
)  # fmt: skip
TASKS: Final[Mapping[str, Source]] = {name: source for family in _FAMILIES for name, source in family.SOURCES.items()}


def available(data_dir: Path) -> list[str]:
    """Names of the tasks whose files are all below ``data_dir``."""
    return [name for name, source in TASKS.items() if source.is_available(data_dir)]
