"""Labelled sessions of the toy grammar: normal life and three kinds of faults, for tests of what learns classes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toy_grammar import Templates, ended_early, normal_windows, with_failure

TIMEOUT = "request timed out, retrying"


def with_timeouts(window: Templates) -> Templates:
    """The third step is tried three times."""
    return (*window[:3], TIMEOUT, window[2], TIMEOUT, window[2], TIMEOUT, *window[3:])


FAULTS: dict[str, Callable[[Templates], Templates]] = {
    "disk": with_failure,
    "timeout": with_timeouts,
    "aborted": ended_early,
}


def session_rows(normal: int = 60, of_each: int = 14, seed: int = 0) -> list[dict[str, Any]]:
    """Sequences with label; each ten of a label are of one run."""
    rows: list[dict[str, Any]] = []
    for number, (label, spoil) in enumerate({"normal": None, **FAULTS}.items()):
        count = normal if spoil is None else of_each
        for at, window in enumerate(normal_windows(count, seed * 100 + number)):
            lines = list(window if spoil is None else spoil(window))
            stamped = [f"2026-03-01 10:{at % 60:02}:{second:02} {text}" for second, text in enumerate(lines)]
            rows.append({"lines": stamped, "label": label, "group": f"{label}-{at // 5}"})
    return rows


def write_sessions(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
