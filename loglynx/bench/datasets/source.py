"""Where a task comes from: the files it needs below the data directory, and how it is built from them.

Reads gzip, xz and plain text. Raises DatasetAbsent when the data is not there, so that a run can skip the task.
"""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglynx.bench.task import Task
from loglynx.failures import InputUnreadable

Build = Callable[[Path], Task]


class DatasetAbsent(InputUnreadable):
    """The data directory holds no such data set; the task is to be skipped, not failed."""


@dataclass(frozen=True, slots=True)
class Source:
    """``needs``: paths below the data directory. Calling it reads them and gives the task, in a list of one."""

    needs: tuple[str, ...]
    build: Build

    def is_available(self, data_dir: Path) -> bool:
        return all((data_dir / path).exists() for path in self.needs)

    def __call__(self, data_dir: Path) -> list[Task]:
        for path in self.needs:
            if not (data_dir / path).exists():
                raise DatasetAbsent(
                    f"{path} is not below the data directory", "set LOGLYNX_DATA, or leave this task out"
                )
        return [self.build(data_dir)]


def read_lines(path: Path) -> list[str]:
    """The lines of a log, without their ends; bytes that are no UTF-8 are replaced, and only ``\\n`` ends a line."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    elif path.suffix == ".xz":
        raw = lzma.decompress(raw)
    lines = raw.decode("utf-8", "replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file that holds one a line."""
    for line in read_lines(path):
        yield json.loads(line)
