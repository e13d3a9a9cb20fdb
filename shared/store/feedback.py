"""Feedback in Redis: given, listed, taken back, over; and applied to the incidents it reaches, in the same step.

The record, the incidents and the copy for the archive are written by one script (``change_feedback.lua``), so what a
caller was told is in the append-only file as a whole. ``shared.core.feedback`` decides who outweighs whom.
What may fail: StoreUnavailable, Overloaded, NotFound, QuotaExceeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from redis import Redis, WatchError

from shared.core.feedback import Feedback, Judged, Standing, standing_of
from shared.errors import NotFound, Overloaded, QuotaExceeded
from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.incident_changes import changes_by
from shared.store.incidents import KEPT_S, Incidents, IncidentState
from shared.store.scripts import Scripts

MAX_KEPT: Final = 20_000
KEPT_ENDED_MS: Final = 90 * 86_400_000
ARCHIVED_WINDOWS: Final = 5
SAME_EXPIRY_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_MAX_TRIES: Final = 10
_PAGE: Final = 200
_CACHED_STREAMS: Final = 512
_decoder = msgspec.json.Decoder(Feedback)


class Feedbacks:
    """See the module's docstring. Safe to call from several threads."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._scripts = Scripts(redis)
        self._incidents = Incidents(redis)
        self._in_force: dict[str, tuple[int, tuple[Feedback, ...]]] = {}

    # --- people ---------------------------------------------------------------------------------------------------

    def give(self, feedback: Feedback, now_ms: int, quota_per_day: int) -> tuple[Feedback, bool]:
        """Keep it and apply it; (what is kept, was it new?). Saying the same again changes nothing and costs nothing.

        Raises QuotaExceeded, NotFound when its incident is gone.
        """
        given = replace(feedback, given_ms=now_ms)
        for _ in range(_MAX_TRIES):
            version, in_force = self.in_force(given.stream)
            known = next((f for f in in_force if f.feedback_id == given.feedback_id), None)
            if known and known.is_in_force(now_ms) and _says_the_same(known, given):
                return known, False
            after = [f for f in in_force if f.feedback_id != given.feedback_id] + [given]
            if self._change(given, after, version, now_ms, "given", given.author, quota=quota_per_day):
                return given, True
        raise Overloaded("feedback changes too fast")

    def undo(self, feedback_id: str, now_ms: int, who: str) -> Feedback:
        """Take it back; what was taken back or is over already stays as it is. Raises NotFound."""
        for _ in range(_MAX_TRIES):
            version = self._version()
            feedback = self.get(feedback_id)
            if feedback.ended_ms:
                return feedback
            undone = replace(feedback, undone_ms=now_ms, undone_by=who, ended_ms=now_ms)
            if self._end(undone, version, now_ms, "undone", who):
                return undone
        raise Overloaded("feedback changes too fast")

    def get(self, feedback_id: str) -> Feedback:
        """Raises NotFound."""
        found = self._read([feedback_id])
        if not found:
            raise NotFound("no such feedback")
        return found[0]

    def latest(
        self, count: int = 50, stream: str = "", incident_id: str = "", in_force_at_ms: int | None = None
    ) -> list[Feedback]:
        """The last given first. ``in_force_at_ms``: only what is in force at that time."""
        found: list[Feedback] = []
        for start in range(0, MAX_KEPT, _PAGE):
            with speaking_to_redis():
                ids = self._redis.zrevrange(keyspace.FEEDBACK_INDEX, start, start + _PAGE - 1)
            found += [
                feedback
                for feedback in self._read([raw.decode() for raw in ids])
                if stream in ("", feedback.stream)
                and incident_id in ("", feedback.incident_id)
                and (in_force_at_ms is None or feedback.is_in_force(in_force_at_ms))
            ]
            if len(found) >= count or len(ids) < _PAGE:
                break
        return found[:count]

    # --- services -------------------------------------------------------------------------------------------------

    def in_force(self, stream: str) -> tuple[int, tuple[Feedback, ...]]:
        """(version, the stream's feedback that has not ended); ``attach`` is refused when the version is old."""
        version = self._version()
        known = self._in_force.get(stream)
        if known is None or known[0] != version:
            with speaking_to_redis():
                ids = self._redis.smembers(keyspace.stream_feedback(stream))
            known = version, tuple(self._read(sorted(raw.decode() for raw in ids)))
            if len(self._in_force) >= _CACHED_STREAMS:
                self._in_force.clear()
            self._in_force[stream] = known
        return known

    def standing(self, judged: Judged, now_ms: int) -> tuple[int, Standing]:
        """(version, what feedback makes of it)."""
        version, in_force = self.in_force(judged.stream)
        return version, standing_of(judged, in_force, now_ms)

    def end_expired(self, now_ms: int, count: int = 100) -> int:
        """End what has expired; how many did."""
        with speaking_to_redis():
            due = self._redis.zrangebyscore(keyspace.FEEDBACK_EXPIRING, "-inf", now_ms, start=0, num=count)
        ended = 0
        for raw in due:
            for _ in range(_MAX_TRIES):
                version = self._version()
                found = self._read([raw.decode()])
                if not found or found[0].ended_ms:
                    with speaking_to_redis():
                        self._redis.zrem(keyspace.FEEDBACK_EXPIRING, raw)
                    break
                over = replace(found[0], ended_ms=now_ms)
                if self._end(over, version, now_ms, "expired", "", IncidentState.RESOLVED):
                    ended += 1
                    break
        return ended

    def forget_old(self, now_ms: int, count: int = 100) -> int:
        """Forget what ended long ago, ``count`` at most; how many that were.

        Only what the archive has may go: an empty outbox says that it has all. Who speaks meanwhile wins: then
        nothing is forgotten this time.
        """
        with speaking_to_redis(), self._redis.pipeline() as pipeline:
            pipeline.watch(keyspace.FEEDBACK_VERSION)
            if pipeline.xlen(keyspace.ARCHIVE_FEEDBACK):
                return 0
            gone = self._ended_before(now_ms - KEPT_ENDED_MS, count)
            if not gone:
                return 0
            pipeline.multi()
            pipeline.hdel(keyspace.FEEDBACK, *gone)
            pipeline.zrem(keyspace.FEEDBACK_INDEX, *gone)
            try:
                pipeline.execute()
            except WatchError:
                return 0
        return len(gone)

    # --- how ------------------------------------------------------------------------------------------------------

    def _ended_before(self, at_ms: int, count: int) -> list[str]:
        """Ids of ``count`` that ended by then; they were given by then, too."""
        found: list[str] = []
        for start in range(0, MAX_KEPT, _PAGE):
            with speaking_to_redis():
                ids = self._redis.zrangebyscore(keyspace.FEEDBACK_INDEX, "-inf", at_ms, start=start, num=_PAGE)
            found += [f.feedback_id for f in self._read([raw.decode() for raw in ids]) if 0 < f.ended_ms <= at_ms]
            if len(found) >= count or len(ids) < _PAGE:
                break
        return found[:count]

    def _end(
        self,
        ended: Feedback,
        version: int,
        now_ms: int,
        counter: str,
        who: str,
        state_after: IncidentState | None = None,
    ) -> bool:
        current, in_force = self.in_force(ended.stream)
        after = [f for f in in_force if f.feedback_id != ended.feedback_id]
        return current == version and self._change(
            ended, after, version, now_ms, counter, who, state_after=state_after
        )

    def _change(
        self,
        feedback: Feedback,
        after: Sequence[Feedback],
        version: int,
        now_ms: int,
        counter: str,
        who: str,
        quota: int | None = None,
        state_after: IncidentState | None = None,
    ) -> bool:
        """Write it with all that follows from it; False: something changed meanwhile, read again."""
        near = self._incidents.warm(feedback.stream)
        known = ",".join(incident.incident_id for incident in near)
        changes = changes_by(feedback, after, near, self._silenced_by(feedback), self._incidents, now_ms)
        flags = self._flags_of(feedback.windows) if quota is not None else []
        keys = [
            keyspace.FEEDBACK_VERSION,
            keyspace.FEEDBACK,
            keyspace.FEEDBACK_INDEX,
            keyspace.stream_feedback(feedback.stream),
            keyspace.FEEDBACK_EXPIRING,
            keyspace.feedback_count(feedback.key_id, now_ms // _DAY_MS),
            keyspace.ARCHIVE_FEEDBACK,
            keyspace.stream_incidents(feedback.stream),
            keyspace.silenced(feedback.feedback_id),
            keyspace.TOTALS,
            keyspace.ALERTS_DUE,
            *(keyspace.incident(change.incident_id) for change in changes),
        ]
        arguments: list[Any] = [feedback.feedback_id, msgspec.json.encode(feedback), now_ms, version, known]
        arguments += [int(not feedback.ended_ms), _or_empty(feedback.expires_ms), _or_empty(quota), MAX_KEPT]
        arguments += [f"feedback_{counter}", state_after.value if state_after else "", KEPT_S, who, len(changes)]
        for change in changes:
            arguments += change.to_arguments()
        match self._scripts.run("change_feedback", keys, [*arguments, *flags]):
            case b"ok":
                return True
            case b"quota":
                raise QuotaExceeded
            case b"full":
                raise QuotaExceeded("too much feedback is kept")
        return False

    def _silenced_by(self, feedback: Feedback) -> list[str]:
        """Incidents that it silences now."""
        with speaking_to_redis():
            ids = self._redis.zrange(keyspace.silenced(feedback.feedback_id), 0, -1)
        return [raw.decode() for raw in ids]

    def _flags_of(self, windows: Sequence[str]) -> list[bytes]:
        """Flags as they lie in Redis: the archive gets the text with the label."""
        wanted = [keyspace.flag(window_id) for window_id in windows[:ARCHIVED_WINDOWS]]
        if not wanted:
            return []
        with speaking_to_redis():
            return [blob for blob in self._redis.mget(wanted) if blob]

    def _version(self) -> int:
        with speaking_to_redis():
            return int(self._redis.get(keyspace.FEEDBACK_VERSION) or 0)

    def _read(self, ids: Sequence[str]) -> list[Feedback]:
        if not ids:
            return []
        with speaking_to_redis():
            blobs = self._redis.hmget(keyspace.FEEDBACK, ids)
        return [feedback for blob in blobs if (feedback := _decoded(blob))]


def _says_the_same(known: Feedback, given: Feedback) -> bool:
    if (known.category, known.note) != (given.category, given.note):
        return False
    if known.expires_ms is None or given.expires_ms is None:
        return known.expires_ms == given.expires_ms
    return abs(known.expires_ms - given.expires_ms) < SAME_EXPIRY_MS  # "in 30 days", said again by a retry


def _or_empty(value: int | None) -> int | str:
    return "" if value is None else value


def _decoded(blob: bytes | None) -> Feedback | None:
    """None for what is gone or damaged."""
    try:
        return _decoder.decode(blob) if blob else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
