"""Sequences as JSON Lines: one object per window, ``{"lines": [...], "label": 0}``, for every command here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from loglynx.bench.task import Case
from loglynx.failures import CommandFailed


def write_sequences(path: Path, cases: Iterable[Case], is_told: bool) -> None:
    """``label`` only where something was labelled. The file appears whole. Raises CommandFailed."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace") as file:
            for case in cases:
                row: dict[str, object] = {"lines": [event.text for event in case.events]}
                if is_told:
                    row["label"] = int(case.is_anomaly)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        part.replace(path)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
