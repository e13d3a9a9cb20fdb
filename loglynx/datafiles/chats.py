"""Labelled rows as chats for training a language model: the analyzer's own question, and the right answer.

In: rows of the incident data, which carry their ``messages``; classification rows, ``{"lines", "label"}``; sequences
with a ``category``. Out: rows in one of FORMATS. Raises CommandFailed with the row's number, never its content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from loglynx.datafiles.row_files import Row
from loglynx.failures import CommandFailed
from loglynx.labelled_incidents import canonical_row
from services.trainer.datasets.incidents.rows import FORMATS as CHATS
from services.trainer.datasets.sequences.generate import NORMAL
from services.trainer.tuning.plan import TuningRefused
from services.trainer.tuning.rows import row_of
from shared.core.taxonomy import Category


def as_unsloth(row: Row) -> Row:
    """What Unsloth's chat templates and ``standardize_sharegpt`` read: ``conversations`` of role and content."""
    return {"id": row["id"], "conversations": row["messages"]}


FORMATS: Mapping[str, Callable[[Row], Row]] = {
    **{name: CHATS[name] for name in ("alpaca", "sharegpt", "chatml")},
    "unsloth": as_unsloth,
}


def chat_of(row: Row, number: int) -> Row:
    """The row with ``messages`` of system, user and assistant."""
    where = f"row {number}"
    try:
        if row.get("messages"):
            kept = row_of(row, where)
            return {"id": kept.id, "messages": list(kept.messages)}
        made, _ = canonical_row(_labelled(row), where)
        return {"id": made["id"], "messages": made["messages"]}
    except TuningRefused as error:
        raise CommandFailed(str(error), "a row has lines, and a label of the taxonomy") from error


def _labelled(row: Row) -> dict[str, Any]:
    """A sequence's label is a number and its category says what it is; what is normal is harmless."""
    if "category" not in row:
        return row
    category = Category.BENIGN.value if row["category"] == NORMAL else row["category"]
    lang = row.get("language") if row.get("language") in ("en", "zh") else None
    return {"id": row.get("id", ""), "lines": row.get("lines"), "label": category, "lang": lang}
