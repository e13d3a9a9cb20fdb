"""What a retrained candidate's lineage tells can shut its way, and never opens one."""

from __future__ import annotations

from typing import Any

from loglynx.promotion.replayed import replay_gates
from shared.artefacts.lineage import Lineage

GOOD = {"false_alarms": 9, "removed": 8, "lost": 0, "unlabelled": 1000, "new_flags": 5, "gone_flags": 2}


def failed(lineage: Lineage, active: str = "shipped") -> set[str]:
    return {gate.name for gate in replay_gates(lineage, active) if not gate.is_passed}


def retrained(**counts: Any) -> Lineage:
    return Lineage(parent="shipped", notes={"retraining": {"replay": {"total": GOOD | counts}}})


def test_a_good_report_passes_and_other_models_have_none() -> None:
    assert failed(retrained()) == set()
    assert replay_gates(Lineage(), "shipped") == ()


def test_each_bad_figure_fails_its_gate() -> None:
    assert failed(retrained(lost=1)) == {"replay_lost"}
    assert failed(retrained(new_flags=13)) == {"replay_new_flags"}
    assert failed(retrained(), active="sha256-another") == {"replay_parent"}


def test_a_report_without_figures_or_with_odd_ones_passes_nothing() -> None:
    for notes in ({"retraining": {}}, {"retraining": {"replay": {"total": {"lost": "0"}}}}):
        assert {"replay_lost", "replay_new_flags"} <= failed(Lineage(parent="shipped", notes=notes))
