"""Jobs: what a push became, answered from the streams it touched. A job's progress costs the same at any size."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from shared.core.records import Flag, Verdict, VerdictState
from shared.core.windowing import MAX_REACH
from shared.errors import JobExpired, JobUnknown
from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.flag_records import FlagDamaged, decode_flag
from shared.store.pushes import Push, StreamPart
from shared.store.verdicts import iter_verdicts

MAX_FLAGS: Final = 100
# An id that is well formed, not known and older than this was a job once; a younger one never was.
EXPIRED_AFTER_MS: Final = 60_000

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_JOB_ID: Final = re.compile(f"j[{_ALPHABET}]{{26}}")
_INCIDENT_FIELDS: Final = (
    "title",
    "severity",
    "state",
    "category",
    "analysis",
    "analysis_engine",
    "analysis_window",
)


class JobState(StrEnum):
    QUEUED = "queued"  # nothing scored yet
    SCORING = "scoring"
    ANALYZING = "analyzing"  # every event is scored, a flag still waits for its incident
    DONE = "done"
    FAILED = "failed"  # none of its windows could be scored


@dataclass(frozen=True, slots=True)
class JobPart:
    """Events ``first`` .. ``end - 1`` of a stream."""

    stream: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class JobFlag:
    """A flag of the job with what the analyzer made of it.

    incident_id      "" until it is attached
    incident         fields of the incident's hash: title, severity, state, category, analysis (JSON),
                     analysis_engine, analysis_window (the window that the analysis cites lines of)
    """

    flag: Flag
    incident_id: str = ""
    incident: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobView:
    """What ``GET /jobs/{id}`` shows.

    windows, failed_windows  counted when every event is scored, 0 before
    flags                    at most MAX_FLAGS, in order of their streams and positions; also those that began before
                             the job or end after it
    verdicts                 of sequences only
    """

    job_id: str
    state: JobState
    created_ms: int
    lines: int
    rejected: Mapping[str, int]
    is_sequence: bool
    parts: tuple[JobPart, ...]
    events_total: int
    events_scored: int
    windows: int = 0
    failed_windows: int = 0
    flags: tuple[JobFlag, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class _Record(msgspec.Struct, frozen=True, array_like=True):
    """What is stored of a push; the first sequence numbers stand before it, written by accept_push.lua."""

    created_ms: int
    lines: int
    rejected: dict[str, int]
    is_sequence: bool
    parts: list[tuple[str, int]]  # stream, events


_decoder = msgspec.msgpack.Decoder(_Record)


def new_job_id(now_ms: int, chance: Callable[[int], bytes] = os.urandom) -> str:
    """ "j" and 26 characters: 48 bits of time, 80 of chance, so that ids sort by time and cannot be guessed."""
    number = (now_ms & (1 << 48) - 1) << 80 | int.from_bytes(chance(10))
    return "j" + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def created_ms_of(job_id: str) -> int:
    """The time inside a job id. Raises JobUnknown if it is not of that form."""
    if not _JOB_ID.fullmatch(job_id):
        raise JobUnknown
    number = 0
    for character in job_id[1:]:
        number = number << 5 | _ALPHABET.index(character)
    return number >> 80


def encode_record(push: Push, parts: Sequence[StreamPart], now_ms: int) -> bytes:
    placed = [(part.stream, len(part.block)) for part in parts]
    return msgspec.msgpack.encode(_Record(now_ms, push.lines, dict(push.rejected), push.is_sequence, placed))


def read_job(redis: Client, job_id: str, now_ms: int) -> JobView:
    """Raises JobUnknown, JobExpired, StoreUnavailable."""
    age_ms = now_ms - created_ms_of(job_id)
    with speaking_to_redis():
        stored = redis.get(keyspace.job(job_id))
        if stored is None:
            raise JobExpired if age_ms > EXPIRED_AFTER_MS else JobUnknown
        record, parts = _decode_record(stored)
        total = sum(part.end - part.first for part in parts)
        scored = _scored(redis, parts)
        flags = _flags(redis, parts)
    verdicts = [verdict for part in parts for verdict in _verdicts(redis, part)] if scored == total else []
    failed = sum(verdict.state is VerdictState.FAILED for verdict in verdicts)
    return JobView(
        job_id=job_id,
        state=_state(scored, total, len(verdicts), failed, flags),
        created_ms=record.created_ms,
        lines=record.lines,
        rejected=record.rejected,
        is_sequence=record.is_sequence,
        parts=parts,
        events_total=total,
        events_scored=scored,
        windows=len(verdicts),
        failed_windows=failed,
        flags=flags,
        verdicts=tuple(verdicts) if record.is_sequence else (),
    )


def _decode_record(stored: bytes) -> tuple[_Record, tuple[JobPart, ...]]:
    """Raises JobUnknown if what is stored is not a record."""
    firsts, _, blob = stored.partition(b"\n")
    try:
        record = _decoder.decode(blob)
        pairs = zip(firsts.split(b","), record.parts, strict=True)
        return record, tuple(JobPart(stream, int(first), int(first) + events) for first, (stream, events) in pairs)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JobUnknown from error


def _state(scored: int, total: int, windows: int, failed: int, flags: Sequence[JobFlag]) -> JobState:
    if scored < total:
        return JobState.SCORING if scored else JobState.QUEUED
    if windows and failed == windows:
        return JobState.FAILED
    return JobState.ANALYZING if any(not flag.incident_id for flag in flags) else JobState.DONE


def _scored(redis: Client, parts: Sequence[JobPart]) -> int:
    """Events of the job below their streams' cursors. A stream that is gone was finished, and expired after it."""
    pipeline = redis.pipeline(transaction=False)
    for part in parts:
        pipeline.hget(keyspace.stream(part.stream), "cursor")
    cursors = [part.end if raw is None else int(raw) for part, raw in zip(parts, pipeline.execute(), strict=True)]
    return sum(max(0, min(cursor, part.end) - part.first) for part, cursor in zip(parts, cursors, strict=True))


def _verdicts(redis: Client, part: JobPart) -> list[Verdict]:
    return list(iter_verdicts(redis, part.stream, part.first, part.end - 1))


def _flags(redis: Client, parts: Sequence[JobPart]) -> tuple[JobFlag, ...]:
    """A window's last event lies at most MAX_REACH after any other of its events: so far the look must go."""
    pipeline = redis.pipeline(transaction=False)
    for part in parts:
        pipeline.zrangebyscore(
            keyspace.flags(part.stream), part.first, part.end - 1 + MAX_REACH, start=0, num=2 * MAX_FLAGS
        )
    found = [(part, raw.decode()) for part, ids in zip(parts, pipeline.execute(), strict=True) for raw in ids]
    if not found:
        return ()
    records = redis.mget([keyspace.flag(window_id) for _, window_id in found])
    held = [flag for (part, _), raw in zip(found, records, strict=True) if (flag := _held(part, raw))][:MAX_FLAGS]
    if not held:
        return ()
    raw_ids = redis.mget([keyspace.flag_incident(flag.window_id) for flag in held])
    incident_ids = [raw.decode() if raw else "" for raw in raw_ids]
    incidents = _incidents(redis, sorted({incident_id for incident_id in incident_ids if incident_id}))
    return tuple(
        JobFlag(flag, incident_id, incidents.get(incident_id, {}))
        for flag, incident_id in zip(held, incident_ids, strict=True)
    )


def _held(part: JobPart, raw: bytes | None) -> Flag | None:
    """The flag, if it is still kept and holds an event of the part."""
    try:
        flag = decode_flag(raw) if raw else None
    except FlagDamaged:
        return None
    return flag if flag and any(part.first <= seq < part.end for seq in flag.verdict.seqs) else None


def _incidents(redis: Client, incident_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    pipeline = redis.pipeline(transaction=False)
    for incident_id in incident_ids:
        pipeline.hmget(keyspace.incident(incident_id), _INCIDENT_FIELDS)
    replies: list[list[Any]] = pipeline.execute()
    return {
        incident_id: {
            name: raw.decode() for name, raw in zip(_INCIDENT_FIELDS, reply, strict=True) if raw is not None
        }
        for incident_id, reply in zip(incident_ids, replies, strict=True)
    }
