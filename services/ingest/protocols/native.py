"""Loglynx's own push format, and whatever looks like it.

In: a plain body (already decompressed) and its Content-Type, which is only a hint because shippers lie about it.
Out: a ``Batch``. Understood: a JSON array of strings or records, ``{"lines": [...]}``, ``{"logs": [...]}``, one
record, NDJSON, concatenated objects, and text. A record is read as the core reads a JSON line, so that it means the
same here and in ``loglynx scan``; beside that it may name its ``stream``. Bad lines are refused one by one.
Fails with UnprocessableBody (empty; claims to be JSON and is not), BodyTooLarge (too many lines or values).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from services.ingest.protocols.bounds import COMMAS_PER_LINE, TOO_MANY, check_count
from shared.core.decoding import decode_bytes, split_lines
from shared.core.structured import read_record
from shared.errors import BodyTooLarge, UnprocessableBody
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

LIST_KEYS = ("lines", "logs", "log_seq", "log_texts")
CONTAINER_PIPES = frozenset({"stdout", "stderr"})  # what Docker calls "stream" is not a stream of ours
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def decode_push(body: bytes, content_type: str = "", received_ms: int = 0, max_lines: int = 100_000) -> Batch:
    """The lines of one push. ``max_lines`` bounds lines received, not events."""
    if body.startswith(BOMS):
        body = decode_bytes(body).encode("utf-8", "replace")
    start = body.lstrip(b" \t\r\n")[:1]
    if not start:
        raise UnprocessableBody(PublicDetail("The body is empty"))
    kind = content_type.partition(";")[0].strip().lower()
    is_ndjson = "ndjson" in kind or "jsonl" in kind
    is_json = "json" in kind and not is_ndjson
    if body.count(b"\n") > 2 * max_lines or (start in b"[{" and body.count(b",") > COMMAS_PER_LINE * max_lines):
        raise BodyTooLarge(TOO_MANY)
    if start == b"[" or (start == b"{" and not is_ndjson and not _begins_with_whole_object(body)):
        try:
            return from_json(decode_json(body), received_ms, max_lines)
        except UnprocessableBody:
            if start == b"{" and is_json:  # {}{} as Fluent Bit's json_stream sends it
                return from_records(concatenated(decode_bytes(body)), received_ms, max_lines)
            if is_json:
                raise
    return from_lines(split_lines(decode_bytes(body)), is_ndjson, received_ms, max_lines)


def from_json(value: object, received_ms: int, max_lines: int) -> Batch:
    """A JSON document: list, envelope or single record. Raises UnprocessableBody for anything else."""
    if isinstance(value, dict):
        for key in LIST_KEYS:
            if isinstance(value.get(key), list):
                return from_records(value[key], received_ms, max_lines, _text_or_empty(value.get("stream")))
        value = [value]
    if not isinstance(value, list):
        raise UnprocessableBody(PublicDetail('Expected an array, {"lines": [...]}, NDJSON or text'))
    return from_records(value, received_ms, max_lines)


def from_records(values: Sequence[object], received_ms: int, max_lines: int, stream: str = "") -> Batch:
    """Strings and records in order; ``stream`` is what the envelope says for all of them."""
    check_count(len(values), max_lines)
    if not stream and all(type(value) is str for value in values):
        return Batch([str(value) for value in values], range(len(values)))
    building = _Building(received_ms, stream)
    for index, value in enumerate(values):
        if isinstance(value, str):
            building.add_line(index, value)
        elif isinstance(value, dict):
            building.add_record(index, value)
        else:
            building.reject(index, RejectReason.NOT_TEXT)
    return building.batch()


def from_lines(lines: Sequence[str], is_ndjson: bool, received_ms: int, max_lines: int) -> Batch:
    """Lines of text, any of which may be a JSON record. Under an NDJSON type a broken record is refused."""
    check_count(len(lines), max_lines)
    if not any(line.startswith("{") for line in lines):
        return Batch(lines, range(len(lines)))
    building = _Building(received_ms)
    for index, line in enumerate(lines):
        record = _object_in(line) if line.startswith("{") else None
        if record is not None:
            building.add_record(index, record)
        elif is_ndjson and line.startswith("{"):
            building.reject(index, RejectReason.NOT_JSON)
        else:
            building.add_line(index, line)
    return building.batch()


def concatenated(text: str) -> list[object]:
    """The values of ``{}{} {}``. Raises UnprocessableBody."""
    decoder, position, values = json.JSONDecoder(strict=False), 0, list[object]()
    text = text.strip()
    try:
        while position < len(text):
            value, position = decoder.raw_decode(text, position)
            values.append(value)
            while text[position : position + 1].isspace():
                position += 1
    except (ValueError, RecursionError) as error:
        raise UnprocessableBody(PublicDetail("The body is not JSON")) from error
    return values


class _Building:
    """A batch while it grows record by record."""

    def __init__(self, received_ms: int, stream: str = "") -> None:
        self._received_ms = received_ms
        self._stream = stream
        self._lines: list[str] = []
        self._indexes: list[int] = []
        self._fields: dict[int, Fields] = {}
        self._rejected: list[Rejected] = []

    def add_line(self, index: int, line: str) -> None:
        if self._stream:
            self._fields[len(self._lines)] = Fields(self._stream)
        self._lines.append(line)
        self._indexes.append(index)

    def add_record(self, index: int, record: dict[str, object]) -> None:
        if not record:
            self.reject(index, RejectReason.NOT_TEXT)
            return
        read = read_record(record, self._received_ms)
        stream = _text_or_empty(record.get("stream"))
        stream = self._stream if stream in CONTAINER_PIPES else stream or self._stream
        said = Fields(stream, read.at_ms, read.level, read.source, attributes=read.attributes)
        self._fields[len(self._lines)] = said
        self._lines.append(read.message)
        self._indexes.append(index)

    def reject(self, index: int, reason: RejectReason) -> None:
        self._rejected.append(Rejected(index, reason))

    def batch(self) -> Batch:
        return Batch(self._lines, self._indexes, self._fields, self._rejected)


def _object_in(line: str) -> dict[str, object] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        try:
            value = decode_json(line.encode("utf-8", "replace"))
        except UnprocessableBody:
            return None
    return value if isinstance(value, dict) else None


def _begins_with_whole_object(body: bytes) -> bool:
    """True when the first line is a whole object and more lines follow: NDJSON, whatever the type says."""
    first, _, rest = body.strip().partition(b"\n")
    return bool(rest) and first.rstrip().endswith(b"}") and _object_in(first.decode("utf-8", "replace")) is not None


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
