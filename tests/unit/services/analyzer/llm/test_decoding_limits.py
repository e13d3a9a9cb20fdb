"""A reply that turns in circles is seen early, and one that merely repeats a word is not."""

from __future__ import annotations

import pytest

from services.analyzer.llm.decoding_limits import is_turning_in_circles


@pytest.mark.parametrize("circle", [[7], [1, 2], [1, 2, 3, 4, 5], list(range(12))])
def test_circles_are_seen(circle: list[int]) -> None:
    assert is_turning_in_circles([90, 91, 92, *(circle * 80)])


@pytest.mark.parametrize(
    "tokens", [[], [0] * 47, list(range(500)), [*([0] * 200), 1], list(range(13)) * 20, [1, 2, 3, 1, 2, 4] * 6]
)
def test_repetition_that_may_be_meant_is_let_pass(tokens: list[int]) -> None:
    assert not is_turning_in_circles(tokens)
