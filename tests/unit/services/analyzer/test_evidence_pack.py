"""What is shown of a window: the odd lines whatever the budget, counted gaps, and only names that are there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flag_builders import a_flag, among_calm

from services.analyzer.evidence_pack import Budget, pack_evidence

LONG = [f"INFO step {i} done in {i} ms " + "x" * 100 for i in range(1, 201)]


@pytest.mark.parametrize("chars", [1, 150, 1_000, 8_000])
def test_a_budget_of_characters_is_kept_and_the_odd_line_stays(chars: int) -> None:
    pack = pack_evidence(a_flag(LONG, surprising=(97,)), Budget(window_chars=chars))
    assert 97 in pack.lines
    assert sum(map(len, pack.lines.values())) <= max(chars, len(LONG[96]))
    assert list(pack.lines) == sorted(pack.lines)


def test_the_middle_is_dropped_before_the_anomalous_its_neighbours_and_the_ends() -> None:
    pack = pack_evidence(a_flag(LONG, surprising=(97,)), Budget(lines=11))
    assert set(pack.lines) == {1, 2, 3, 4, 96, 97, 98, 197, 198, 199, 200}


def test_left_out_lines_are_counted_where_they_are_missing() -> None:
    pack = pack_evidence(a_flag(LONG, surprising=(97,)), Budget(lines=11))
    assert [int(n) for n in re.findall(r"\((\d+) lines left out\)", pack.text)] == [91, 98]


def test_a_line_that_does_not_fit_makes_room_for_shorter_ones() -> None:
    lines = ["INFO " + "y" * 390, "ERROR disk full", "INFO short", *["INFO " + "z" * 390] * 3]
    pack = pack_evidence(a_flag(lines, surprising=(2,)), Budget(window_chars=60))
    assert set(pack.lines) == {2, 3}


def test_spans_are_those_of_each_line_and_stand_in_what_is_shown() -> None:
    flag = among_calm(
        "ERROR cart-service - refused: 10.3.4.5:6379", "ERROR " + "pad " * 200 + "10.9.9.9:25 " + "pad " * 100
    )
    pack = pack_evidence(flag)
    assert [entity.span for entity in pack.spans[4]] == ["10.3.4.5:6379", "cart-service"]
    assert pack.spans[5] == ()
    assert all(entity.span in pack.lines[entity.line] for spans in pack.spans.values() for entity in spans)


def test_surprise_is_told_for_each_shown_line() -> None:
    pack = pack_evidence(a_flag(["INFO a", "ERROR b"], surprising=(2,)))
    assert pack.surprise == {1: 1.0, 2: 8.0}


def test_an_empty_window_has_nothing_to_show() -> None:
    pack = pack_evidence(replace(a_flag(["INFO a"]), events=()))
    assert (pack.lines, pack.text) == ({}, "")
