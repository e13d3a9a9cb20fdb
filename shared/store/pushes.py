"""What a front door hands to the ledger: one push, for one or more streams."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from shared.core.windowing import WindowRule
from shared.errors import BadInput
from shared.store.blocks import Block, encode_block
from shared.store.keyspace import SEQUENCE_PREFIX, check_stream_name, sequence_stream

_DIGEST = re.compile(r"[!-~]{1,128}")


@lru_cache(maxsize=1024)
def _check_rule(text: str) -> None:
    """A rule that cannot be parsed would stop its stream for good: refuse it at the door."""
    try:
        WindowRule.parse(text)
    except ValueError as error:
        raise BadInput(str(error)) from error


@dataclass(frozen=True, slots=True)
class StreamPart:
    """The events of a push that belong to one stream.

    stream  [A-Za-z0-9._:/@-]{1,128}; for a sequence the ledger puts its own name here
    rule    text form of a WindowRule; a change of rule closes the stream's open windows first
    block   at least one event
    """

    stream: str
    rule: str
    block: Block

    def arguments(self) -> tuple[Any, ...]:
        """What accept_push.lua takes for a part."""
        return (self.stream, self.rule, len(self.block), encode_block(self.block))


@dataclass(frozen=True, slots=True)
class Push:
    """One request's worth of events. At most one part per stream.

    idempotency_key    counted once for ``idempotency_ttl_s``; None: a retry counts twice
    body_digest        digest of what was sent: another digest under the same key is a conflict
    lines              lines received and accepted (an event may be several lines)
    rejected           reason -> lines not accepted
    is_sequence        each part is a window of its own, scored by itself, and touches no stream's state
    job_ttl_s          how long ``read_job`` knows the push
    """

    parts: Sequence[StreamPart]
    lines: int
    body_digest: str = ""
    idempotency_key: str | None = None
    idempotency_ttl_s: int = 86_400
    rejected: Mapping[str, int] = field(default_factory=dict)
    is_sequence: bool = False
    job_ttl_s: int = 86_400

    def __post_init__(self) -> None:
        names = [check_stream_name(part.stream) for part in self.parts]
        if not self.parts or (len(set(names)) < len(names) and not self.is_sequence):
            raise BadInput("a push has at least one part, and one part per stream")
        if any(len(part.block) == 0 for part in self.parts):
            raise BadInput("a block has at least one event")
        if not self.is_sequence and any(name.startswith(SEQUENCE_PREFIX) for name in names):
            raise BadInput(f"stream names do not start with {SEQUENCE_PREFIX}")
        for part in self.parts:
            _check_rule(part.rule)
        if self.idempotency_key is not None and not _DIGEST.fullmatch(self.body_digest):
            raise BadInput("an idempotency key goes with a digest of the body")

    @property
    def event_count(self) -> int:
        return sum(len(part.block) for part in self.parts)

    def placed(self, job_id: str) -> list[StreamPart]:
        """The parts under the names they get in the ledger."""
        if not self.is_sequence:
            return list(self.parts)
        return [replace(part, stream=sequence_stream(job_id, i)) for i, part in enumerate(self.parts)]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The ledger's word that a push is in the append-only file. ``is_replay``: it already was."""

    job_id: str
    is_replay: bool
