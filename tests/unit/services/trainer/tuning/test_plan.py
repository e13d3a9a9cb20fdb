"""A plan counts its steps, and knows when a checkpoint is another run's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.trainer.tuning.plan import TunePlan

PLAN = TunePlan(Path("/base"), "base", Path("/registry"))


@pytest.mark.parametrize(("rows", "epochs", "steps"), [(1, 0.01, 1), (16, 1, 1), (17, 1, 2), (160, 2, 20)])
def test_steps_come_from_rows_and_epochs(rows: int, epochs: float, steps: int) -> None:
    assert replace(PLAN, epochs=epochs).steps_for(rows) == steps


def test_steps_that_are_asked_for_win() -> None:
    assert replace(PLAN, steps=7).steps_for(10_000) == 7


def test_a_checkpoint_belongs_to_what_shapes_the_weights() -> None:
    same = replace(PLAN, base_name="other", registry=Path("/elsewhere"), threads=9, base=Path("/moved"))
    assert same.digest("b", "d") == PLAN.digest("b", "d")
    others = [replace(PLAN, rank=8), replace(PLAN, seed=1), replace(PLAN, learning_rate=1e-3)]
    digests = {plan.digest("b", "d") for plan in others} | {PLAN.digest("c", "d"), PLAN.digest("b", "e")}
    assert len(digests - {PLAN.digest("b", "d")}) == 5
