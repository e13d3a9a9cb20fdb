from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from services.trainer.datasets.incidents.answers import answer_of, language_of, shown_as_written
from services.trainer.datasets.incidents.compose import (
    FEWEST_LINES,
    MOST_LINES,
    SHARES,
    Kind,
    Role,
    Window,
    compose,
)
from services.trainer.datasets.incidents.pools import pools_of
from services.trainer.datasets.incidents.splitting import Split
from services.trainer.datasets.incidents.traces import BREAK

WINDOWS = [compose(pools_of(Split.TRAIN), Random(f"test:{number}")) for number in range(1500)]


def roots_of(window: Window) -> list[int]:
    return [number for number, line in enumerate(window.lines, 1) if line.role is Role.ROOT]


def test_kinds_and_injections_have_their_shares():
    kinds = Counter(window.kind for window in WINDOWS)
    for kind, share in SHARES.items():
        assert kinds[kind] / len(WINDOWS) == pytest.approx(share, abs=0.04)
    assert sum(window.is_injected for window in WINDOWS) / len(WINDOWS) == pytest.approx(0.10, abs=0.03)


def test_a_window_has_five_to_fifteen_lines_and_one_to_three_of_the_root_from_one_system():
    for window in WINDOWS:
        roots = [line for line in window.lines if line.role is Role.ROOT]
        assert FEWEST_LINES <= len(window.lines) <= MOST_LINES
        assert 1 <= len(roots) <= 3
        assert len({(line.system, line.category) for line in roots}) == 1


def test_the_root_may_stand_anywhere():
    places = Counter(roots_of(window)[0] for window in WINDOWS)
    assert set(range(1, 11)) <= set(places)
    assert max(places.values()) / len(WINDOWS) < 0.25


def test_all_three_mixtures_of_languages_occur():
    assert {window.language for window in WINDOWS} == {"en", "zh", "mixed"}
    assert {line.language for window in WINDOWS if window.language == "en" for line in window.lines} == {"en"}


def test_stories_have_consequences_of_other_categories_and_nothing_else_has():
    for window in WINDOWS:
        others = {line.category for line in window.lines if line.role is Role.CONSEQUENCE}
        roots = {line.category for line in window.lines if line.role is Role.ROOT}
        assert bool(others) == (window.kind is Kind.STORY)
        assert not others & roots


def test_the_evidence_is_the_root_whatever_else_the_window_says():
    for window in WINDOWS:
        answer = answer_of(window, shown_as_written(window))
        assert answer["evidence"] == roots_of(window)
        assert answer["category"] == window.lines[answer["evidence"][0] - 1].category


def test_some_errors_are_told_by_a_trace_that_ends_in_what_happened():
    lines = [line for window in WINDOWS for line in window.lines]
    traces = [line for line in lines if BREAK in line.text]
    assert 0.005 < len(traces) / len(lines) < 0.05
    assert Role.NORMAL not in {line.role for line in traces}
    assert {Role.ROOT, Role.CONSEQUENCE} <= {line.role for line in traces}
    # Few decoys are of a level that has traces, so that one is met in about every 400th window.
    others = (compose(pools_of(Split.TRAIN), Random(f"other:{number}")) for number in range(10_000))
    assert any(line.role is Role.DECOY and BREAK in line.text for window in others for line in window.lines)
    assert all(line.message not in line.text.split(BREAK)[0] for line in traces)


def test_entities_are_copied_from_cited_lines():
    named = 0
    for window in WINDOWS:
        answer = answer_of(window, shown_as_written(window))
        for entity in answer["entities"]:
            assert entity["line"] in answer["evidence"]
            assert entity["span"] in window.lines[entity["line"] - 1].text
        named += bool(answer["entities"])
    assert named > len(WINDOWS) / 2


def test_text_that_speaks_to_the_model_stands_beside_a_trouble_only_and_reaches_no_answer():
    injected = [window for window in WINDOWS if window.is_injected]
    assert {window.kind for window in injected} == {Kind.FAULT, Kind.STORY}
    for window in injected:
        answer = answer_of(window, shown_as_written(window))
        for number, line in enumerate(window.lines, 1):
            if line.role is Role.INJECTED:
                assert number not in answer["evidence"]
                assert line.message not in answer["explanation"]


def test_an_answer_speaks_the_language_of_its_evidence():
    for window in WINDOWS:
        first = window.lines[roots_of(window)[0] - 1]
        assert language_of(window) == "zh" or first.language == "en"


def test_the_same_randomness_composes_the_same_window():
    assert compose(pools_of(Split.TEST), Random(7)) == compose(pools_of(Split.TEST), Random(7))
