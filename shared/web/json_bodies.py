"""Reading a JSON body that may be hostile or merely sloppy.

``decode_json`` is strict and fast first (msgspec), then lenient: UTF-16 and GB18030 text, control characters, lone
surrogates, NaN (read as null) and long integers (kept as text beyond 18 digits) are not worth losing logs for.
Fails with UnprocessableBody only.
"""

from __future__ import annotations

import json
import re

import msgspec
import numpy as np

from shared.core.decoding import decode_bytes
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

MAX_DEPTH = 64
STRING = re.compile(rb'"[^"]*"')
NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
STEPS = np.zeros(256, np.int8)  # what each byte adds to the depth
STEPS[list(b"[{")] = 1
STEPS[list(b"]}")] = -1
STEPS_AT_ONCE = 1 << 16


def decode_json(body: bytes, max_depth: int = MAX_DEPTH) -> object:
    """The value of one JSON document: dict, list, str, int, float, bool or None."""
    if is_deep(body, max_depth):
        raise UnprocessableBody(PublicDetail("The JSON is nested too deeply"))
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _lenient.decode(decode_bytes(body))
    except (ValueError, RecursionError) as error:
        raise UnprocessableBody(PublicDetail("The body is not JSON")) from error


def is_deep(body: bytes, max_depth: int = MAX_DEPTH) -> bool:
    """True when arrays and objects nest deeper than ``max_depth``.

    One pass over the skeleton of brackets alone, in C, which ends where it has become too deep: what opens is counted
    from the lowest level so far, for stray closing brackets must not hide what opens behind them.
    """
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return False
    skeleton = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, NOT_STRUCTURE)
    steps = STEPS[np.frombuffer(STRING.sub(b"", skeleton), np.uint8)]
    depth = lowest = 0
    for start in range(0, len(steps), STEPS_AT_ONCE):
        depths = depth + np.cumsum(steps[start : start + STEPS_AT_ONCE], dtype=np.int64)
        lowest_yet = np.minimum(np.minimum.accumulate(depths), lowest)
        if (depths - lowest_yet).max() > max_depth:
            return True
        depth, lowest = int(depths[-1]), int(lowest_yet[-1])
    return False


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= 18 else digits


def _constant(_: str) -> None:
    return None


_lenient = json.JSONDecoder(parse_int=_integer, parse_constant=_constant, strict=False)
