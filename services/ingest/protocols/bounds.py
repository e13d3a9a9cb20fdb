"""Bounds on what parsing one body may cost. Fails with BodyTooLarge, UnprocessableBody."""

from __future__ import annotations

from shared.errors import BodyTooLarge
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

COMMAS_PER_LINE = 20  # bounds the objects that parsing can make of one body
TOO_MANY = PublicDetail("The body holds too many lines or values")


def bounded_json(body: bytes, max_lines: int) -> object:
    """The JSON document of ``body``, unless it holds more values than ``max_lines`` records need."""
    if body.count(b",") > COMMAS_PER_LINE * max_lines:
        raise BodyTooLarge(TOO_MANY)
    return decode_json(body)


def check_count(count: int, max_lines: int) -> None:
    if count > max_lines:
        raise BodyTooLarge(TOO_MANY)
