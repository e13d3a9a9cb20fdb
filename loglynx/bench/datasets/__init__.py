"""Every benchmark task by name: ``TASKS["bgl-20"](data_dir)`` reads the files it needs and gives the task.

The data directory is $LOGLYNX_DATA; nothing of it is part of this repository. A data set that is not there raises
DatasetAbsent when its task is asked for, and is missing from ``available``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from loglynx.bench.datasets import bgl, hdfs, thunderbird
from loglynx.bench.datasets.source import DatasetAbsent, Source

__all__ = ["TASKS", "DatasetAbsent", "Source", "available"]

TASKS: Final[Mapping[str, Source]] = hdfs.SOURCES | bgl.SOURCES | thunderbird.SOURCES


def available(data_dir: Path) -> list[str]:
    """Names of the tasks whose files are all below ``data_dir``."""
    return [name for name, source in TASKS.items() if source.is_available(data_dir)]
