"""Rows of the data set, in its own form and in those that training tools read.

In: a Window, and optionally ``ask``, which puts the question that the analyzer asks. Out: a row as a JSON object. The
package cannot know the analyzer's prompt (services do not import each other), so whoever knows both passes it in;
without it a row has no ``messages`` and the chat forms cannot be made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.trainer.datasets.incidents.answers import Answer, Shown, answer_of, language_of, shown_as_written
from services.trainer.datasets.incidents.compose import Window
from services.trainer.datasets.incidents.splitting import Split
from shared.core.taxonomy import Language

SOURCE = "loglynx-incidents-1"
LICENSE = "MIT"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as the analyzer puts it, and the window as it shows it."""

    system: str
    user: str
    shown: Shown


# The window's lines, the language of the answer, a nonce -> the question
Ask = Callable[[Sequence[str], Language, str], Asked]


def row_of(window: Window, row_id: str, split: Split, nonce: str, ask: Ask | None = None) -> Row:
    """The canonical row. ``roles`` says of each line why it stands there, ``system`` who wrote it."""
    lines = [line.text for line in window.lines]
    language = language_of(window)
    asked = ask(lines, language, nonce) if ask else None
    target = answer_of(window, asked.shown if asked else shown_as_written(window))
    return {
        "id": row_id,
        "lang": window.language,
        "split": split.value,
        "source": SOURCE,
        "license": LICENSE,
        "kind": window.kind.value,
        "is_injected": window.is_injected,
        "template_ids": sorted({key for line in window.lines for key in line.template_ids}),
        "systems": sorted({line.system for line in window.lines}),
        "roles": [line.role.value for line in window.lines],
        "line_categories": [line.category.value if line.category else "" for line in window.lines],
        "window": lines,
        "language": language,
        "target": target,
        "messages": _messages(asked, target) if asked else [],
    }


def minified(target: Answer) -> str:
    """The answer as a model is to write it."""
    return json.dumps(target, ensure_ascii=False, separators=(",", ":"))


def as_chatml(row: Row) -> Row:
    return {"id": row["id"], "messages": row["messages"]}


def as_sharegpt(row: Row) -> Row:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    turns = [{"from": names[turn["role"]], "value": turn["content"]} for turn in row["messages"]]
    return {"id": row["id"], "conversations": turns}


def as_alpaca(row: Row) -> Row:
    system, user, assistant = (turn["content"] for turn in row["messages"])
    return {"id": row["id"], "instruction": system, "input": user, "output": assistant}


# name of a form -> how a canonical row looks in it
FORMATS: Mapping[str, Callable[[Row], Row]] = {
    "jsonl": lambda row: row,
    "chatml": as_chatml,
    "sharegpt": as_sharegpt,
    "alpaca": as_alpaca,
}


def _messages(asked: Asked, target: Answer) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": asked.system},
        {"role": "user", "content": asked.user},
        {"role": "assistant", "content": minified(target)},
    ]
