"""systemd's journal export format, read piece by piece: the body of systemd-journal-upload may never end.

In: pieces of the body as they come. Out: entries, cut into ``Cut``s of bounded size at places that depend on the
entries alone: an upload that breaks off begins again at the same entry and then cuts at the same places, so that
each cut's digest tells whether it is stored already. The first entry of an upload and the last are cuts of their own,
for a client that is started again may send the last one again, alone or before what is new. A field is ``NAME=text``
or, where the text may hold anything, ``NAME``, its length in 8 bytes (little-endian) and the text; an empty line ends
an entry. Fields that are not read are skipped, whatever their size: a core dump in the journal costs no memory.
Fails with UnprocessableBody (no such format; the body ends within a field).
Source: systemd.io/JOURNAL_EXPORT_FORMATS.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from services.ingest.batch import Batch, Fields, RejectReason
from services.ingest.protocols.record_batches import RecordBatch
from shared.core.decoding import decode_bytes
from shared.core.levels import level_of_priority
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

CUT_ENTRIES = 1000
CUT_BYTES = 1 << 20
MAX_VALUE_BYTES = 1 << 17
SIZE_BYTES = 8
MAX_NAME_BYTES = 64
FIELD_NAME = re.compile(rb"[A-Z0-9_]{1,64}")
READ_FIELDS = frozenset(
    {
        b"__CURSOR", b"__REALTIME_TIMESTAMP", b"_SOURCE_REALTIME_TIMESTAMP", b"PRIORITY", b"SYSLOG_IDENTIFIER",
        b"_COMM", b"_SYSTEMD_UNIT", b"_HOSTNAME", b"MESSAGE", b"CONTAINER_NAME",
    }
)  # fmt: skip
STREAM_FIELDS = ("CONTAINER_NAME", "SYSLOG_IDENTIFIER", "_COMM", "_SYSTEMD_UNIT", "_HOSTNAME")
NOT_EXPORT = PublicDetail("The body is not the journal export format")
CUT_SHORT = PublicDetail("The body ends in the middle of a field")


class Cut(NamedTuple):
    """``digest`` is that of the entries' cursors and messages."""

    batch: Batch
    digest: bytes
    entries: int


class JournalReader:
    """One upload. ``feed`` what comes, store each Cut, and ask ``end`` for the last ones."""

    def __init__(self, received_ms: int) -> None:
        self._received_ms = received_ms
        self._buffer = bytearray()
        self._skip = 0  # bytes of a value, and the newline behind it, that are not wanted
        self._is_in_long_line = False
        self._entry: dict[bytes, bytes] = {}
        self._held: dict[bytes, bytes] | None = None  # a whole entry, until it is known not to be the last
        self._has_fields = False
        self._cut_entries = 1
        self._begin_cut()

    def feed(self, piece: bytes) -> list[Cut]:
        """The cuts that ``piece`` completes."""
        self._buffer += piece
        cuts: list[Cut] = []
        position = 0
        while (after := self._step(position)) is not None:
            position = after
            if self._entries >= self._cut_entries or self._bytes >= CUT_BYTES:
                cuts.append(self._finish_cut())
        del self._buffer[: self._consumed]
        return cuts

    def end(self) -> list[Cut]:
        """The last cuts. An entry whose lines are whole counts even without the empty line behind it."""
        if self._buffer or self._skip or self._is_in_long_line:
            raise UnprocessableBody(CUT_SHORT)
        if self._has_fields:
            self._finish_entry()
        cuts = [self._finish_cut()] if self._entries else []
        if self._held is not None:
            self._add_held()
            cuts.append(self._finish_cut())
        return cuts

    def _step(self, position: int) -> int | None:
        """Read one field from ``position``; where the next begins, or None when more bytes are needed."""
        self._consumed = position
        buffer = self._buffer
        if self._skip:
            here = min(len(buffer) - position, self._skip)
            self._skip -= here
            self._consumed = position + here
            return self._consumed if here else None
        end = buffer.find(b"\n", position)
        if self._is_in_long_line:
            self._is_in_long_line = end < 0
            self._consumed = len(buffer) if end < 0 else end + 1
            return None if end < 0 else self._consumed
        if end < 0:
            return self._begin_long_line(position)
        if end == position:
            if self._has_fields:
                self._finish_entry()
            return end + 1
        name, equals, value = bytes(buffer[position:end]).partition(b"=")
        if equals:
            self._take(name, value)
            return end + 1
        return self._binary(name, end + 1)

    def _begin_long_line(self, position: int) -> int | None:
        """No end of line in sight: keep the head of a text that is too long, wait for any other."""
        if len(self._buffer) - position <= MAX_VALUE_BYTES:
            if len(self._buffer) - position > MAX_NAME_BYTES and b"=" not in self._buffer[position : position + 65]:
                raise UnprocessableBody(NOT_EXPORT)
            return None
        name, _, value = bytes(self._buffer[position:]).partition(b"=")
        self._take(name, value)
        self._is_in_long_line = True
        self._consumed = len(self._buffer)
        return None

    def _binary(self, name: bytes, at: int) -> int | None:
        buffer = self._buffer
        if FIELD_NAME.fullmatch(name) is None:
            raise UnprocessableBody(NOT_EXPORT)
        value_at = at + SIZE_BYTES
        if len(buffer) < value_at:
            return None
        size = int.from_bytes(buffer[at:value_at], "little")
        kept = min(size, MAX_VALUE_BYTES) if name in READ_FIELDS else 0
        if len(buffer) < value_at + kept:
            return None
        self._take(name, bytes(buffer[value_at : value_at + kept]))
        self._skip = size - kept + 1
        return value_at + kept

    def _take(self, name: bytes, value: bytes) -> None:
        if FIELD_NAME.fullmatch(name) is None:
            raise UnprocessableBody(NOT_EXPORT)
        self._has_fields = True
        if name in READ_FIELDS:
            self._entry[name] = value[:MAX_VALUE_BYTES]

    def _begin_cut(self) -> None:
        self._growing = RecordBatch(self._received_ms)
        self._digest = hashlib.blake2b(digest_size=16)
        self._entries = self._bytes = 0

    def _finish_cut(self) -> Cut:
        cut = Cut(self._growing.batch(), self._digest.digest(), self._entries)
        self._begin_cut()
        self._cut_entries = CUT_ENTRIES
        return cut

    def _finish_entry(self) -> None:
        if self._held is not None:
            self._add_held()
        self._held, self._entry, self._has_fields = self._entry, {}, False

    def _add_held(self) -> None:
        entry, self._held = self._held or {}, None
        message = entry.get(b"MESSAGE")
        self._entries += 1
        self._bytes += sum(map(len, entry.values()))
        for value in (entry.get(b"__CURSOR", b""), entry.get(b"__REALTIME_TIMESTAMP", b""), message or b""):
            self._digest.update(b"%d:" % len(value) + value)
        if message is None:
            self._growing.refuse(RejectReason.EMPTY)
            return
        said = {name.decode(): decode_bytes(value) for name, value in entry.items() if name != b"MESSAGE"}
        at_us = _number(said.get("_SOURCE_REALTIME_TIMESTAMP", "")) or _number(said.get("__REALTIME_TIMESTAMP", ""))
        priority = _number(said.get("PRIORITY", ""))
        writer = said.get("SYSLOG_IDENTIFIER", "") or said.get("_COMM", "")
        fields = Fields(
            stream=_stream(said),
            timestamp_ms=at_us // 1000 if at_us else None,
            level=None if priority is None else level_of_priority(priority),
            source=writer,
        )
        self._growing.add(decode_bytes(message), fields, at_us * 1000 if at_us else None)


def _stream(said: dict[str, str]) -> str:
    return next((said[name] for name in STREAM_FIELDS if said.get(name)), "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("18446744073709551615") else None
