"""What waits for the archive: scored windows, analyses and feedback, each in an outbox that commits fill.

In: events of the windows of one commit, compressed. Out: batches of entries whose bounds are noted before they are
written, so that whoever repeats a batch after a kill writes the very same files. What may fail: StoreUnavailable,
Overloaded; a damaged entry is skipped and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog
from redis import Redis

from shared.core.feedback import Feedback
from shared.core.records import Event, Flag, Verdict, Window
from shared.store import keyspace
from shared.store.blocks import BlockDamaged, compress, decompress
from shared.store.connection import Client, speaking_to_redis
from shared.store.flag_records import FlagDamaged, decode_flag
from shared.store.scripts import Scripts
from shared.store.verdicts import decode_verdicts
from shared.telemetry import Refusal, count_refusal

WANTED_S: Final = 86_400
ASK_EVERY_MS: Final = 5_000
_PAGE: Final = 100

log = structlog.get_logger()


class ArchivedEvents(msgspec.Struct, frozen=True, array_like=True):
    """Events of one commit's windows, each once, by sequence number.

    messages  where in its text an event's message begins, or the message itself when it is no tail of the text
    """

    seqs: list[int]
    texts: list[str]
    messages: list[int | str]
    levels: list[int | None]
    sources: list[str]
    times: list[int | None]

    def message(self, index: int) -> str:
        known = self.messages[index]
        return known if isinstance(known, str) else self.texts[index][known:]


@dataclass(frozen=True, slots=True)
class ScoredWindows:
    """One commit: verdicts and the events of their windows."""

    stream: str
    at_ms: int
    verdicts: list[Verdict]
    events: ArchivedEvents


@dataclass(frozen=True, slots=True)
class FlagReading:
    """What an analyzer made of a flag. ``engine``: rules, or a model; ``silenced_by``: id of feedback, or ""."""

    stream: str
    at_ms: int
    window_id: str
    incident_id: str
    signature: str
    templates: tuple[str, ...]
    category: str
    engine: str
    severity_rank: int
    silenced_by: str


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """A change of feedback, and the flags that it was said of, as far as they were still kept."""

    at_ms: int
    feedback: Feedback
    flags: list[Flag]


Entry = ScoredWindows | FlagReading | GivenFeedback


@dataclass(frozen=True, slots=True)
class OutboxBatch:
    """Entries ``first_id`` .. ``last_id`` of one outbox, those that could be read."""

    outbox: str
    first_id: str
    last_id: str
    size_bytes: int
    entries: list[Entry]

    @property
    def oldest_ms(self) -> int:
        return _ms_of(self.first_id)


OUTBOXES: Final = {
    "feedback": keyspace.ARCHIVE_FEEDBACK,
    "analyses": keyspace.ARCHIVE_ANALYSES,
    "windows": keyspace.ARCHIVE_WINDOWS,
}
_events_decoder = msgspec.msgpack.Decoder(ArchivedEvents)
_feedback_decoder = msgspec.json.Decoder(Feedback)


def encode_events(windows: Sequence[Window], events: Sequence[Sequence[Event]]) -> bytes:
    """The events of ``windows``, each once: windows that slide share most of theirs."""
    by_seq: dict[int, Event] = {}
    for window, its_events in zip(windows, events, strict=True):
        by_seq.update(zip(window.seqs, its_events, strict=True))
    kept = list(by_seq.values())
    return compress(
        msgspec.msgpack.encode(
            ArchivedEvents(
                list(by_seq),
                [event.text for event in kept],
                [
                    len(event.text) - len(event.message) if event.text.endswith(event.message) else event.message
                    for event in kept
                ],
                [None if event.level is None else int(event.level) for event in kept],
                [event.source for event in kept],
                [event.timestamp_ms for event in kept],
            )
        )
    )


class ArchiveWanted:
    """Is there an archiver? Asked seldom: a commit need not pay for the question."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._asked_ms: int | None = None
        self._is_wanted = False

    def __call__(self, now_ms: int) -> bool:
        if self._asked_ms is None or not 0 <= now_ms - self._asked_ms < ASK_EVERY_MS:
            with speaking_to_redis():
                self._is_wanted = bool(self._redis.exists(keyspace.ARCHIVE_WANTED))
            self._asked_ms = now_ms
        return self._is_wanted


class Outboxes:
    """The archiver's side."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._scripts = Scripts(redis)

    def want(self) -> None:
        """Say that there is an archiver; for a day."""
        with speaking_to_redis():
            self._redis.set(keyspace.ARCHIVE_WANTED, 1, ex=WANTED_S)

    def waiting_bytes(self) -> int:
        with speaking_to_redis():
            return int(self._redis.get(keyspace.ARCHIVE_BYTES) or 0)

    def oldest_ms(self, outbox: str) -> int | None:
        """When the entry that has waited longest was made; None when none waits."""
        with speaking_to_redis():
            entries = self._redis.xrange(OUTBOXES[outbox], count=1)
        return _ms_of(entries[0][0].decode()) if entries else None

    def read(self, outbox: str, max_bytes: int) -> OutboxBatch | None:
        """The next batch, its end noted; after a kill the same batch again. None when nothing waits."""
        key = OUTBOXES[outbox]
        with speaking_to_redis():
            noted = self._redis.hget(keyspace.ARCHIVE_BATCH, outbox)
        entries: list[Any] = []
        size, start, end = 0, "-", noted.decode() if noted else "+"
        while noted or size < max_bytes:
            with speaking_to_redis():
                page = self._redis.xrange(key, start, end, count=_PAGE)
            for entry in page:
                if not noted and size >= max_bytes:
                    break
                entries.append(entry)
                size += _size_of(outbox, entry[1])
            if len(page) < _PAGE:
                break
            start = "(" + page[-1][0].decode()
        if not entries:
            if noted:  # another round of this archiver has dropped that batch meanwhile
                with speaking_to_redis():
                    self._redis.hdel(keyspace.ARCHIVE_BATCH, outbox)
            return None
        last_id = entries[-1][0].decode()
        if not noted:
            with speaking_to_redis():
                self._redis.hset(keyspace.ARCHIVE_BATCH, outbox, last_id)
        read = [found for entry_id, fields in entries if (found := _decoded(outbox, entry_id.decode(), fields))]
        return OutboxBatch(outbox, entries[0][0].decode(), last_id, size, read)

    def drop(self, batch: OutboxBatch) -> int:
        """The batch is in the archive; how many entries were still there."""
        keys = [OUTBOXES[batch.outbox], keyspace.ARCHIVE_BATCH, keyspace.ARCHIVE_BYTES]
        counted = batch.size_bytes if batch.outbox == "windows" else 0
        return int(self._scripts.run("trim_outbox", keys, [batch.last_id, batch.outbox, counted]))


def _size_of(outbox: str, fields: dict[bytes, bytes]) -> int:
    """As commit.lua counts it."""
    names: Iterable[bytes] = (b"v", b"e") if outbox == "windows" else fields
    return sum(len(fields.get(name, b"")) for name in names)


def _ms_of(entry_id: str) -> int:
    return int(entry_id.split("-", 1)[0])


def _decoded(outbox: str, entry_id: str, fields: dict[bytes, bytes]) -> Entry | None:
    at_ms = _ms_of(entry_id)
    try:
        if outbox == "windows":
            events = _events_decoder.decode(decompress(fields[b"e"]))
            return ScoredWindows(fields[b"s"].decode(), at_ms, decode_verdicts(fields[b"v"]), events)
        if outbox == "analyses":
            text = {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items()}
            templates = tuple(name for name in text["t"].split(",") if name)
            known = (text["s"], at_ms, text["w"], text["i"], text["g"], templates, text["c"], text["e"])
            return FlagReading(*known, int(text["r"]), text["f"])
        flags = [decode_flag(value) for name, value in fields.items() if name.startswith(b"w")]
        return GivenFeedback(at_ms, _feedback_decoder.decode(fields[b"f"]), flags)
    except (BlockDamaged, FlagDamaged, KeyError, ValueError, msgspec.MsgspecError):
        log.error("outbox_entry_damaged", outbox=outbox)
        count_refusal("archiver", Refusal.INTERNAL)
        return None
