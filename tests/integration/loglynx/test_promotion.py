"""Real models measured on a small golden set: an equal passes, a spoiled one is held back for what is spoiled."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from model_variants import a_variant

from loglynx.bench.task import Case
from loglynx.promotion.golden import golden_tasks
from loglynx.promotion.promote import ask_gates, read_feedback
from shared.artefacts.lineage import Lineage
from shared.artefacts.manifest import BASELINES, CALIBRATION, load_artefact, write_manifest
from shared.artefacts.registry import ModelRegistry
from shared.artefacts.shipped import shipped_model
from shared.core.records import Event
from shared.errors import ArtefactInvalid

TASKS = golden_tasks(("go_orders",), fit_lines=600)
LABELLED = [
    Case(tuple(Event(t, t) for t in ["FATAL out of memory, data corrupted", "ERROR disk failure"]), is_anomaly=True),
    Case(tuple(Event(t, t) for t in ["connection received", "connection authorized"]), is_anomaly=False),
]


def test_an_equal_passes_and_one_with_a_spoiled_calibration_does_not(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "registry")
    equal = registry.publish(a_variant(tmp_path / "equal"), Lineage()).address
    spoiled = registry.publish(a_variant(tmp_path / "spoiled", shift=-8.0), Lineage()).address
    said: list[str] = []
    report = ask_gates(registry, equal, said.append, LABELLED, TASKS)
    slow = {"latency_window", "latency_line"}  # a matter of the machine's mood; measured, not asserted
    assert {gate.name for gate in report.gates if not gate.is_passed} <= slow, report.lines()
    assert report.candidate.systems["go_orders"] == report.active.systems["go_orders"] > max(report.simple.values())
    assert report.candidate.feedback is not None
    assert report.candidate.feedback.windows == 2
    report = ask_gates(registry, spoiled, said.append, LABELLED, TASKS)
    assert "calibration_high" in {gate.name for gate in report.gates if not gate.is_passed}
    assert not report.is_passed


@pytest.mark.parametrize("name", [CALIBRATION, BASELINES])
def test_what_the_detector_could_not_load_is_refused(name: str, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "registry")
    directory = a_variant(tmp_path / "spoiled")
    content = {CALIBRATION: b"{}", BASELINES: msgspec.msgpack.encode({"web": b"PK no baseline"})}
    (directory / name).write_bytes(content[name])
    like = load_artefact(shipped_model()).manifest
    write_manifest(directory, shapes=like.shapes, objectives=[], training={}, metrics={}, created="2026-01-01")
    spoiled = registry.publish(directory, Lineage()).address
    with pytest.raises(ArtefactInvalid, match=name):
        ask_gates(registry, spoiled, lambda _: None, (), TASKS)


def test_the_golden_set_is_the_same_each_time() -> None:
    again = golden_tasks(("go_orders",), fit_lines=600)
    assert again == TASKS
    truth = np.array([case.is_anomaly for case in TASKS[0].test])
    assert 0.05 < truth.mean() < 0.4


def test_labels_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    rows = [{"lines": ["ERROR a", "b"], "label": "confirmed"}, {"lines": ["c"], "label": 0}, {"lines": ["d"]}]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert [(len(case.events), case.is_anomaly) for case in read_feedback(path)] == [(2, True), (1, False)]
    path.write_text("{")
    with pytest.raises(Exception, match="not JSON"):
        list(read_feedback(path))
