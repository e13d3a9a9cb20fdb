"""From a decoded batch to what the ledger takes: lines made safe, grouped by stream, folded into events, in blocks.

Pure but for the clock's value that is handed in. Nothing here refuses a push: what cannot be used is counted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from shared.core.decoding import make_safe, split_lines
from shared.core.folding import fold
from shared.store.blocks import Block
from shared.store.keyspace import SEQUENCE_PREFIX
from shared.store.pushes import StreamPart

ODD_CHARS = re.compile(r"[^A-Za-z0-9._:/@-]")
MAX_NAME_CHARS = 128
MAX_SOURCE_CHARS = 128
MAX_TRACE_LINES = 200


@dataclass(frozen=True, slots=True)
class Intake:
    """A push as it goes to the ledger.

    lines     accepted lines; lines + len(rejected) is what was received
    rejected  in the push's own order
    clipped   lines that were cut to the longest allowed
    """

    parts: Sequence[StreamPart]
    lines: int
    rejected: Sequence[Rejected]
    clipped: int

    @property
    def events(self) -> int:
        return sum(len(part.block) for part in self.parts)

    @property
    def rejected_counts(self) -> dict[str, int]:
        """Reason -> lines."""
        counts: dict[str, int] = {}
        for item in self.rejected:
            counts[item.reason.value] = counts.get(item.reason.value, 0) + 1
        return counts


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """What applies to a whole push: stream for records that name none, window rule, limits."""

    stream: str
    rule: str
    max_line_chars: int = 32 * 1024
    max_streams: int = 256


def stream_name(wanted: str) -> str:
    """``wanted`` if it may name a stream, else a readable stand-in with 8 hex digits that keep it unique.

    >>> stream_name("支付 api")
    '___api-…'
    """
    is_plain = 0 < len(wanted) <= MAX_NAME_CHARS and not ODD_CHARS.search(wanted)
    if is_plain and not wanted.startswith(SEQUENCE_PREFIX):
        return wanted
    digest = hashlib.blake2b(wanted.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    readable = ODD_CHARS.sub("_", wanted)[: MAX_NAME_CHARS - 12].replace("/", "_", 1)
    return f"{readable}-{digest}"


def take_in(batch: Batch, rules: IntakeRules, received_ms: int) -> Intake:
    """Lines of ``batch`` as blocks, one part per stream in order of first appearance."""
    rejected = list(batch.rejected)
    clipped = 0
    default = stream_name(rules.stream)
    names: dict[str, str] = {}
    streams: dict[str, tuple[list[str], list[Fields | None]]] = {}
    has_fields = bool(batch.fields)
    for position, line in enumerate(batch.lines):
        safe, was_clipped = make_line_safe(line, rules.max_line_chars)
        clipped += was_clipped
        if not safe or safe.isspace():
            rejected.append(Rejected(batch.indexes[position], RejectReason.EMPTY))
            continue
        fields = batch.fields.get(position) if has_fields else None
        if fields is not None and fields.details:
            safe, was_cut = make_line_safe(f"{line}\n{fields.details}", rules.max_line_chars)
            clipped += was_cut and not was_clipped
        stream = default
        if fields is not None and fields.stream:
            stream = names.get(fields.stream) or names.setdefault(fields.stream, stream_name(fields.stream))
        group = streams.get(stream)
        if group is None:
            if len(streams) >= rules.max_streams:
                rejected.append(Rejected(batch.indexes[position], RejectReason.TOO_MANY_STREAMS))
                continue
            group = streams[stream] = ([], [])
        group[0].append(safe)
        if has_fields:
            group[1].append(fields)
    rejected.sort(key=lambda item: item.index)
    parts = [
        StreamPart(stream, rules.rule, _block(lines, fields if has_fields else None, received_ms))
        for stream, (lines, fields) in streams.items()
    ]
    return Intake(parts, sum(len(lines) for lines, _ in streams.values()), rejected, clipped)


def make_line_safe(line: str, max_chars: int) -> tuple[str, bool]:
    """Safe text and whether it was cut. One record's text may hold several lines (a trace): they stay together."""
    if "\n" not in line and "\r" not in line:
        return make_safe(line, max_chars)
    pieces = [make_safe(piece, max_chars) for piece in split_lines(line)[:MAX_TRACE_LINES]]
    text = "\n".join(safe for safe, _ in pieces)
    was_cut = any(cut for _, cut in pieces)
    if len(text) <= max_chars:
        return text, was_cut
    end = text.rfind("\n", 0, max_chars)
    return text[: end if end > 0 else max_chars], True


def _block(lines: Sequence[str], fields: Sequence[Fields | None] | None, received_ms: int) -> Block:
    """Folded events; what a record said comes from the first line of its event."""
    folded = fold(lines)
    texts = [item.text for item in folded]
    counts = [max(item.line_count, item.text.count("\n") + 1) for item in folded]
    if fields is None:
        return Block(received_ms, texts, counts)
    firsts = [fields[item.first_line] or Fields() for item in folded]
    return Block(
        received_ms,
        texts,
        counts,
        timestamps=_column([first.timestamp_ms for first in firsts]),
        levels=_column([None if first.level is None else int(first.level) for first in firsts]),
        sources=[make_safe(first.source, MAX_SOURCE_CHARS)[0] for first in firsts],
        attributes=[list(first.attributes) for first in firsts] if any(f.attributes for f in firsts) else None,
    )


def _column(values: list[int | None]) -> list[int | None] | None:
    return None if all(value is None for value in values) else values


def body_digest(body: bytes, *context: str) -> str:
    """Digest of what was pushed and of the parameters that change its meaning."""
    digest = hashlib.blake2b(body, digest_size=16)
    for item in context:
        digest.update(b"\0" + item.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
