"""What a worker gets from the ledger and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.core.records import Flag, Verdict
from shared.core.windowing import FoldState
from shared.store.blocks import Block

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on one stream.

    token             fencing number: a commit counts only while it is the stream's current one
    attempts          claims since the last commit, this one included; 1 is the normal case
    state             the fold's state to go on from; ``state.rule`` is the rule in force
    cursor            first event that an open window still needs; ``read`` starts there
    folded            first event that the fold has not seen
    limit             how many new events this claim is about, >= 0 (0: flush marks only)
    baseline_version  0: the stream has no baseline yet
    is_sequence       a self-contained sequence
    is_alone          after too many failures: one event or one flush mark by itself
    is_last_resort    that one has failed too: give every window that closes a FAILED verdict and a dead letter, and
                      score nothing
    """

    stream: str
    token: int
    attempts: int
    state: FoldState
    cursor: int
    folded: int
    limit: int
    baseline_version: int
    is_sequence: bool = False
    is_alone: bool = False
    is_last_resort: bool = False

    @property
    def rule(self) -> str:
        return self.state.rule


@dataclass(frozen=True, slots=True)
class BlockEntry:
    """Events ``first_seq`` .. ``first_seq + len(block) - 1``. Those below ``claim.folded`` are only text for windows
    that are still open: the fold has seen them. What belongs to a later claim is already cut off."""

    first_seq: int
    block: Block


@dataclass(frozen=True, slots=True)
class FlushEntry:
    """A flush mark: hand ``Flush(rule)`` to the fold. ``rule`` is "" unless the stream's rule changes here."""

    rule: str = ""


LogEntry = BlockEntry | FlushEntry


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A window that could not be scored; ``texts`` are its events (clipped), so that somebody can look into it."""

    stream: str
    window_id: str
    first_seq: int
    last_seq: int
    reason: str
    at_ms: int
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim. ``state`` is the fold's new state: it says how far the stream is folded and finished.

    verdicts  one for each window that the fold closed: no more, no fewer
    flags     the flagged ones among them, with text
    baselines what changed of the stream's baselines, as fields (shared.store.baselines); None drops one
    dead      one for each FAILED verdict
    archived  the windows' events for the archive (outbox.encode_events), b"" when nobody archives
    """

    state: FoldState
    verdicts: Sequence[Verdict] = ()
    flags: Sequence[Flag] = ()
    baselines: Mapping[str, bytes | None] = field(default_factory=dict)
    dead: Sequence[DeadLetter] = field(default=())
    archived: bytes = b""


def claim_from_reply(reply: Sequence[Any]) -> Claim:
    """The Claim of one element of claim.lua's reply.

    A fold state that cannot be read is rebuilt: the stream is folded again from its cursor, which for every rule but
    ``session`` gives the very same windows.
    """
    name, token, attempts, state_json, rule, cursor, folded, marks, limit, version, *claims = reply
    stream, first, position = name.decode(), int(cursor), int(folded)
    state = FoldState(stream, rule.decode(), next_seq=first)
    again = position - first
    if state_json:
        try:
            known = FoldState.from_json(state_json)
            if (known.stream, known.next_seq, known.marks) == (stream, position, int(marks)):
                state, again = known, 0
        except ValueError:
            pass
        if again or state.next_seq != position:
            _log.error("fold_state_damaged", stream=stream)
    is_sequence, is_alone, is_last_resort = (bool(claim) for claim in claims)
    return Claim(
        stream=stream,
        token=token,
        attempts=attempts,
        state=state,
        cursor=first,
        folded=state.next_seq,
        limit=limit + again,
        baseline_version=int(version),
        is_sequence=is_sequence,
        is_alone=is_alone,
        is_last_resort=is_last_resort,
    )
