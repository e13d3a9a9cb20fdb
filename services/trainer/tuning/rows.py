"""Rows of instruction data: JSON Lines, one labelled window each, as a chat that ends in the right answer.

``{"id", "lang", "split", "window": [...], "target": {"category": ...}, "messages": [system, user, assistant]}``;
other keys are ignored. Rows of split ``train`` are learnt; ``validation`` and ``test`` are unseen and only measured.
Raises TuningRefused with file and row number; content is never repeated.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.trainer.tuning.plan import TuningRefused

TRAIN = "train"
UNSEEN = ("validation", "test")
MAX_ROW_BYTES = 4 << 20
_ROLES = ["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class TuneRow:
    """One row. ``category`` is the right one."""

    id: str
    split: str
    window: tuple[str, ...]
    category: str
    messages: tuple[dict[str, str], ...]

    @property
    def question(self) -> tuple[dict[str, str], ...]:
        return self.messages[:-1]


@dataclass(frozen=True, slots=True)
class Divided:
    """Rows by their use. ``leaked``: unseen rows left out because training holds the same window."""

    training: tuple[TuneRow, ...]
    unseen: tuple[TuneRow, ...]
    leaked: int


def objects_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row number and JSON object of every row that is not blank."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(MAX_ROW_BYTES + 1), b""), start=1):
                if raw.strip():
                    yield number, _object(raw, f"{path}: row {number}")
    except (OSError, EOFError) as error:
        raise TuningRefused(f"{path} cannot be read ({type(error).__name__})") from error


def row_of(found: dict[str, Any], where: str) -> TuneRow:
    """A canonical row. Raises TuningRefused."""
    messages, target, split = found.get("messages"), found.get("target"), found.get("split", TRAIN)
    if not isinstance(messages, list) or [_role(message) for message in messages] != _ROLES:
        raise TuningRefused(f"{where}: messages must be of system, user and assistant, in this order")
    if not isinstance(target, dict) or not isinstance(target.get("category"), str):
        raise TuningRefused(f"{where}: target has no category")
    if split not in (TRAIN, *UNSEEN):
        raise TuningRefused(f"{where}: split must be one of {', '.join((TRAIN, *UNSEEN))}")
    window = found.get("window")
    lines = window if isinstance(window, list) else [messages[1]["content"]]
    chat = tuple({"role": message["role"], "content": message["content"]} for message in messages)
    return TuneRow(str(found.get("id", where)), split, tuple(map(str, lines)), target["category"], chat)


def divide(rows: Sequence[TuneRow]) -> Divided:
    """Training and unseen rows. Raises TuningRefused if there is nothing to learn."""
    training = tuple(row for row in rows if row.split == TRAIN)
    if not training:
        raise TuningRefused("there is no row of split train", 'rows without "split" are for training')
    known = {row.window for row in training}
    unseen = [row for row in rows if row.split in UNSEEN]
    kept = tuple(row for row in unseen if row.window not in known)
    return Divided(training, kept, len(unseen) - len(kept))


def digest_of(rows: Iterable[TuneRow]) -> str:
    """SHA-256 over what is learnt and measured, whatever the order."""
    parts = sorted(json.dumps([row.split, row.category, row.messages], sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def counts_of(rows: Iterable[TuneRow]) -> dict[str, int]:
    """Rows of each category, the commonest first."""
    return dict(Counter(row.category for row in rows).most_common())


def _object(raw: bytes, where: str) -> dict[str, Any]:
    if len(raw) > MAX_ROW_BYTES:
        raise TuningRefused(f"{where}: longer than {MAX_ROW_BYTES >> 20} MiB")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise TuningRefused(f"{where}: not JSON") from None
    if not isinstance(found, dict):
        raise TuningRefused(f"{where}: not a JSON object")
    return found


def _role(message: Any) -> str:
    is_message = isinstance(message, dict) and isinstance(message.get("content"), str)
    return str(message.get("role")) if is_message else ""
