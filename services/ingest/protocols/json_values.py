"""The values of a JSON body however they are strung together: an array, one a line, or ``{}{}`` with nothing between.

In: the plain body, whatever its Content-Type claims. Out: the values in order, each of any type; ``BROKEN`` stands
for one that is no JSON. One broken value spoils no other: refusing its batch would have that sent for ever.
Fails with UnprocessableBody (no value at all), BodyTooLarge (too many lines or values).
"""

from __future__ import annotations

import json
from typing import Final

import msgspec

from services.ingest.protocols.bounds import COMMAS_PER_LINE, TOO_MANY
from shared.core.decoding import decode_bytes
from shared.errors import BodyTooLarge, UnprocessableBody
from shared.web.json_bodies import decode_json, is_deep
from shared.web.problems import PublicDetail

BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
NOT_JSON = PublicDetail("The body is not JSON")
TOO_DEEP = PublicDetail("The JSON is nested too deeply")


class Broken:
    """A value that could not be read."""


BROKEN: Final = Broken()
_decode = msgspec.json.Decoder().decode
_lenient = json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def json_values(body: bytes, max_lines: int) -> list[object]:
    """Every value. An empty body has none."""
    if body.startswith(BOMS):
        body = decode_bytes(body).encode("utf-8", "replace")
    body = body.strip(b" \t\r\n")
    if not body:
        return []
    if body.count(b",") > COMMAS_PER_LINE * max_lines or body.count(b"{") > COMMAS_PER_LINE * max_lines:
        raise BodyTooLarge(TOO_MANY)
    if is_deep(body):
        raise UnprocessableBody(TOO_DEEP)
    values = _joined(body)
    if values is None:
        values = _one_a_line(body) or _one_by_one(body)
        if all(value is BROKEN for value in values):
            raise UnprocessableBody(NOT_JSON)
    if len(values) > max_lines:
        raise BodyTooLarge(TOO_MANY)
    return values


def _joined(body: bytes) -> list[object] | None:
    """The values where the body is sound JSON, or is so with commas between its objects; else None.

    A ``}{`` within a text would get its comma too: then fewer values come out than there are places.
    """
    try:
        value = _decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    else:
        return value if isinstance(value, list) else [value]
    if not body.startswith(b"{"):
        return None
    body = body.replace(b"}\r\n{", b"}{").replace(b"}\n{", b"}{")
    try:
        values: list[object] = _decode(b"[" + body.replace(b"}{", b"},{") + b"]")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return values if len(values) == body.count(b"}{") + 1 else None


def _one_a_line(body: bytes) -> list[object]:
    """The values of a body whose every line begins an object; broken lines stay broken. Else none."""
    lines = [line for line in body.split(b"\n") if line and not line.isspace()]
    if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
        return []
    values = [_value_of(line) for line in lines]
    return [] if values.count(BROKEN) > len(values) // 2 else values


def _value_of(line: bytes) -> object:
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        try:
            return decode_json(line)
        except UnprocessableBody:
            return BROKEN


def _one_by_one(body: bytes) -> list[object]:
    """The values up to the first break; what follows it cannot be told apart and is one broken value."""
    text, position, values = decode_bytes(body), 0, list[object]()
    while position < len(text):
        try:
            value, position = _lenient.raw_decode(text, position)
        except (ValueError, RecursionError):
            return [*values, BROKEN]
        values += value if isinstance(value, list) else [value]
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
    return values
