"""Which device a detector may use, and the graphics cards that this machine has.

``cards()`` asks the driver's own tool, nvidia-smi, and never fails: no tool, no driver and no card are an empty list.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"
_TIMEOUT_S: Final = 10.0

Query = Callable[[Sequence[str]], str]


class Device(StrEnum):
    """``auto`` takes CUDA where it works and the CPU elsewhere; ``cuda`` refuses to start without it."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True, slots=True)
class Card:
    """One graphics card as its driver names it."""

    name: str
    driver: str


def _ask(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True).stdout


def cards(ask: Query = _ask) -> list[Card]:
    """The NVIDIA cards of this machine, in the driver's order."""
    try:
        answer = ask(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"])
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.rpartition(",") for line in answer.splitlines()]
    return [Card(name.strip(), driver.strip()) for name, comma, driver in rows if comma]
