"""A row as a person reads it: a sequence with its label, a classified window with its answer, or a chat.

In: a row of any of these, told by its keys. Out: lines of styled text. Everything in it may be hostile: it goes
through ``safe`` and never into markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rich.text import Text

from loglynx.datafiles.row_files import SIMULATED, Row
from loglynx.records_in import LIST_KEYS, TEXT_KEYS
from loglynx.terminal import safe

MAX_LINES = 200
MAX_CHARS = 4_000
_TURN_STYLES = {"system": "dim", "user": "cyan", "human": "cyan", "assistant": "green", "gpt": "green"}
_ALPACA = (("instruction", "system"), ("input", "user"), ("output", "assistant"))
_HEAD_KEYS = ("category", "name", "severity", "kind", "language", "lang", "group", "ts")
_TROUBLE, _FELT = "bold red", "yellow"
_ROLE_STYLES = {"trouble": _TROUBLE, "root": _TROUBLE, "spread": _FELT, "consequence": _FELT, "cure": "green"}


def shown(row: Row, number: int) -> Iterator[Text]:
    """The row's lines; its head first."""
    yield _head(row, number)
    if "messages" in row or "conversations" in row or "instruction" in row:
        yield from _turns(row)
    else:
        yield from _lines(row)
        yield from _answer(row)


def kind_of(row: Row) -> str:
    """chat, classification, sequence or other."""
    if "messages" in row or "conversations" in row or "instruction" in row:
        return "chat"
    if isinstance(row.get("target"), dict) or isinstance(row.get("label"), str):
        return "classification"
    return "sequence" if any(key in row for key in (*LIST_KEYS, *TEXT_KEYS)) else "other"


def _head(row: Row, number: int) -> Text:
    text = Text.assemble((f"{number}", "bold"), f"  {safe(str(row.get('id', '')), 80)}")
    label = row.get("label")
    if label is not None:
        is_normal = label in (0, "0", "normal", "benign", False)
        text.append(f"  label {safe(str(label), 60)}", style="green" if is_normal else "bold red")
    for key in _HEAD_KEYS:
        if row.get(key) not in (None, ""):
            text.append(f"  {key} {safe(str(row[key]), 60)}", style="dim")
    if row.get(SIMULATED):
        text.append("  simulated", style="magenta")
    return text


def _lines(row: Row) -> Iterator[Text]:
    value: Any = next((row[key] for key in (*LIST_KEYS, "window", *TEXT_KEYS) if key in row), [])
    lines = value.split("\n") if isinstance(value, str) else value if isinstance(value, list) else []
    roles, cited = row.get("roles"), row.get("evidence")
    for at, line in enumerate(lines[:MAX_LINES]):
        role = str(roles[at]) if isinstance(roles, list) and at < len(roles) else ""
        is_cited = isinstance(cited, list) and at + 1 in cited
        style = _ROLE_STYLES.get(role, "bold red" if is_cited else "")
        mark = "*" if is_cited else " "
        place = f"{at + 1:>4}{mark} {safe(role, 12):<{12 if role else 0}}"
        yield Text.assemble((place, "dim"), (safe(str(line)), style))
    if len(lines) > MAX_LINES:
        yield Text(f"      and {len(lines) - MAX_LINES} lines more", style="dim")


def _answer(row: Row) -> Iterator[Text]:
    target = row.get("target")
    found: dict[str, Any] = target if isinstance(target, dict) else row
    for key in ("category", "title", "explanation", "probable_cause", "actions"):
        if found.get(key) and (found is target or key not in _HEAD_KEYS):
            value = found[key]
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield Text.assemble((f"      {key}: ", "dim"), safe(said))


def _turns(row: Row) -> Iterator[Text]:
    turns = row.get("messages", row.get("conversations"))
    if not isinstance(turns, list):
        turns = [{"role": role, "content": row.get(key, "")} for key, role in _ALPACA]
    for each in turns[:MAX_LINES]:
        turn = each if isinstance(each, dict) else {"content": each}
        role = str(turn.get("role", turn.get("from", "?")))
        yield Text(f"  [{safe(role, 20)}]", style=_TURN_STYLES.get(role, "bold"))
        for line in _said(turn)[:MAX_LINES]:
            yield Text(f"    {safe(line)}")


def _said(turn: dict[str, Any]) -> list[str]:
    """The lines of a turn; an answer in JSON is laid out."""
    content = str(turn.get("content", turn.get("value", "")))[: MAX_CHARS * 10]
    if content.startswith("{"):
        with suppress(ValueError, RecursionError):
            content = json.dumps(json.loads(content), ensure_ascii=False, indent=1)
    return content.split("\n")
