"""Models swapped under a detector on a real ledger: every window one verdict, every commit one model."""

from __future__ import annotations

from collections.abc import Mapping

from detector_parts import NOW, Clock, TemplateReader, normal_lines, push, reference_of
from redis import Redis

from services.detector.score_due import ScoreDue
from services.detector.score_windows import Budget, Judge
from services.detector.served_models import ServedModel, ServedModels
from services.detector.settings import DetectorSettings
from shared.core.baseline import Baseline
from shared.core.parsing import LineParser
from shared.core.records import Event, VerdictState
from shared.store import keyspace
from shared.store.ledger import Ledger
from shared.store.stream_views import StreamViews
from shared.store.verdicts import decode_verdicts

LEARN = 40


def a_model(version: str, known: Mapping[str, bytes] | None = None) -> ServedModel:
    own = TemplateReader()
    return ServedModel(own, Judge(version, reference_of(own), Budget(0.001, 0.01)), known or {})  # type: ignore[arg-type]


def parsed(lines: list[str]) -> list[Event]:
    return [LineParser().parse(line, NOW) for line in lines]


class Detector:
    def __init__(self, redis: Redis) -> None:
        self.ledger, self.clock = Ledger(redis), Clock()
        self.one, self.two = a_model("1" * 12), a_model("2" * 12)
        self.models = ServedModels(self.one, {"1" * 12: self.one, "2" * 12: self.two}.get)
        settings = DetectorSettings(learn_windows=LEARN, batch_events=200)
        self.score_due = ScoreDue(self.ledger, self.models, settings, self.clock)
        self.seed = 0

    def score(self, windows: int, stream: str = "shop") -> str:
        """Models of the windows pushed now, as one digit each."""
        before = sum(1 for _ in self.ledger.verdicts(stream))
        self.seed += 1
        push(self.ledger, normal_lines(windows * 10, self.seed), stream)
        self.score_due()
        return "".join(v.model_version[0] for v in list(self.ledger.verdicts(stream))[before:])


def test_the_old_model_judges_until_the_new_one_knows_the_stream(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    assert detector.score(LEARN + 10) == "1" * (LEARN + 10)
    detector.models.offer(detector.two)
    assert detector.score(20) == "1" * 20
    assert detector.score(30) == "1" * 20 + "2" * 10, "a batch of 20 windows is one model's"
    assert detector.score(10, "new") == "2" * 10, "who has no judge goes to the active model"
    states = {v.state for v in list(detector.ledger.verdicts("shop"))[LEARN:]}
    assert VerdictState.LEARNING not in states, "the stream was never blind"
    (view,) = [v for v in StreamViews(redis_client).latest() if v.name == "shop"]
    assert view.is_ready


def test_what_people_excused_stays_excused_under_the_next_model(redis_client: Redis) -> None:
    odd = [*normal_lines(9, 7), "2026-11-02T10:00:01Z INFO nightly audit of 12 shelves"]
    lines = normal_lines(LEARN * 10, 8)
    learnt = Baseline(LEARN).observe(
        TemplateReader().read([parsed(lines[at : at + 10]) for at in range(0, len(lines), 10)])
    )
    excusing = learnt.excusing(TemplateReader().read([parsed(odd)]))
    last = {}
    for stream, known in (("excused", excusing), ("told", learnt)):
        detector = Detector(redis_client)
        detector.models.offer(a_model("3" * 12, {stream: known.to_bytes()}))
        detector.score(5, stream)
        detector.models.offer(detector.two)
        for _ in range(2):
            push(detector.ledger, odd, stream)
            assert "2" not in detector.score(LEARN // 2, stream)
        push(detector.ledger, odd, stream)
        detector.score_due()
        verdict = list(detector.ledger.verdicts(stream))[-1]
        last[stream] = (verdict.model_version[0], verdict.state)
    assert last == {"excused": ("2", VerdictState.NORMAL), "told": ("2", VerdictState.FLAGGED)}


def test_a_rollback_judges_with_the_next_batch(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    detector.score(LEARN)
    detector.models.offer(detector.two)
    detector.score(LEARN)
    assert detector.score(10) == "2" * 10
    for model, digit in ((detector.one, "1"), (detector.two, "2"), (detector.one, "1")):
        detector.models.offer(model)
        assert detector.score(10) == digit * 10
        assert list(detector.ledger.verdicts("shop"))[-1].state is VerdictState.NORMAL


def test_every_window_has_one_verdict_and_every_commit_one_model(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    for turn in range(12):
        detector.models.offer((detector.one, detector.two)[turn % 2])
        detector.score(17)
        detector.score(5, "other")
    seqs = [seq for verdict in detector.ledger.verdicts("shop") for seq in verdict.seqs]
    assert seqs == list(range(12 * 170))
    for stream in ("shop", "other"):
        for _, fields in redis_client.xrange(keyspace.verdicts(stream)):  # type: ignore[union-attr]
            assert len({v.model_version for v in decode_verdicts(fields[b"v"])}) == 1
        kept = {name.decode() for name in redis_client.hkeys(keyspace.baseline(stream))}  # type: ignore[union-attr]
        assert kept <= {"judge", "1" * 12, "2" * 12}


def test_a_new_model_that_chokes_does_not_stop_the_one_that_judges(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    detector.score(LEARN)

    class Choking(TemplateReader):
        def read(self, windows):  # type: ignore[no-untyped-def]
            raise RuntimeError("choked")

    choking = a_model("2" * 12)
    choking.reader.read = Choking().read  # type: ignore[method-assign]
    detector.models.offer(choking)
    assert detector.score(LEARN + 10) == "1" * (LEARN + 10)


def test_a_stream_whose_judge_is_gone_learns_with_the_active_model(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    detector.score(LEARN)
    alone = ServedModels(detector.two)
    settings = DetectorSettings(learn_windows=LEARN, batch_events=200)
    detector.score_due = ScoreDue(detector.ledger, alone, settings, detector.clock)
    assert detector.score(10) == "2" * 10
    assert list(detector.ledger.verdicts("shop"))[-1].state is VerdictState.LEARNING


def test_a_batch_loads_each_of_many_judges_once(redis_client: Redis) -> None:
    detector = Detector(redis_client)
    loaded: list[str] = []

    def load(version: str) -> ServedModel:
        loaded.append(version)
        return a_model(version)

    detector.models = ServedModels(detector.one, load)
    settings = DetectorSettings(learn_windows=LEARN, batch_events=10_000)
    detector.score_due = ScoreDue(detector.ledger, detector.models, settings, detector.clock)
    elders, turns = ["1" * 12, "2" * 12, "3" * 12], 3
    streams = {f"{digit[0]}-{turn}": digit for turn in range(turns) for digit in elders}
    for digit in elders:
        detector.models.offer(a_model(digit))
        for stream in (name for name, judge in streams.items() if judge == digit):
            detector.score(LEARN, stream)
    detector.models.offer(a_model("4" * 12))
    for stream in streams:  # in turn: one of each elder, and again
        push(detector.ledger, normal_lines(10, 99), stream)
    loaded.clear()
    detector.score_due(most_rounds=1)
    last = {stream: list(detector.ledger.verdicts(stream))[-1].model_version for stream in streams}
    assert last == streams
    assert len(loaded) <= len(elders)
