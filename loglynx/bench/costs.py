"""What a piece of work costs: CPU seconds of this process, and the peak of its memory."""

from __future__ import annotations

import re
import resource
import sys
import time
from pathlib import Path
from typing import Literal

MemoryMethod = Literal["peak-reset", "maxrss-growth"]
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class CpuTimer:
    """``with CpuTimer() as timer`` leaves the CPU seconds, of all threads, in ``timer.seconds``."""

    seconds = 0.0

    def __enter__(self) -> CpuTimer:
        self._started = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self._started


class PeakMemory:
    """MB by which the process grew at its highest since this was made.

    ``method`` says how: "peak-reset" (Linux: the kernel's peak is set back first) is true of this piece of work
    alone; "maxrss-growth" is 0 for work that stays below an earlier peak.
    """

    def __init__(self) -> None:
        self.method: MemoryMethod = "peak-reset"
        try:
            _CLEAR.write_text("5")
            self._before = _status_mb("VmRSS")
        except (OSError, ValueError):
            self.method = "maxrss-growth"
            self._before = _maxrss_mb()

    def grown_mb(self) -> float:
        now = _status_mb("VmHWM") if self.method == "peak-reset" else _maxrss_mb()
        return max(0.0, now - self._before)


def _status_mb(name: str) -> float:
    found = re.search(rf"(?m)^{name}:\s+(\d+) kB$", _STATUS.read_text())
    if found is None:
        raise ValueError(name)
    return int(found[1]) / 1024


def _maxrss_mb() -> float:
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
