"""The ledger's rules, one by one, on a real Redis."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from redis import Redis

from shared.core.records import Flag, FlaggedEvent, Severity, Verdict, VerdictState, Window
from shared.core.windowing import EventRef, Flush, FoldState, Item, WindowRule, advance
from shared.errors import BadInput, IdempotencyConflict, JobExpired, JobUnknown, Overloaded
from shared.store import keyspace
from shared.store.baselines import StreamBaselines, read_judging
from shared.store.blocks import Block
from shared.store.claims import BlockEntry, Claim, DeadLetter, FlushEntry, LogEntry, Outcome
from shared.store.jobs import JobState
from shared.store.ledger import Ledger, LedgerLimits
from shared.store.pushes import Acceptance, Push, StreamPart
from shared.store.stream_views import StreamViews

NOW = 1_800_000_000_000


def a_block(count: int, prefix: str = "line") -> Block:
    return Block(NOW, [f"{prefix} {i}" for i in range(count)], [1] * count)


def a_push(
    count: int = 10, stream: str = "web", rule: str = "fixed:10", key: str | None = None, **more: object
) -> Push:
    part = StreamPart(stream, rule, a_block(count))
    digest = str(more.pop("digest", f"d{count}"))
    return Push([part], lines=count, idempotency_key=key, body_digest=digest, **more)  # type: ignore[arg-type]


def items_of(claim: Claim, entries: Sequence[LogEntry]) -> list[Item]:
    items: list[Item] = []
    for entry in entries:
        if isinstance(entry, FlushEntry):
            items.append(Flush(entry.rule))
        else:
            first, count = entry.first_seq, len(entry.block)
            items += [EventRef(seq, NOW) for seq in range(first, first + count) if seq >= claim.folded]
    return items


def a_verdict(window: Window, state: VerdictState = VerdictState.NORMAL) -> Verdict:
    return Verdict(window.window_id, window.stream, window.seqs, state, 0.1, 0.2, 5.0, "m1", 0, {"head": 0.5}, (0.5,))


def a_flag(window: Window) -> Flag:
    verdict = Verdict(
        window.window_id, window.stream, window.seqs, VerdictState.FLAGGED, 0.9, 9.0, 5.0, "m1", 0, {"head": 0.001}, (2.0,),
        severity=Severity.HIGH,
    )  # fmt: skip
    return Flag(verdict, (FlaggedEvent(1, window.seqs[0], "boom", "boom"),), NOW)


def fold(claim: Claim, entries: Sequence[LogEntry]) -> tuple[list[Window], FoldState]:
    return advance(WindowRule.parse(claim.rule), claim.state, items_of(claim, entries))


def work(ledger: Ledger, now_ms: int = NOW, max_events: int = 1000, flag: bool = False) -> list[Window]:
    """One turn of an honest worker: claim, fold, commit; the windows it gave verdicts to."""
    done: list[Window] = []
    for claim in ledger.claim(now_ms, 1000, max_events, 100):
        windows, state = fold(claim, ledger.read(claim))
        flags = [a_flag(window) for window in windows] if flag else []
        verdicts = [f.verdict for f in flags] if flag else [a_verdict(window) for window in windows]
        assert ledger.commit(claim, Outcome(state, verdicts, flags), now_ms)
        done += windows
    return done


@pytest.fixture
def ledger(redis_client: Redis) -> Ledger:
    return Ledger(redis_client)


def test_push_becomes_windows_and_the_job_is_done(ledger: Ledger) -> None:
    job = ledger.accept_push(a_push(25), NOW).job_id
    assert ledger.read_job(job, NOW).state is JobState.QUEUED
    assert ledger.is_due(NOW)
    assert [w.seqs for w in work(ledger)] == [tuple(range(10)), tuple(range(10, 20))]
    view = ledger.read_job(job, NOW)
    assert (view.state, view.events_scored, view.events_total) == (JobState.SCORING, 20, 25)
    assert not ledger.is_due(NOW)
    assert ledger.flush_idle(NOW + 999, 1000) == 0
    assert ledger.flush_idle(NOW + 1000, 1000) == 1
    assert [w.seqs for w in work(ledger, NOW + 1000)] == [tuple(range(20, 25))]
    view = ledger.read_job(job, NOW + 1000)
    assert (view.state, view.windows, view.events_scored) == (JobState.DONE, 3, 25)
    assert ledger.pending_events() == 0
    assert len(list(ledger.verdicts("web"))) == 3
    assert [v.seqs for v in ledger.verdicts("web", 5, 10)] == [tuple(range(10)), tuple(range(10, 20))]
    assert ledger.totals() == {
        "jobs": 1, "lines": 25, "events": 25, "scored": 25, "windows": 3, "failed": 0, "flags": 0, "dead": 0,
    }  # fmt: skip


def test_finished_text_is_trimmed(ledger: Ledger, redis_client: Redis) -> None:
    for _ in range(5):
        ledger.accept_push(a_push(7), NOW)
    work(ledger)
    assert redis_client.xlen(keyspace.blocks("web")) == 1  # events 30..34 are open; the last block holds 28..34
    ledger.flush_idle(NOW + 5000, 1000)
    work(ledger, NOW + 5000)
    assert redis_client.xlen(keyspace.blocks("web")) == 0
    ledger.accept_push(a_push(3), NOW + 5000)
    assert [w.seqs for w in work(ledger, NOW + 5000)] == []


def test_retried_push_is_counted_once(ledger: Ledger) -> None:
    first = ledger.accept_push(a_push(10, key="k"), NOW)
    again = ledger.accept_push(a_push(10, key="k"), NOW + 5)
    assert again.is_replay and again.job_id == first.job_id
    assert ledger.totals()["events"] == 10
    with pytest.raises(IdempotencyConflict):
        ledger.accept_push(a_push(10, key="k", digest="other"), NOW)
    assert ledger.totals()["events"] == 10


def test_push_without_key_counts_each_time(ledger: Ledger) -> None:
    ledger.accept_push(a_push(10), NOW)
    ledger.accept_push(a_push(10), NOW)
    assert ledger.totals()["events"] == 20


def test_read_gives_open_text_and_new_text(ledger: Ledger) -> None:
    ledger.accept_push(a_push(4), NOW)
    work(ledger)
    ledger.accept_push(a_push(40), NOW)
    (claim,) = ledger.claim(NOW, 1000, 8, 10)
    assert (claim.cursor, claim.folded, claim.limit) == (0, 4, 8)
    entries = ledger.read(claim)
    assert [(e.first_seq, len(e.block)) for e in entries if isinstance(e, BlockEntry)] == [(0, 4), (4, 8)]


def test_many_small_blocks_are_read_whole(ledger: Ledger) -> None:
    for _ in range(150):
        ledger.accept_push(a_push(1), NOW)
    assert len(work(ledger)) == 15


def test_late_twin_writes_nothing(ledger: Ledger) -> None:
    ledger.accept_push(a_push(10), NOW)
    (slow,) = ledger.claim(NOW, 1000, 100, 10)
    entries = ledger.read(slow)
    assert ledger.claim(NOW + 999, 1000, 100, 10) == []
    (quick,) = ledger.claim(NOW + 1000, 1000, 100, 10)
    assert quick.attempts == 2
    windows, state = fold(quick, ledger.read(quick))
    assert ledger.commit(quick, Outcome(state, [a_verdict(w) for w in windows]), NOW + 1001)
    windows, state = fold(slow, entries)
    assert not ledger.commit(slow, Outcome(state, [a_verdict(w) for w in windows]), NOW + 1002)
    assert not ledger.release(slow, "late", NOW + 1002)
    assert len(list(ledger.verdicts("web"))) == 1


def test_commit_after_expired_lease_counts_if_nobody_else_came(ledger: Ledger) -> None:
    ledger.accept_push(a_push(10), NOW)
    (claim,) = ledger.claim(NOW, 1000, 100, 10)
    windows, state = fold(claim, ledger.read(claim))
    assert ledger.commit(claim, Outcome(state, [a_verdict(w) for w in windows]), NOW + 60_000)
    assert not ledger.commit(claim, Outcome(state, [a_verdict(w) for w in windows]), NOW + 60_000)
    assert ledger.totals()["windows"] == 1


def test_outcome_beyond_the_claim_is_refused(ledger: Ledger) -> None:
    ledger.accept_push(a_push(10), NOW)
    (claim,) = ledger.claim(NOW, 1000, 5, 10)
    with pytest.raises(ValueError, match="does not fit"):
        ledger.commit(claim, Outcome(FoldState("web", "fixed:10", next_seq=6)), NOW)


def test_released_stream_is_due_after_the_backoff(ledger: Ledger) -> None:
    ledger.accept_push(a_push(10), NOW)
    (claim,) = ledger.claim(NOW, 60_000, 100, 10)
    assert ledger.release(claim, "boom", NOW, backoff_ms=500)
    assert not ledger.is_due(NOW + 499)
    (again,) = ledger.claim(NOW + 500, 1000, 100, 10)
    assert again.attempts == 2 and again.token > claim.token


def test_budget_and_fairness(ledger: Ledger) -> None:
    for i, name in enumerate(["a", "b", "c"]):
        ledger.accept_push(a_push(10, name), NOW + i)
    claims = ledger.claim(NOW + 10, 1000, 15, 10)
    assert [(c.stream, c.limit) for c in claims] == [("a", 10), ("b", 5)]
    assert [c.stream for c in ledger.claim(NOW + 10, 1000, 15, 10)] == ["c"]


def test_change_of_rule_closes_what_is_open_and_then_holds(ledger: Ledger) -> None:
    ledger.accept_push(a_push(13), NOW)
    work(ledger)
    ledger.accept_push(a_push(12, rule="fixed:5"), NOW)
    windows = work(ledger)
    assert [(w.seqs[0], len(w.seqs), w.rule) for w in windows] == [
        (10, 3, "fixed:10"),
        (13, 5, "fixed:5"),
        (18, 5, "fixed:5"),
    ]
    ledger.accept_push(a_push(3, rule="fixed:5"), NOW)
    assert [(w.seqs[0], len(w.seqs), w.rule) for w in work(ledger)] == [(23, 5, "fixed:5")]


def test_sequence_is_a_window_of_its_own(ledger: Ledger, redis_client: Redis) -> None:
    parts = [StreamPart("a", "whole", a_block(3)), StreamPart("b", "whole", a_block(300))]
    job = ledger.accept_push(Push(parts, lines=303, is_sequence=True, job_ttl_s=50), NOW).job_id
    claims = ledger.claim(NOW, 1000, 1000, 10)
    assert [c.is_sequence for c in claims] == [True, True]
    for claim in claims:
        windows, state = fold(claim, ledger.read(claim))
        assert ledger.commit(claim, Outcome(state, [a_verdict(w) for w in windows]), NOW)
    view = ledger.read_job(job, NOW)
    assert view.state is JobState.DONE
    assert [len(v.seqs) for v in view.verdicts] == [3, 256, 44]
    assert StreamViews(redis_client).latest() == []
    for index in range(2):
        name = keyspace.sequence_stream(job, index)
        assert 0 < redis_client.ttl(keyspace.stream(name)) <= 50
        assert 0 < redis_client.ttl(keyspace.verdicts(name)) <= 50
    assert redis_client.ttl(keyspace.job(job)) > 0


def test_unscored_sequence_does_not_expire(ledger: Ledger, redis_client: Redis) -> None:
    job = ledger.accept_push(Push([StreamPart("a", "whole", a_block(3))], lines=3, is_sequence=True), NOW).job_id
    assert redis_client.ttl(keyspace.stream(keyspace.sequence_stream(job, 0))) == -1


def test_flags_reach_the_job_and_the_analyzers_inbox(ledger: Ledger, redis_client: Redis) -> None:
    before = ledger.accept_push(a_push(10), NOW).job_id
    job = ledger.accept_push(a_push(15), NOW).job_id
    work(ledger, flag=True)
    ledger.flush_idle(NOW + 1000, 1000)
    work(ledger, NOW + 1000)
    view = ledger.read_job(job, NOW)
    assert view.state is JobState.ANALYZING
    assert [f.flag.verdict.seqs[0] for f in view.flags] == [10]
    assert [f.flag.verdict.seqs[0] for f in ledger.read_job(before, NOW).flags] == [0]
    assert ledger.has_due_flags(NOW)
    window_id = view.flags[0].flag.window_id
    redis_client.set(keyspace.flag_incident(window_id), "i1")
    redis_client.hset(keyspace.incident("i1"), mapping={"title": "Boom", "severity": "high"})
    view = ledger.read_job(job, NOW)
    assert view.state is JobState.DONE
    assert view.flags[0].incident_id == "i1" and view.flags[0].incident == {"title": "Boom", "severity": "high"}


def test_baselines_lie_under_their_model_and_each_change_counts(ledger: Ledger, redis_client: Redis) -> None:
    changes: list[dict[str, bytes | None]] = [
        {"aaa": b"one", "judge": b"aaa"}, {"aaa": b"two"}, {}, {"bbb": b"three", "judge": b"bbb", "aaa": None},
    ]  # fmt: skip
    for baselines in changes:
        ledger.accept_push(a_push(10), NOW)
        (claim,) = ledger.claim(NOW, 1000, 100, 10)
        windows, state = fold(claim, ledger.read(claim))
        flags = [a_flag(w) for w in windows] if baselines else []
        ledger.commit(claim, Outcome(state, [a_verdict(w) for w in windows], flags, baselines), NOW)
    ledger.accept_push(a_push(1), NOW)
    assert ledger.claim(NOW, 1000, 100, 10)[0].baseline_version == 3
    assert ledger.read_baselines("web") == StreamBaselines("bbb", {"bbb": b"three"})
    assert read_judging(redis_client, "web") == b"three"
    assert ledger.read_baselines("other") == StreamBaselines("", {})
    assert ledger.totals()["flags"] == 3


def test_unknown_and_expired_jobs(ledger: Ledger, redis_client: Redis) -> None:
    job = ledger.accept_push(a_push(1), NOW).job_id
    redis_client.delete(keyspace.job(job))
    with pytest.raises(JobExpired):
        ledger.read_job(job, NOW + 3_600_000)
    with pytest.raises(JobUnknown):
        ledger.read_job(job, NOW)
    for odd in ("", "j", "jxyz", "../../etc", job.upper(), job + "\n"):
        with pytest.raises(JobUnknown):
            ledger.read_job(odd, NOW)


def test_too_many_pending_events_are_refused_but_replays_are_answered(redis_client: Redis) -> None:
    ledger = Ledger(redis_client, LedgerLimits(max_pending_events=15))
    first = ledger.accept_push(a_push(10, key="k"), NOW)
    with pytest.raises(Overloaded):
        ledger.accept_push(a_push(10), NOW)
    assert ledger.accept_push(a_push(10, key="k"), NOW).job_id == first.job_id
    work(ledger)
    ledger.accept_push(a_push(10), NOW)


@pytest.mark.parametrize("name", ["", "a" * 129, "a b", "seq/x", "ü", "a\n"])
def test_odd_stream_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        a_push(1, name)


def test_unreadable_rule_is_refused() -> None:
    with pytest.raises(BadInput):
        a_push(1, rule="fixed:0")


def test_damaged_block_counts_its_events(ledger: Ledger, redis_client: Redis) -> None:
    ledger.accept_push(a_push(10), NOW)
    redis_client.xtrim(keyspace.blocks("web"), maxlen=0)
    redis_client.xadd(keyspace.blocks("web"), {"n": 10, "b": b"garbage"}, id="11-0")
    redis_client.hset(keyspace.stream("web"), "head", 11)
    redis_client.hset(keyspace.stream("web"), mapping={"cursor": 1, "folded": 1, "state": ""})
    windows = work(ledger)
    assert [w.seqs for w in windows] == [tuple(range(1, 11))]


def test_damaged_fold_state_is_rebuilt_from_the_cursor(ledger: Ledger, redis_client: Redis) -> None:
    ledger.accept_push(a_push(14), NOW)
    work(ledger)
    redis_client.hset(keyspace.stream("web"), "state", b"\xff{")
    ledger.accept_push(a_push(6), NOW)
    assert [w.seqs for w in work(ledger)] == [tuple(range(10, 20))]


def test_stream_key_of_another_type_stops_nobody(ledger: Ledger, redis_client: Redis) -> None:
    redis_client.set(keyspace.stream("odd"), "x")
    redis_client.hset(keyspace.stream("torn"), "head", "many")
    for name in ("odd", "torn"):
        redis_client.zadd(keyspace.DUE, {name: NOW - 5})
        redis_client.zadd(keyspace.OPEN, {name: NOW - 5})
    ledger.accept_push(a_push(10), NOW)
    assert len(work(ledger)) == 1
    assert ledger.flush_idle(NOW + 5000, 1000) == 0
    assert not ledger.is_due(NOW + 5000)


def test_damaged_verdicts_and_job_records_are_told_apart_from_failure(ledger: Ledger, redis_client: Redis) -> None:
    job = ledger.accept_push(a_push(10), NOW).job_id
    work(ledger)
    redis_client.xadd(keyspace.verdicts("web"), {"c": 10, "v": b"garbage"}, id="10-5")
    assert len(list(ledger.verdicts("web"))) == 1
    redis_client.set(keyspace.job(job), b"0\ngarbage")
    with pytest.raises(JobUnknown):
        ledger.read_job(job, NOW)


def test_poison_ends_alone_among_the_dead_letters_and_its_neighbours_are_scored(
    ledger: Ledger, redis_client: Redis
) -> None:
    poison = 70
    ledger.accept_push(a_push(100), NOW)
    attempts = 0
    while ledger.is_due(NOW):
        (claim,) = ledger.claim(NOW, 1000, 1000, 10)
        windows, state = fold(claim, ledger.read(claim))
        bad = [w for w in windows if poison in w.seqs]
        attempts += 1
        if bad and not claim.is_last_resort:
            ledger.release(claim, "scorer died", NOW)
            continue
        verdicts = [
            a_verdict(w, VerdictState.FAILED if claim.is_last_resort else VerdictState.NORMAL) for w in windows
        ]
        dead = [DeadLetter("web", w.window_id, w.seqs[0], w.seqs[-1], "died", NOW, ("x",)) for w in bad]
        assert ledger.commit(claim, Outcome(state, verdicts, dead=dead), NOW)
    assert attempts < 30
    verdicts = list(ledger.verdicts("web"))
    assert [v.seqs[0] for v in verdicts if v.state is VerdictState.FAILED] == [70]
    assert len(verdicts) == 10
    letters = [json.loads(fields[b"d"]) for _, fields in redis_client.xrange(keyspace.DEAD)]
    assert [letter["first_seq"] for letter in letters] == [70]
    assert ledger.totals()["failed"] == ledger.totals()["dead"] == 1
    ledger.accept_push(a_push(100), NOW)
    (claim,) = ledger.claim(NOW, 1000, 1000, 10)
    assert (claim.limit, claim.attempts, claim.is_alone) == (100, 1, False)


def test_pushes_of_one_trip_have_outcomes_of_their_own(ledger: Ledger, redis_client: Redis) -> None:
    known = ledger.accept_push(a_push(10, key="k", digest="d"), NOW).job_id
    redis_client.script_flush()  # a server that started anew knows no script
    pushes = [
        a_push(3, stream="one"),
        a_push(10, key="k", digest="other"),
        a_push(10, key="k", digest="d"),
        a_push(4, stream="two", key="new"),
        a_push(4, stream="two", key="new"),
    ]
    prepared = [ledger.prepare(push, NOW) for push in pushes]
    taken, conflict, replay, first, again = ledger.accept_prepared(prepared, NOW)
    assert taken == Acceptance(prepared[0].job_id, is_replay=False)
    assert isinstance(conflict, IdempotencyConflict)
    assert replay == Acceptance(known, is_replay=True)
    assert (first, again) == (Acceptance(prepared[3].job_id, False), Acceptance(prepared[3].job_id, True))
    assert ledger.totals()["events"] == 10 + 3 + 4


def test_push_too_many_is_refused_alone(redis_client: Redis) -> None:
    ledger = Ledger(redis_client, LedgerLimits(max_pending_events=10))
    prepared = [ledger.prepare(a_push(count), NOW) for count in (8, 5, 2)]
    first, too_many, last = ledger.accept_prepared(prepared, NOW)
    assert isinstance(first, Acceptance)
    assert isinstance(too_many, Overloaded)
    assert isinstance(last, Acceptance)
