"""Elasticsearch's bulk body: pairs of an action line and a document line.

In: the plain body, and the index that the path names. Out: ``Bulk``: one ``Action`` per action in order, and a
``Batch`` whose lines are the documents' messages. Indexes in the batch are positions of actions, so that every action
can be answered. A document that is no JSON object is refused by itself; a delete has no document and is no line.
Fails with UnprocessableBody (no action at all), BodyTooLarge (too many actions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from services.ingest.batch import Batch, Fields, Rejected, RejectReason, tell_apart
from services.ingest.protocols.bounds import COMMAS_PER_LINE, TOO_MANY, check_count
from services.ingest.protocols.labels import stream_of, text_at, without_date, writer_of
from shared.core.structured import read_record
from shared.errors import BodyTooLarge, UnprocessableBody
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

KINDS = ("index", "create", "update", "delete")
MAX_CACHED_BYTES = 512
NO_ACTION = PublicDetail("The body holds no action: expected pairs of an action line and a document line")
_decode = msgspec.json.Decoder().decode


class Action(NamedTuple):
    """``kind`` is one of KINDS; ``doc_id`` is "" where the client leaves it to the server."""

    kind: str
    index_name: str
    doc_id: str


BROKEN = Action("index", "", "")  # stands for an action line that could not be read


@dataclass(frozen=True, slots=True)
class Bulk:
    """``actions`` and ``batch`` of one body; ``batch.indexes`` and ``batch.rejected`` count actions."""

    actions: list[Action]
    batch: Batch


def decode_bulk(body: bytes, index: str = "", received_ms: int = 0, max_lines: int = 100_000) -> Bulk:
    """``index``: of actions that name none."""
    if body.count(b"\n") > 4 * max_lines or body.count(b",") > COMMAS_PER_LINE * max_lines:
        raise BodyTooLarge(TOO_MANY)
    actions: list[Action] = []
    lines: list[str] = []
    indexes: list[int] = []
    fields: dict[int, Fields] = {}
    rejected: list[Rejected] = []
    stamps: list[int] = []
    has_id = False
    waiting: Action | None = None
    for line in body.split(b"\n"):
        if not line or line.isspace():
            continue
        if waiting is None or waiting is BROKEN:
            action = _action_in(line) if len(line) <= MAX_CACHED_BYTES else _read_action(line)
            if action is None and waiting is BROKEN:  # the document of an action that could not be read
                waiting = None
                continue
            check_count(len(actions) + 1, max_lines)
            if action is None:
                rejected.append(Rejected(len(actions), RejectReason.NOT_JSON))
                action = BROKEN
            waiting = None if action.kind == "delete" else action
            actions.append(action if action.index_name else action._replace(index_name=index))
            continue
        position, record = len(actions) - 1, _record_in(line, waiting.kind)
        if record is None:
            rejected.append(Rejected(position, RejectReason.NOT_JSON))
        else:
            text, said = read_document(record, actions[position].index_name, received_ms)
            if said.timestamp_ms is not None:
                stamps.append(said.timestamp_ms * 1_000_000)
            has_id = has_id or bool(waiting.doc_id)
            fields[len(lines)] = said
            lines.append(text)
            indexes.append(position)
        waiting = None
    if waiting is not None and waiting is not BROKEN:  # the last document is cut off
        rejected.append(Rejected(len(actions) - 1, RejectReason.NOT_JSON))
    if not actions:
        raise UnprocessableBody(NO_ACTION)
    return Bulk(actions, Batch(lines, indexes, fields, rejected, has_id or tell_apart(stamps)))


def count_actions(body: bytes) -> int:
    """How many actions a body seems to hold, for an answer that refuses them all; cheap, and never fails."""
    return sum(1 for line in body.split(b"\n") if _action_in(line[:MAX_CACHED_BYTES]) is not None)


def read_document(record: Mapping[str, Any], index: str, received_ms: int) -> tuple[str, Fields]:
    """A document's message, and what it says beside it. Its stream: service, else host, else the index."""
    read = read_record(record, received_ms)
    text = read.message
    if not text or "message" not in record:
        text = text_at(record, "event.original") or text
    if text[:1] == " " and not text[1:2].isspace():  # rsyslog's %msg% keeps the blank behind the tag
        text = text[1:]
    stream = stream_of(record) or without_date(index)
    source = read.source or writer_of(record)
    return text, Fields(stream, read.at_ms, read.level, source, attributes=read.attributes)


def _read_action(line: bytes) -> Action | None:
    value = _object_in(line)
    if value is None:
        return None
    for kind in KINDS:
        if kind in value:
            said = value[kind] if isinstance(value[kind], dict) else {}
            index, doc_id = said.get("_index"), said.get("_id")
            is_create = kind == "index" and said.get("op_type") == "create"
            return Action(
                "create" if is_create else kind,
                index if isinstance(index, str) else "",
                str(doc_id) if isinstance(doc_id, str | int) else "",
            )
    return None


_action_in = lru_cache(maxsize=1024)(_read_action)


def _record_in(line: bytes, kind: str) -> dict[str, Any] | None:
    record = _object_in(line)
    if record is not None and kind == "update":
        found = next((record[key] for key in ("doc", "upsert") if isinstance(record.get(key), dict)), None)
        return found if found else record
    return record or None


def _object_in(line: bytes) -> dict[str, Any] | None:
    try:
        value = _decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        try:
            value = decode_json(line)
        except UnprocessableBody:
            return None
    return value if isinstance(value, dict) else None
