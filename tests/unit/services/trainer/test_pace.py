"""A run ends after its steps or its time, whichever it was given."""

from __future__ import annotations

from services.trainer.pace import Pace


def test_steps_decide_where_they_are_given() -> None:
    pace = Pace("x", seconds=0.0, steps=2, say=lambda text: None)
    assert not pace.is_over
    pace.tick({"loss": 1.0})
    assert pace.share == 0.5
    pace.tick({"loss": 1.0})
    assert pace.is_over


def test_time_decides_otherwise() -> None:
    assert Pace("x", seconds=0.0, say=lambda text: None).is_over
    assert not Pace("x", seconds=60.0, say=lambda text: None).is_over


def test_the_learning_rate_warms_up_and_fades() -> None:
    pace = Pace("x", seconds=0.0, steps=10, say=lambda text: None)
    rates = []
    for _ in range(10):
        rates.append(pace.learning_rate(1.0, warm_steps=3))
        pace.tick({})
    assert rates.index(max(rates)) in (1, 2)
    assert rates[-1] < 0.2


def test_progress_names_what_is_left() -> None:
    said: list[str] = []
    pace = Pace("line encoder", seconds=0.0, steps=4, say=said.append)
    pace.tick({"words": 9.25})
    pace.report()
    assert "line encoder" in said[0] and "25%" in said[0] and "words 9.250" in said[0] and "ETA" in said[0]
