"""Does an ONNX file point outside itself? Answered from its bytes, before any runtime parses it.

An ONNX tensor may name another file as the place of its data (``external_data``, ``data_location``), which a runtime
would then open. The manifest proves single files only, so such graphs are refused. This reads the protobuf wire
format of just the messages on the way from the model to its tensors (field numbers of onnx.proto3).
"""

from __future__ import annotations

from collections.abc import Iterator

# message -> field number -> message inside it
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_FORBIDDEN = {"tensor": frozenset({13, 14}), "model": frozenset({20})}  # external data; training graphs
_MAX_DEPTH = 12
_GRAPH = 7


class _Malformed(ValueError):
    """Not the protobuf wire format."""


def refers_outside(content: bytes) -> bool:
    """True if a tensor's data lies elsewhere, and for bytes that are no ONNX model at all."""
    view = memoryview(content)
    try:
        return _GRAPH not in {number for number, _ in _fields(view)} or _points_outside(view, "model", 0)
    except _Malformed:
        return True


def _points_outside(content: memoryview, message: str, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise _Malformed("nested too deeply")
    inside, forbidden = _MESSAGES[message], _FORBIDDEN.get(message, frozenset())
    for number, value in _fields(content):
        if number in forbidden:
            return True
        if number in inside and (value is None or _points_outside(value, inside[number], depth + 1)):
            return True
    return False


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """(field number, bytes of a length-delimited field or None) for each field of one message."""
    at, end = 0, len(content)
    while at < end:
        key, at = _varint(content, at)
        number, kind = key >> 3, key & 7
        value: memoryview | None = None
        if kind == 0:
            _, at = _varint(content, at)
        elif kind == 2:
            size, at = _varint(content, at)
            value = content[at : at + size]
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise _Malformed("unknown wire type")
        if at > end or number == 0:
            raise _Malformed("field runs past the end")
        yield number, value


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    result = shift = 0
    while at < len(content) and shift < 70:
        byte = content[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, at
        shift += 7
    raise _Malformed("varint runs past the end")
