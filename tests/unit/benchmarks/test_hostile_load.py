"""What the hostile load finds is judged by bounds that can be missed."""

from __future__ import annotations

from typing import Any

import pytest
from hostile_load import calm_before, is_unhurt


def a_phase(**facts: Any) -> dict[str, Any]:
    return {"not_202": 0, "p99_ms": 10.0, "attackers_were_answered": {"413": 3}} | facts


def found(**attacked: Any) -> bool:
    calm = a_phase(attackers_were_answered={})
    phases = {"warming up": calm}
    for name in ("zeros", "drip"):
        phases |= {calm_before(name): calm, name: a_phase()}
    return is_unhurt(phases | {"drip": a_phase(**attacked)})


def test_what_an_attack_leaves_behind_counts() -> None:
    calm = a_phase(attackers_were_answered={})
    phases = {calm_before("zeros"): calm, "zeros": a_phase(), calm_before("drip"): calm | {"p99_ms": 300.1}}
    assert not is_unhurt(phases | {"drip": a_phase()})


def test_attacks_that_are_refused_hurt_nobody() -> None:
    assert found(attackers_were_answered={"413": 2, "503": 1, "WriteError": 1}, p99_ms=300.0)


@pytest.mark.parametrize(
    "attacked",
    [
        {"attackers_were_answered": {}},
        {"attackers_were_answered": {"413": 1, "500": 1}},
        {"not_202": 1},
        {"p99_ms": 300.1},
    ],
)
def test_each_bound_can_be_missed(attacked: dict[str, Any]) -> None:
    assert not found(**attacked)
