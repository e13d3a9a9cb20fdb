"""A candidate in the shadow compares, keeps to its share, and disturbs nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from detector_parts import TemplateReader, normal_lines, reference_of

from services.detector.score_windows import Budget, Judge
from services.detector.served_models import ServedModel
from services.detector.shadow import MOST_WINDOWS, Offer, Shadow, ShadowWatch, compare
from shared.core.baseline import Baseline
from shared.core.records import Event, Verdict, VerdictState, Window
from shared.errors import ArtefactInvalid
from shared.store.shadows import Disagreement, ShadowSums

LEARN = 20
NORMAL, FLAGGED, LEARNING = VerdictState.NORMAL, VerdictState.FLAGGED, VerdictState.LEARNING


def a_verdict(state: VerdictState, score: float = 0.1, window: str = "w") -> Verdict:
    return Verdict(window, "shop", (1,), state, score, 1.0, 5.0, "m1", 0)


def an_offer(windows: int, state: VerdictState = NORMAL, is_sequence: bool = False, seed: int = 0) -> Offer:
    lines = normal_lines(windows * 10, seed)
    events = [[Event(line, line) for line in lines[at : at + 10]] for at in range(0, len(lines), 10)]
    named = [Window("shop", tuple(range(at * 10, at * 10 + 10)), "fixed:10") for at in range(windows)]
    return Offer("shop", is_sequence, named, events, [a_verdict(state) for _ in range(windows)], 2.0)


class Reports:
    def __init__(self) -> None:
        self.sums: list[ShadowSums] = []
        self.found: list[Disagreement] = []

    def __call__(self, version: str, sums: ShadowSums, found: Sequence[Disagreement]) -> None:
        self.sums.append(sums)
        self.found += found

    def total(self, name: str) -> float:
        return sum(getattr(sums, name) for sums in self.sums)


def a_candidate(reader: Any = None, known: Mapping[str, bytes] | None = None) -> ServedModel:
    own = TemplateReader()
    return ServedModel(reader or own, Judge("2" * 12, reference_of(own), Budget(0.001, 0.01)), known or {})


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_pair_of_verdicts_is_counted_once() -> None:
    active = [a_verdict(s, x, f"w{i}") for i, (s, x) in enumerate([(NORMAL, 0.1), (FLAGGED, 0.9), (NORMAL, 0.2), (FLAGGED, 0.8), (LEARNING, 0.5), (NORMAL, 0.3)])]  # fmt: skip
    shadow = [a_verdict(s, y) for s, y in [(NORMAL, 0.2), (FLAGGED, 0.8), (FLAGGED, 0.7), (NORMAL, 0.3), (NORMAL, 0.1), (LEARNING, 0.1)]]  # fmt: skip
    sums, found = compare(active, shadow, active_ms=2.0, spent_ms=30.0, skipped=7)
    assert (sums.windows, sums.n, sums.skipped) == (6, 4, 7)
    assert (sums.agreed_normal, sums.agreed_flagged, sums.new_flags, sums.lost_flags) == (1, 1, 1, 1)
    assert [(d.window_id, d.is_new) for d in found] == [("w2", True), ("w3", False)]
    assert (sums.active_ms, sums.shadow_ms) == (12.0, 30.0)


def test_the_correlation_is_pearsons() -> None:
    rows = [(0.1, 0.3), (0.2, 0.5), (0.9, 1.9)]
    pairs = [(a_verdict(NORMAL, x), a_verdict(NORMAL, y)) for x, y in rows]
    sums, _ = compare([a for a, _ in pairs], [b for _, b in pairs], 1.0, 1.0, 0)
    assert sums.correlation == pytest.approx(1.0)
    assert compare([pairs[0][0]], [pairs[0][1]], 1.0, 1.0, 0)[0].correlation is None
    assert compare([pairs[0][0]] * 3, [pairs[0][1]] * 3, 1.0, 1.0, 0)[0].correlation is None


def test_windows_are_compared_once_the_candidate_knows_the_stream() -> None:
    reports = Reports()
    shadow, candidate = Shadow(reports, LEARN, 1.0), a_candidate()
    shadow.score(an_offer(LEARN), candidate)
    assert (reports.total("windows"), reports.total("n")) == (LEARN, 0)
    shadow.score(an_offer(10, FLAGGED, seed=1), candidate)
    assert (reports.total("n"), reports.total("lost_flags")) == (10, 10)
    shadow.score(an_offer(3, is_sequence=True), candidate)
    assert reports.total("n") == 13, "a sequence needs no baseline"


def test_a_candidate_that_comes_with_a_baseline_is_compared_at_once() -> None:
    reports = Reports()
    known = Baseline(LEARN).observe(TemplateReader().read(an_offer(LEARN).events))
    Shadow(reports, LEARN, 1.0).score(an_offer(5, seed=1), a_candidate(known={"shop": known.to_bytes()}))
    assert reports.total("n") == 5


def test_the_candidates_baseline_grows_as_an_active_ones_would() -> None:
    shadow, candidate = Shadow(Reports(), LEARN, 1.0), a_candidate()
    for seed in range(8):
        shadow.score(an_offer(10, seed=seed), candidate)
    baseline, waiting = shadow._followed["shop"]
    assert len(baseline.windows) + len(waiting) > LEARN
    assert len(baseline.windows) > LEARN


def test_once_memory_is_full_no_baseline_grows_and_no_stream_is_added() -> None:
    reports = Reports()
    shadow, candidate = Shadow(reports, LEARN, 1.0, most_events=LEARN * 10), a_candidate()
    for seed in range(8):
        shadow.score(an_offer(10, seed=seed), candidate)
    shadow.score(replace(an_offer(10), stream="bank"), candidate)
    assert [(name, baseline.events) for name, (baseline, _) in shadow._followed.items()] == [("shop", LEARN * 10)]
    assert reports.total("n") == 60, "what is known is compared as before"


def test_an_offer_never_waits_and_what_does_not_fit_is_counted() -> None:
    reports, release = Reports(), threading.Event()

    class Slow(TemplateReader):
        def read(self, windows: Any) -> Any:
            release.wait(100)
            return super().read(windows)

    shadow = Shadow(reports, LEARN, 1.0)
    shadow.replace(a_candidate(Slow()))
    shadow.start()
    offer = an_offer(MOST_WINDOWS + 3)
    began = time.thread_time()
    for _ in range(50):
        shadow.offer(offer)
    offered_s = time.thread_time() - began
    release.set()
    wait_until(lambda: reports.total("windows") >= 2 * MOST_WINDOWS)
    wait_until(shadow._inbox.empty)
    shadow.offer(an_offer(1))
    wait_until(lambda: reports.total("windows") % MOST_WINDOWS == 1)
    shadow.stop()
    assert reports.total("windows") + reports.total("skipped") == 50 * (MOST_WINDOWS + 3) + 1
    assert reports.total("skipped") > 40 * MOST_WINDOWS
    assert offered_s < 0.1


def test_it_rests_after_each_run_for_as_long_as_its_share_asks() -> None:
    rests: list[float] = []

    class Timed(TemplateReader):
        def read(self, windows: Any) -> Any:
            time.sleep(0.05)
            return super().read(windows)

    shadow = Shadow(Reports(), LEARN, 0.2, rests.append)
    shadow.replace(a_candidate(Timed()))
    shadow.start()
    shadow.offer(an_offer(1))
    wait_until(lambda: len(rests) == 1)
    shadow.stop()
    assert rests[0] >= 4 * 0.05, "busy for a fifth of the time"


def test_a_candidate_that_fails_is_counted_and_the_next_offer_is_scored() -> None:
    reports = Reports()

    class Failing(TemplateReader):
        def read(self, windows: Any) -> Any:
            self.runs += 1
            if self.runs == 1:
                raise MemoryError
            return super().read(windows)

    shadow = Shadow(reports, LEARN, 1.0)
    shadow.replace(a_candidate(Failing()))
    shadow.start()
    shadow.offer(an_offer(2))
    shadow.offer(an_offer(3))
    wait_until(lambda: reports.total("windows") == 3)
    shadow.stop()
    assert reports.total("failures") == 1


def test_without_a_candidate_nothing_is_kept() -> None:
    shadow = Shadow(Reports(), LEARN, 1.0)
    shadow.offer(an_offer(2))
    assert shadow._inbox.empty()


def test_the_watch_follows_the_link_and_bears_a_candidate_that_cannot_be_loaded() -> None:
    class Registry:
        address: str | None = "good"

        def shadow(self) -> str | None:
            return self.address

        def load(self, address: str) -> Any:
            if address == "bad":
                raise ArtefactInvalid("damaged")
            return type("Entry", (), {"artefact": address})

    put: list[Any] = []
    now = [0.0]
    registry: Any = Registry()
    shadow = Shadow(Reports(), LEARN, 1.0)
    shadow.replace = put.append  # type: ignore[method-assign]
    loads: list[Any] = []

    def load(artefact: Any) -> Any:
        loads.append(artefact)
        return a_candidate()

    watch = ShadowWatch(registry, shadow, load, lambda: now[0])
    watch.round()
    watch.round()
    assert loads == ["good"]
    assert put[-1] is not None
    registry.address = "bad"
    watch.round()
    assert put[-1] is None
    registry.address = None
    watch.round()
    registry.address = "good"
    now[0] = 61.0
    watch.round()
    assert loads == ["good", "good"]
