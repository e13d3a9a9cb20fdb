"""What a detector tells of itself, and that nobody to tell is no fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.detector.announcing import Announcer
from services.detector.device import CPU, CUDA, Card
from shared.errors import Overloaded, StoreUnavailable
from shared.store.detectors import RunningDetector


class Model:
    version = "0123456789ab"

    def __init__(self, provider: str) -> None:
        self.provider = provider


class Told:
    """Keeps what it is told; raises what it is given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.now: list[RunningDetector] = []

    def announce(self, detector: RunningDetector, now_ms: int) -> None:
        if self.error:
            raise self.error
        if detector not in self.now:
            self.now.append(detector)

    def withdraw(self, detector: RunningDetector) -> None:
        self.now.remove(detector)


def an_announcer(
    told: Told, model: Model, find: Callable[[], list[Card]] = lambda: [Card("H100", "580")]
) -> Announcer:
    return Announcer(told, model, lambda: 1, interval_s=0.01, find_cards=find)  # type: ignore[arg-type]


def test_the_card_is_named_on_cuda_and_only_there() -> None:
    assert an_announcer(Told(), Model(CUDA)).running().device == "H100"
    assert an_announcer(Told(), Model(CUDA), lambda: []).running().device == ""
    assert an_announcer(Told(), Model(CPU)).running().device == ""


def test_a_lost_card_replaces_what_was_told() -> None:
    told, model = Told(), Model(CUDA)
    announcer = an_announcer(told, model)
    announcer.round()
    model.provider = CPU
    announcer.round()
    assert [(d.provider, d.device) for d in told.now] == [(CPU, "")]


def test_it_is_withdrawn_when_the_detector_ends() -> None:
    told = Told()
    announcer = an_announcer(told, Model(CPU))
    announcer.rounds.start()
    announcer.rounds.stop()
    assert told.now == []


@pytest.mark.parametrize("error", [StoreUnavailable("away"), Overloaded("full"), ValueError("odd")])
def test_nobody_to_tell_ends_nothing(error: Exception) -> None:
    announcer = an_announcer(Told(error), Model(CPU))
    announcer.rounds.start()
    assert announcer.rounds.is_going
    announcer.rounds.stop()
