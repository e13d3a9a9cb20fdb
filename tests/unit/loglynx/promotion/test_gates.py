"""A candidate passes only if it passes every gate, and each gate can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loglynx.promotion.gates import EXPORT_CHECKS, judge
from loglynx.promotion.measuring import FeedbackMeasured, Measured

SIMPLE = {"new-template": 0.6, "ecvc": 0.7}
GOOD = Measured(
    address="sha256-0",
    systems={"a": 0.9, "b": 0.8},
    false_alarms=0.01,
    normal_windows=400,
    reference_share=0.1,
    apart=1e-7,
    exported=dict.fromkeys(EXPORT_CHECKS, 1e-7),
    size_bytes=15_000_000,
    window_ms=1.0,
    template_ms=0.5,
    feedback=FeedbackMeasured(windows=20, right=15, confirmed=10, found=8),
)


def failed(**changes: Any) -> set[str]:
    report = judge(replace(GOOD, **changes), GOOD, SIMPLE)
    found = {gate.name for gate in report.gates if not gate.is_passed}
    assert report.is_passed == (not found)
    return found


def test_a_model_passes_against_itself() -> None:
    assert failed() == set()


@pytest.mark.parametrize(
    ("changes", "gates"),
    [
        ({"systems": {"a": 0.87, "b": 0.8}}, {"golden"}),
        ({"systems": {"a": 1.0, "b": 0.74}}, {"worst_system"}),
        ({"systems": {"a": float("nan"), "b": 0.8}}, {"golden", "worst_system", "simple"}),
        ({"false_alarms": 0.03}, {"false_alarms"}),
        ({"reference_share": 0.0}, {"calibration_low"}),
        ({"reference_share": 0.5}, {"calibration_high"}),
        ({"apart": 1e-3}, {"parity"}),
        ({"apart": float("nan")}, {"parity"}),
        ({"exported": {}}, {"parity_export"}),
        ({"exported": {**GOOD.exported, "windows_alone": 2e-5}}, {"parity_export"}),
        ({"size_bytes": 40_000_000}, {"size"}),
        ({"window_ms": 1.6}, {"latency_window"}),
        ({"template_ms": 0.8}, {"latency_line"}),
        ({"feedback": FeedbackMeasured(20, 14, 10, 8)}, {"feedback"}),
        ({"feedback": FeedbackMeasured(20, 16, 10, 7)}, {"feedback_found"}),
    ],
)
def test_what_is_worse_is_held_back_by_its_gate(changes: dict[str, Any], gates: set[str]) -> None:
    assert failed(**changes) == gates


def test_the_simple_baselines_are_a_bar_even_where_the_active_model_is_worse() -> None:
    report = judge(GOOD, GOOD, {"ecvc": 0.86})
    assert [gate.name for gate in report.gates if not gate.is_passed] == ["simple"]


def test_without_labels_no_gate_speaks_of_them() -> None:
    report = judge(replace(GOOD, feedback=None), replace(GOOD, feedback=None), SIMPLE)
    assert report.is_passed
    assert not {"feedback", "feedback_found"} & {gate.name for gate in report.gates}


def test_each_gate_says_its_figure_in_text_and_json() -> None:
    report = judge(replace(GOOD, window_ms=9.0), GOOD, SIMPLE)
    text = "\n".join(report.lines())
    assert "FAIL  latency_window" in text
    assert "9 <= 1.5" in " ".join(text.split())
    assert {gate["name"] for gate in report.to_json()["gates"]} == set(report.in_short())
    assert report.in_short()["latency_window"] == [9.0, 1.5, False]
