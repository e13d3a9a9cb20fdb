"""Bounds on what parsing one body may cost. Fails with BodyTooLarge, UnprocessableBody."""

from __future__ import annotations

from typing import Any

from services.ingest.protocols.wire_messages import parse
from shared.errors import BodyTooLarge
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

COMMAS_PER_LINE = 20  # bounds the objects that parsing can make of one body
MESSAGES_PER_LINE = 40
# Tags of the message fields that we read (1, 2, 3, 5, 6), short and in their longer spelling
TAGS = bytes(number << 3 | 2 | more for number in (1, 2, 3, 5, 6) for more in (0, 0x80))
NO_TAG = bytes(set(range(256)) - set(TAGS))
TOO_MANY = PublicDetail("The body holds too many lines or values")


def bounded_json(body: bytes, max_lines: int) -> object:
    """The JSON document of ``body``, unless it holds more values than ``max_lines`` records need."""
    if body.count(b",") > COMMAS_PER_LINE * max_lines:
        raise BodyTooLarge(TOO_MANY)
    return decode_json(body)


def bounded_message(kind: Any, body: bytes, max_lines: int) -> Any:
    """``body`` as a protobuf message, unless it could hold more messages than ``max_lines`` records need.

    Two bytes make an empty inner message that takes fifty in memory. Each begins with a tag, so the bytes that can
    be one are counted; a body too short for too many is not looked at.
    """
    allowed = MESSAGES_PER_LINE * max_lines
    if len(body) > 2 * allowed and len(body.translate(None, NO_TAG)) > allowed:
        raise BodyTooLarge(TOO_MANY)
    return parse(kind, body)


def check_count(count: int, max_lines: int) -> None:
    if count > max_lines:
        raise BodyTooLarge(TOO_MANY)
