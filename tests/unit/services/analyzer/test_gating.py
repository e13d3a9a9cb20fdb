"""Gating by literals never hides a match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_windows import DECOYS, WINDOWS

from services.analyzer.signs import ALL_SIGNS
from services.analyzer.signs.gating import required_literals

LINES = [line for _, _, lines in WINDOWS for line in lines] + [line for _, lines in DECOYS for line in lines]


@pytest.mark.parametrize(
    "pattern, literals",
    [
        ("timed out", ("timed out",)),
        ("(?:time|deadline) exceeded", (" exceeded",)),
        ("abc|defg", ("abc", "defg")),
        ("(?:abcdef)?", ()),
        (r"\d+ errors?", (" error",)),
        ("超时", ("超时",)),
        ("a|timeout", ()),
        (".*", ()),
    ],
)
def test_literals_of_a_pattern(pattern: str, literals: tuple[str, ...]) -> None:
    assert required_literals(pattern) == literals


@pytest.mark.parametrize("sign", ALL_SIGNS, ids=lambda sign: sign.code)
def test_every_match_contains_a_literal(sign: object) -> None:
    assert sign.literals, "the sign would be tried on every line"  # type: ignore[attr-defined]
    for line in [*LINES, *(line.upper() for line in LINES)]:
        found = sign.pattern.search(line)  # type: ignore[attr-defined]
        gated = sign.find(line, line.casefold())  # type: ignore[attr-defined]
        assert (found is None) == (gated is None)


@given(st.sampled_from(LINES), st.sampled_from(LINES), st.integers(0, 60), st.integers(0, 60))
def test_gating_agrees_on_spliced_lines(one: str, two: str, cut: int, start: int) -> None:
    line = one[:cut] + two[start:]
    folded = line.casefold()
    for sign in ALL_SIGNS:
        assert (sign.pattern.search(line) is None) == (sign.find(line, folded) is None), sign.code


def test_codes_are_unique_and_weights_are_shares() -> None:
    codes = [sign.code for sign in ALL_SIGNS]
    assert len(codes) == len(set(codes))
    for sign in ALL_SIGNS:
        assert 0 < sign.weight < 1 and 0 <= sign.repeated < 1
        assert re.compile(sign.pattern.pattern)
