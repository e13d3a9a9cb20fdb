"""The detector's use case on a real ledger, with a reader that sees templates and no model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from detector_parts import NOW, Clock, TemplateReader, normal_lines, push, reference_of
from redis import Redis

from services.detector.score_due import ScoreDue
from services.detector.score_windows import Budget, Judge
from services.detector.served_models import ServedModel, ServedModels
from services.detector.settings import DetectorSettings
from shared.core.records import VerdictState
from shared.store import keyspace
from shared.store.jobs import JobState
from shared.store.ledger import Ledger
from shared.store.outbox import ASK_EVERY_MS, ArchiveWanted, Outboxes, ScoredWindows


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_scorer(
    ledger: Ledger,
    clock: Clock,
    reader: TemplateReader | None = None,
    wanted: ArchiveWanted | None = None,
    held_events: int = 300_000,
) -> ScoreDue:
    reader = reader or TemplateReader()
    reference = reference_of(reader)
    settings = DetectorSettings(learn_windows=40, batch_events=500, held_events=held_events)
    models = ServedModels(ServedModel(reader, Judge("m1", reference, Budget(0.001, 0.01))))  # type: ignore[arg-type]
    return ScoreDue(ledger, models, settings, clock, is_archive_wanted=wanted or (lambda now_ms: False))


def test_a_stream_learns_then_flags_what_is_new(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    score_due = a_scorer(ledger, clock)
    job = push(ledger, normal_lines(600))
    assert score_due() == 60
    calm = list(ledger.verdicts("shop"))
    assert [v.state for v in calm[:40]] == [VerdictState.LEARNING] * 40
    assert {v.state for v in calm[40:]} == {VerdictState.NORMAL}
    assert ledger.read_job(job, NOW).state is JobState.DONE

    trouble_lines = normal_lines(10)
    trouble_lines[4] = "2026-11-02T10:00:01Z FATAL disk sda1: no space left on device"
    job = push(ledger, trouble_lines)
    score_due()
    flagged = [v for v in ledger.verdicts("shop") if v.state is VerdictState.FLAGGED]
    assert [v.seqs for v in flagged] == [tuple(range(600, 610))]
    assert int(np.argmax(flagged[0].event_surprise)) == 4
    assert [f.flag.window_id for f in ledger.read_job(job, NOW).flags] == [flagged[0].window_id]


def test_what_a_stream_learnt_outlives_the_worker(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    push(ledger, normal_lines(350))
    a_scorer(ledger, clock)()
    push(ledger, normal_lines(100, seed=1))
    a_scorer(ledger, clock)()  # another worker, with nothing in memory
    states = [v.state for v in ledger.verdicts("shop")]
    assert states == [VerdictState.LEARNING] * 40 + [VerdictState.NORMAL] * 5


def test_what_is_held_in_memory_is_bounded_by_its_events_and_read_again(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    score_due = a_scorer(ledger, clock, held_events=1_000)
    streams = [f"shop-{number}" for number in range(5)]
    for windows, seed in ((40, 0), (18, 1), (3, 2)):
        for stream in streams:
            push(ledger, normal_lines(windows * 10, seed), stream)
            score_due()
            assert stream in score_due._standings
    assert len(score_due._standings) == 2, "400 events each"
    assert [len(w) for w in score_due._waiting.values()] == [3] * 5, "250 events may wait: 18 windows made way"
    for stream in streams:
        states = [v.state for v in ledger.verdicts(stream)]
        assert states == [VerdictState.LEARNING] * 40 + [VerdictState.NORMAL] * 21


def test_every_event_is_in_exactly_one_fixed_window(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    score_due = a_scorer(ledger, clock)
    for size in (1, 7, 33, 250, 4, 1000):
        push(ledger, normal_lines(size))
        score_due(most_rounds=1)
    score_due()
    clock.now += 10_000
    ledger.flush_idle(clock.now, 3_000)
    score_due()
    assert [seq for v in ledger.verdicts("shop") for seq in v.seqs] == list(range(1295))


def test_a_sequence_is_judged_alone(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    score_due = a_scorer(ledger, clock)
    job = push(ledger, ["FATAL kernel panic: out of memory, data corrupted", "ERROR disk failure"], is_sequence=True)
    score_due()
    view = ledger.read_job(job, NOW)
    assert view.state in {JobState.ANALYZING, JobState.DONE}
    assert [v.state for v in view.verdicts] == [VerdictState.FLAGGED]


def test_poison_stands_alone_and_its_neighbours_are_scored(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    score_due = a_scorer(ledger, clock)
    lines = normal_lines(200)
    lines[57] = "2026-11-02T10:00:00Z INFO POISON"
    push(ledger, lines)
    push(ledger, normal_lines(50), stream="other")
    for _ in range(60):
        score_due(most_rounds=1)
        clock.now += 60_000
    states = {v.seqs: v.state for v in ledger.verdicts("shop")}
    assert states.pop(tuple(range(50, 60))) is VerdictState.FAILED
    assert len(states) == 19 and VerdictState.FAILED not in states.values()
    letters = [json.loads(fields[b"d"]) for _, fields in redis_client.xrange(keyspace.DEAD)]
    assert [(letter["first_seq"], letter["last_seq"]) for letter in letters] == [(50, 59)]
    assert len(list(ledger.verdicts("other"))) == 5


def test_a_late_twin_writes_nothing(redis_client: Redis, clock: Clock) -> None:
    ledger = Ledger(redis_client)
    push(ledger, normal_lines(20))
    slow = ledger.claim(clock.now, 1_000, 100, 10)[0]
    clock.now += 5_000
    assert a_scorer(ledger, clock)() == 2
    assert ledger.release(slow, "late", clock.now) is False
    assert len(list(ledger.verdicts("shop"))) == 2


def test_what_is_scored_waits_for_the_archive_while_somebody_wants_it(redis_client: Redis, clock: Clock) -> None:
    ledger, outboxes = Ledger(redis_client), Outboxes(redis_client)
    score_due = a_scorer(ledger, clock, wanted=ArchiveWanted(redis_client))
    push(ledger, normal_lines(20))
    score_due()
    assert outboxes.read("windows", 10**6) is None
    outboxes.want()
    clock.now += ASK_EVERY_MS
    lines = normal_lines(20, seed=1)
    push(ledger, lines)
    push(ledger, ["a sequence", "of its own"], is_sequence=True)
    score_due()
    batch = outboxes.read("windows", 10**6)
    assert batch is not None
    (scored,) = [entry for entry in batch.entries if isinstance(entry, ScoredWindows) and entry.stream == "shop"]
    assert [verdict.window_id for verdict in scored.verdicts] == [v.window_id for v in ledger.verdicts("shop")][2:]
    assert scored.events.seqs == list(range(20, 40))
    assert scored.events.texts == lines
    assert scored.events.message(0) == lines[0].split("INFO ")[1]
    assert len(batch.entries) == 2
