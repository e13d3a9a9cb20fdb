"""Invented systems: each seed its own, all of them playable, in both languages."""

from __future__ import annotations

import pytest

from services.trainer.datasets.simulators import CATEGORIES, plant, simulate
from services.trainer.datasets.simulators.synthetic_systems import random_system
from services.trainer.datasets.simulators.synthetic_words import CHINESE, ENGLISH
from shared.core.parsing import LineParser


def test_same_seed_same_system_and_other_seed_another() -> None:
    first, again, other = (simulate(random_system(seed), 1, 200) for seed in (4, 4, 5))
    assert first == again
    assert {line.text.split()[-1] for line in first} != {line.text.split()[-1] for line in other}


@pytest.mark.parametrize("seed", range(10))
def test_every_invented_system_plays_and_breaks(seed: int) -> None:
    system = random_system(seed)
    planted = [(fault.name, 100 + 80 * turn) for turn, fault in enumerate(system.faults)]
    lines = plant(system, seed, 250 + 80 * len(planted), planted)
    assert all(line.fault is None for line in lines[:100])
    assert {line.fault for line in lines} == {None, *(name for name, _ in planted)}
    parser = LineParser()
    times = [parser.parse(line.text, line.timestamp_ms).timestamp_ms for line in lines]
    assert sum(time is not None for time in times) >= 0.95 * len(lines) or system.headers[""].startswith(
        "{level}{time}"
    )


def test_words_cover_every_category_in_both_languages() -> None:
    assert set(ENGLISH.signs) == set(CHINESE.signs) == set(CHINESE.says) == CATEGORIES


def test_language_can_be_chosen() -> None:
    for seed in range(5):
        texts = [line.text for line in simulate(random_system(seed, "zh"), 1, 200)]
        assert sum(any("\u4e00" <= c <= "\u9fff" for c in text) for text in texts) >= 190
        assert all(text.isascii() for text in (line.text for line in simulate(random_system(seed, "en"), 1, 200)))


def test_normal_life_of_invented_systems_knows_warnings_and_errors() -> None:
    levels = [random_system(seed, "en") for seed in range(10)]
    words = {step.level.upper() for system in levels for normal in system.flows for step in normal.steps}
    assert {"ERROR"} <= words and words & {"WARN", "WARNING"}
