"""A small system that logs, for tests of models that learn sequences: ``normal_windows`` and ways to spoil one."""

from __future__ import annotations

import numpy as np

Templates = tuple[str, ...]
START, END = "session started", "session ended"
COPY = ("open file <PATH>", "read block blk_<ID>", "write block blk_<ID> of size <NUM>", "checksum ok", "file closed")
VISIT = ("user <NUM> logged in", "cache hit for key <HEX>", "cache hit for key <HEX>")
FAILURE = "disk failure on <PATH>"


def normal_windows(count: int, seed: int = 0) -> list[Templates]:
    """Sessions of two to four copies and visits between a start and an end."""
    numbers = np.random.default_rng(seed)
    return [_window(numbers) for _ in range(count)]


def swapped(window: Templates) -> Templates:
    """Its second step upside down."""
    return (*window[:2], window[3], window[2], *window[4:])


def with_failure(window: Templates) -> Templates:
    """A line that never occurred, in the middle."""
    middle = len(window) // 2
    return (*window[:middle], FAILURE, *window[middle:])


def ended_early(window: Templates) -> Templates:
    """The end, and then more of the same."""
    return (*window[:3], END, *window[3:])


def _window(numbers: np.random.Generator) -> Templates:
    steps = [COPY if numbers.random() < 0.7 else VISIT for _ in range(numbers.integers(2, 5))]
    return (START, *COPY, *(line for step in steps for line in step), END)
