"""Where a model came from (``lineage.json``, in its directory), and who put it into service (``history.jsonl``).

A lineage is part of what a model's address is the digest of: it cannot be changed afterwards. The history only grows,
one line each time another model becomes the active one; a line that a kill cut short is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

HISTORY: Final = "history.jsonl"
_MOST_READ_BYTES: Final = 8 * 1024 * 1024

Why = Literal["activate", "rollback"]


class Lineage(BaseModel):
    """``lineage.json``.

    parent       address of the model that it was made from, or was to replace; "" where there is none
    data_sha256  of what it was trained on
    code         version of the program that made it
    command      how to make it again
    notes        further figures, such as what it does to known alerts
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    parent: str = Field(default="", max_length=80)
    data_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    code: str = Field(default="", max_length=100)
    command: tuple[str, ...] = Field(default=(), max_length=200)
    author: str = Field(default="", max_length=200)
    created: str = Field(default="", max_length=40)
    notes: dict[str, Any] = Field(default_factory=dict)


class Activation(BaseModel):
    """One line of the history: ``to`` became the active model in place of ``before``.

    is_forced  against the gates, or without them
    gates      the report of the gates; None where none were asked
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    why: Why
    to: str = Field(max_length=80)
    before: str = Field(max_length=80)
    at: str = Field(max_length=40)
    author: str = Field(max_length=200)
    is_forced: bool = False
    gates: dict[str, Any] | None = None


def read_history(root: Path) -> list[Activation]:
    """Oldest first; of a history of many megabytes the end."""
    try:
        with (root / HISTORY).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _MOST_READ_BYTES))
            lines = stream.read().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Activation.model_validate_json(line))
        except ValidationError:
            continue
    return found


def append_history(root: Path, activation: Activation) -> None:
    """The line is on the disk when this returns. One writer at a time."""
    with (root / HISTORY).open("ab+") as stream:
        end = stream.seek(0, os.SEEK_END)
        if end:
            stream.seek(end - 1)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write(activation.model_dump_json().encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def predecessor(history: Sequence[Activation], active: str) -> str | None:
    """What a rollback of ``active`` leads to; None where nothing is known.

    Activations stack up and rollbacks take them away again, so each rollback goes one step further back.
    """
    replaced: list[str] = []
    served_next = [*(later.before for later in history[1:]), active]
    for change, served in zip(history, served_next, strict=False):
        if change.to != served:  # killed between the line and the link
            continue
        if change.why == "activate":
            replaced.append(change.before)
        elif replaced and replaced[-1] == change.to:
            replaced.pop()
    return replaced[-1] if replaced else None
