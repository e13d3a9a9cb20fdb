"""What people say, on a real Redis: a false positive silences its like at once, ends, and never hides a confirmed one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from feedback_builders import a_feedback
from flag_builders import among_calm
from redis import Redis
from told_clock import Clock

from services.analyzer.analyze import AnalyzeDue, AnalyzeOptions
from shared.core.feedback import FeedbackScope, FeedbackVerdict
from shared.core.records import Flag, Severity
from shared.errors import NotFound, QuotaExceeded
from shared.store import keyspace
from shared.store.alerts import AlertQueue, DueAlert
from shared.store.feedback import KEPT_ENDED_MS, Feedbacks
from shared.store.flags import FlagInbox
from shared.store.incidents import Incident, IncidentFilter, Incidents, IncidentState

REFUSED = "ERROR cart - connection refused: 10.3.4.5:6379 try 1"
DISK = "ERROR store - write failed: No space left on device: /data"
HOUR_MS = 3_600_000
EVERY = IncidentFilter(states=frozenset(IncidentState))
Put = Callable[[Flag], str]


class Alerts:
    """An alerter that only remembers what it took."""

    def __init__(self, redis: Redis) -> None:
        self.queue, self.taken = AlertQueue(redis), list[DueAlert]()

    def has_due(self, now_ms: int) -> bool:
        return self.queue.has_due(now_ms)

    def deliver_due(self, now_ms: Callable[[], int]) -> int:
        fresh = self.queue.take(now_ms(), 100)
        self.taken += fresh
        return len(fresh)


class Desk:
    """An analyzer, and people who say what they think of it."""

    def __init__(self, redis: Redis, clock: Clock, put_flag: Put) -> None:
        self.incidents, self.feedback, self.alerts = Incidents(redis), Feedbacks(redis), Alerts(redis)
        self._clock, self._put, self._seq = clock, put_flag, 0
        self.analyze = AnalyzeDue(
            FlagInbox(redis), self.incidents, None, self.alerts, AnalyzeOptions(), clock, Feedbacks(redis)  # type: ignore[arg-type]
        )  # fmt: skip

    def flag(self, line: str, apart: bool = True, **options: Any) -> Incident:
        """Flag ``line``, an hour later than the last unless not ``apart``; the incident that it went into."""
        if apart:
            self._clock.now += HOUR_MS
        self._seq += 1000
        window_id = self._put(among_calm(line, first_seq=self._seq, flagged_at_ms=self._clock.now, **options))
        self.analyze()
        incident_id = self.incidents.of_window(window_id)
        assert incident_id is not None
        return self.incidents.get(incident_id)

    def say(self, incident: Incident, *what: Any, **facts: Any) -> str:
        kept, _ = self.feedback.give(a_feedback(incident, *what, **facts), self._clock(), 50)
        return kept.feedback_id

    def state(self, incident: Incident) -> IncidentState:
        return self.incidents.get(incident.incident_id).state

    @property
    def alerted(self) -> int:
        return len(self.alerts.taken)


@pytest.fixture
def desk(redis_client: Redis, clock: Clock, put_flag: Put) -> Desk:
    return Desk(redis_client, clock, put_flag)


def test_a_false_positive_silences_its_like_at_once_and_counts_on(desk: Desk) -> None:
    first = desk.flag(REFUSED)
    assert desk.alerted == 1
    said = desk.say(first)
    assert desk.state(first) is IncidentState.SILENCED
    assert desk.incidents.latest() == []  # not open, not in the list by default
    again = desk.flag(REFUSED, severity=Severity.CRITICAL)
    assert (again.incident_id, again.state, again.silenced_by) == (first.incident_id, IncidentState.SILENCED, said)
    assert (again.count, again.silenced_flags) == (2, 1)
    assert again.people_category == "benign"
    assert desk.alerted == 1
    assert [i.incident_id for i in desk.incidents.latest(EVERY)] == [first.incident_id]
    other = desk.flag(DISK)
    assert (other.state, desk.alerted) == (IncidentState.OPEN, 2)  # something else still alerts


def test_an_alert_that_waits_is_not_sent_after_a_false_positive(
    desk: Desk, redis_client: Redis, clock: Clock, put_flag: Put
) -> None:
    put_flag(among_calm(REFUSED))
    desk.analyze.attach_due()
    assert redis_client.zcard(keyspace.ALERTS_DUE) == 1
    desk.say(desk.incidents.latest()[0])
    desk.analyze()
    assert desk.alerted == 0


def test_an_alert_that_a_silence_held_is_sent_once_when_that_is_taken_back(
    desk: Desk, redis_client: Redis, clock: Clock, put_flag: Put
) -> None:
    put_flag(among_calm(REFUSED))
    desk.analyze.attach_due()
    first = desk.incidents.latest()[0]
    said = desk.say(first)
    desk.analyze()
    assert redis_client.zcard(keyspace.ALERTS_DUE) == 0
    desk.feedback.undo(said, clock(), "ann")
    desk.analyze()
    assert [alert.incident_id for alert in desk.alerts.taken] == [first.incident_id]
    desk.feedback.undo(desk.say(first), clock(), "ann")
    desk.analyze()
    assert desk.alerted == 1


def test_an_alert_that_was_held_until_the_silence_expired_is_old(desk: Desk, clock: Clock, put_flag: Put) -> None:
    put_flag(among_calm(REFUSED))
    desk.analyze.attach_due()
    first = desk.incidents.latest()[0]
    desk.say(first, expires_ms=clock() + 1)
    desk.analyze()
    clock.now += 2
    desk.feedback.end_expired(clock())
    desk.analyze()
    assert (desk.state(first), desk.alerted) == (IncidentState.RESOLVED, 0)
    desk.feedback.undo(desk.say(first), clock(), "ann")
    desk.analyze()
    assert desk.alerted == 0


def test_what_was_silenced_from_its_first_flag_on_alerts_with_its_next(desk: Desk, clock: Clock) -> None:
    said = desk.say(desk.flag(DISK), FeedbackVerdict.FALSE_POSITIVE, FeedbackScope.STREAM)
    born_silenced = desk.flag(REFUSED)
    assert (born_silenced.state, desk.alerted) == (IncidentState.SILENCED, 1)
    desk.feedback.undo(said, clock(), "ann")
    assert desk.state(born_silenced) is IncidentState.RESOLVED
    assert desk.flag(REFUSED).change == "reopened"
    assert desk.alerted == 2


def test_a_silenced_incident_waits_for_no_model(desk: Desk, clock: Clock, redis_client: Redis) -> None:
    first = desk.flag(REFUSED)
    redis_client.zadd(keyspace.INCIDENTS_PENDING, {first.incident_id: 0})
    desk.say(first)
    assert desk.incidents.claim_analyses(clock(), 1_000, 5) == []
    assert not desk.incidents.has_pending(clock() + 2_000)


def test_taken_back_the_incident_is_as_before(desk: Desk, clock: Clock) -> None:
    first = desk.flag(REFUSED)
    said = desk.say(first)
    assert desk.feedback.undo(said, clock(), "ann").undone_by == "ann"
    after = desk.incidents.get(first.incident_id)
    assert (after.state, after.silenced_by, after.people_category) == (IncidentState.OPEN, "", "")
    again = desk.flag(REFUSED, severity=Severity.CRITICAL)
    assert (again.incident_id, again.silenced_flags, again.change) == (first.incident_id, 0, "escalated")
    assert desk.alerted == 2
    assert desk.feedback.undo(said, clock(), "bob").undone_by == "ann"  # once
    with pytest.raises(NotFound):
        desk.feedback.undo("f" + "0" * 16, clock(), "ann")


def test_when_it_expires_flags_alert_again(desk: Desk, clock: Clock) -> None:
    first = desk.flag(REFUSED)
    said = desk.say(first, expires_ms=clock() + 2 * HOUR_MS + 1)
    desk.flag(REFUSED)
    assert desk.alerted == 1
    assert desk.feedback.end_expired(clock()) == 0
    clock.now += HOUR_MS + 1
    assert desk.feedback.end_expired(clock()) == 1
    after = desk.incidents.get(first.incident_id)
    assert (after.state, after.people_category) == (IncidentState.RESOLVED, "")
    assert desk.feedback.get(said).ended_ms == clock()
    assert desk.flag(REFUSED).state is IncidentState.OPEN
    assert desk.alerted == 2


def test_what_has_expired_silences_nothing_even_before_anybody_ends_it(desk: Desk, clock: Clock) -> None:
    desk.say(desk.flag(REFUSED), expires_ms=clock() + HOUR_MS // 2)
    assert desk.flag(REFUSED).change == "reopened"
    assert desk.alerted == 2


def test_a_window_alone_says_nothing_of_the_next_one(desk: Desk) -> None:
    first = desk.flag(REFUSED)
    desk.say(first, FeedbackVerdict.FALSE_POSITIVE, FeedbackScope.WINDOW)
    assert desk.state(first) is IncidentState.SILENCED
    assert desk.flag(REFUSED).state is IncidentState.OPEN
    assert desk.alerted == 2


def test_a_whole_stream_is_silenced_but_not_what_another_has_confirmed(desk: Desk) -> None:
    disk, refused = desk.flag(DISK), desk.flag(REFUSED)
    desk.say(disk, FeedbackVerdict.CONFIRMED, key_id="k2", author="bob", category="disk_full")
    desk.say(refused, FeedbackVerdict.FALSE_POSITIVE, FeedbackScope.STREAM)
    assert (desk.state(disk), desk.state(refused)) == (IncidentState.OPEN, IncidentState.SILENCED)
    assert desk.incidents.get(disk.incident_id).people_category == "disk_full"
    assert desk.alerted == 2
    assert desk.flag(REFUSED).state is IncidentState.SILENCED
    assert desk.flag("ERROR mail - deferred: greylisted").state is IncidentState.SILENCED
    assert desk.alerted == 2
    desk.incidents.set_state(disk.incident_id, IncidentState.RESOLVED, 0)
    assert desk.flag(DISK).change == "reopened"
    assert desk.alerted == 3


def test_confirming_what_was_silenced_opens_it_again(desk: Desk) -> None:
    first = desk.flag(REFUSED)
    desk.say(first)
    desk.flag(REFUSED, apart=True)
    desk.say(first, FeedbackVerdict.CONFIRMED, key_id="k2", author="bob", category="connection_failure")
    after = desk.incidents.get(first.incident_id)
    assert (after.state, after.people_category) == (IncidentState.OPEN, "connection_failure")


def test_an_outweighed_false_positive_changes_nothing(desk: Desk) -> None:
    first = desk.flag(REFUSED)
    windows = FeedbackScope.WINDOW
    desk.say(first, FeedbackVerdict.CONFIRMED, windows, key_id="k2", author="bob", category="connection_failure")
    desk.say(first)
    after = desk.incidents.get(first.incident_id)
    assert (after.state, after.people_category) == (IncidentState.OPEN, "connection_failure")
    desk.incidents.set_state(first.incident_id, IncidentState.RESOLVED, 0)
    desk.flag(REFUSED)
    assert desk.alerted == 2


def test_the_same_said_again_is_kept_once_and_costs_no_quota(desk: Desk, clock: Clock) -> None:
    said = a_feedback(desk.flag(REFUSED), expires_ms=clock() + HOUR_MS)
    _, is_new = desk.feedback.give(said, clock(), 1)
    clock.now += 5
    kept, is_new_again = desk.feedback.give(said, clock(), 1)
    assert (is_new, is_new_again, kept.given_ms) == (True, False, clock() - 5)
    assert len(desk.feedback.latest()) == 1
    with pytest.raises(QuotaExceeded):
        desk.feedback.give(a_feedback(desk.flag(DISK, apart=False)), clock(), 1)
    clock.now += 24 * HOUR_MS
    desk.feedback.give(a_feedback(desk.flag(DISK)), clock(), 1)  # a day has a quota of its own


def test_everything_goes_to_the_archive_with_the_flag_it_is_about(
    desk: Desk, redis_client: Redis, clock: Clock
) -> None:
    first = desk.flag(REFUSED)
    desk.feedback.undo(desk.say(first), clock(), "ann")
    entries = redis_client.xrange(keyspace.ARCHIVE_FEEDBACK)
    assert [sorted(fields) for _, fields in entries] == [[b"f", b"w1"], [b"f"]]
    assert entries[0][1][b"w1"] == redis_client.get(keyspace.flag(first.windows[0]))
    clock.now += KEPT_ENDED_MS + 1
    desk.feedback.forget_old(clock())
    assert len(desk.feedback.latest()) == 1  # the archive does not have it yet
    redis_client.delete(keyspace.ARCHIVE_FEEDBACK)
    desk.feedback.forget_old(clock())
    assert desk.feedback.latest() == []


def old_words(desk: Desk, clock: Clock, count: int) -> list[str]:
    """Ids of feedback of the same incident, the first given first."""
    first = desk.flag(REFUSED)
    said = []
    for n in range(count):
        clock.now += 1
        said.append(desk.say(first, author=f"ann {n}", key_id=f"k{n}"))
    return said


def test_what_is_still_in_force_keeps_nothing_that_is_over_from_being_forgotten(
    desk: Desk, redis_client: Redis, clock: Clock
) -> None:
    *in_force, over = old_words(desk, clock, 4)
    desk.feedback.undo(over, clock(), "ann")
    redis_client.delete(keyspace.ARCHIVE_FEEDBACK)
    clock.now += KEPT_ENDED_MS + 1
    assert desk.feedback.forget_old(clock(), count=1) == 1
    assert {feedback.feedback_id for feedback in desk.feedback.latest()} == set(in_force)


def test_what_was_given_long_ago_and_ended_of_late_is_kept(desk: Desk, redis_client: Redis, clock: Clock) -> None:
    (said,) = old_words(desk, clock, 1)
    clock.now += KEPT_ENDED_MS + 1
    desk.feedback.undo(said, clock(), "ann")
    redis_client.delete(keyspace.ARCHIVE_FEEDBACK)
    assert desk.feedback.forget_old(clock()) == 0
    assert desk.feedback.get(said).undone_by == "ann"
    clock.now += KEPT_ENDED_MS
    assert desk.feedback.forget_old(clock()) == 1


def test_what_is_said_again_while_it_is_being_forgotten_stays(
    desk: Desk, redis_client: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.flag(REFUSED)
    said = desk.say(first)
    desk.feedback.undo(said, clock(), "ann")
    redis_client.delete(keyspace.ARCHIVE_FEEDBACK)
    clock.now += KEPT_ENDED_MS + 1
    other = Feedbacks(redis_client)
    read = desk.feedback._read

    def read_late(*arguments: Any) -> Any:
        found = read(*arguments)
        other.give(a_feedback(desk.incidents.get(first.incident_id)), clock(), 50)
        return found

    monkeypatch.setattr(desk.feedback, "_read", read_late)
    desk.feedback.forget_old(clock())
    assert [feedback.feedback_id for feedback in other.latest(in_force_at_ms=clock())] == [said]


def test_a_flag_that_is_attached_while_somebody_speaks_is_decided_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feedback comes between the reading of what people said and the attaching."""
    first = desk.flag(REFUSED)
    attach, spoken = desk.incidents.attach, threading.Event()

    def attach_late(*arguments: Any) -> Any:
        if not spoken.is_set():
            spoken.set()
            desk.say(first)
        return attach(*arguments)

    monkeypatch.setattr(desk.incidents, "attach", attach_late)
    again = desk.flag(REFUSED, severity=Severity.CRITICAL)
    assert (again.state, desk.alerted) == (IncidentState.SILENCED, 1)
