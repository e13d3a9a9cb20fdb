"""Sequences as JSON Lines: one object per window, ``{"lines": [...], "label": 0}``, for every command here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from loglynx.bench.task import Case
from loglynx.json_array import json_lines_file


def write_sequences(path: Path, cases: Iterable[Case], is_told: bool) -> None:
    """``label`` only where something was labelled. The file appears whole. Raises CommandFailed."""
    with json_lines_file(path) as append:
        for case in cases:
            row: dict[str, object] = {"lines": [event.text for event in case.events]}
            append(row | {"label": int(case.is_anomaly)} if is_told else row)
