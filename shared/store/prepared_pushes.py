"""A push as ``accept_push.lua`` takes it, and what its reply means."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import IdempotencyConflict, Overloaded
from shared.store import jobs, keyspace
from shared.store.pushes import Acceptance, Push
from shared.store.scripts import Call


@dataclass(frozen=True, slots=True)
class PreparedPush:
    """``call``: keys and arguments of accept_push.lua."""

    job_id: str
    call: Call


def prepare(push: Push, job_id: str, now_ms: int, max_pending_events: int) -> PreparedPush:
    """The push encoded; above ``max_pending_events`` unfinished events the script refuses it."""
    parts = push.placed(job_id)
    keys = [
        keyspace.push(push.idempotency_key or ""),
        keyspace.job(job_id),
        keyspace.TOTALS,
        keyspace.DUE,
        keyspace.OPEN,
        keyspace.STREAMS,
        *(key for part in parts for key in (keyspace.stream(part.stream), keyspace.blocks(part.stream))),
    ]
    arguments = [
        now_ms,
        push.body_digest if push.idempotency_key is not None else "",
        push.idempotency_ttl_s * 1000,
        job_id,
        push.job_ttl_s,
        push.lines,
        jobs.encode_record(push, parts, now_ms),
        max_pending_events,
        int(push.is_sequence),
        push.event_count,
        *(value for part in parts for value in part.arguments()),
    ]
    return PreparedPush(job_id, (keys, arguments))


def acceptance_of(job_id: str, reply: list[bytes]) -> Acceptance:
    """Raises IdempotencyConflict, Overloaded."""
    match reply:
        case [b"ok", _]:
            return Acceptance(job_id, is_replay=False)
        case [b"replay", known]:
            return Acceptance(known.decode(), is_replay=True)
        case [b"conflict"]:
            raise IdempotencyConflict
    raise Overloaded("too many events wait to be scored")
