"""A thousand random windows for readers that know nothing: every answer fits the schema and claims nothing invented."""

from __future__ import annotations

import random

import pytest
from embedded_checks import answered, assert_sound
from fault_windows import fault_window
from tiny_readers import EVEN, tiny_engine

from services.analyzer.embedded.mixing import MixWeights

# Answers differ as much as they can: the rules, which are mostly right, do not count.
NOISE = MixWeights(EVEN.evidence, (1.0, 1.0, 1.0, 1.0, 1.0, 0.0), EVEN.bias, 0.2, 0.0)


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_windows_give_answers_that_hold(part: int) -> None:
    engine, rng = tiny_engine(part, NOISE), random.Random(part)
    seen = set()
    for _ in range(100):
        flag = fault_window(rng).flag
        analysis = answered(engine, flag)
        assert_sound(analysis, flag, engine)
        seen.add(analysis.category)
    assert len(seen) > 1  # else nothing was tried
