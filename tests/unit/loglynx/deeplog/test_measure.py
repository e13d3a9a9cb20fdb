"""Figures of the classifier: what unknown counts as, and what labels that were never learnt do."""

from __future__ import annotations

import pytest

from loglynx.deeplog.measure import baseline_measured, classes_measured, macro_f1
from services.trainer.pipelines.deeplog.sequences import Row
from shared.core.sequences.class_reader import UNKNOWN, Judged


def judged(*names: str) -> list[Judged]:
    return [Judged(name, "disk" if name == UNKNOWN else name, 0.9, 0.5) for name in names]


def rows(*labels: str) -> list[Row]:
    return [Row((f"{label} trouble",), label) for label in labels]


def test_unknown_is_wrong_for_what_was_learnt_and_told_apart_for_what_was_not() -> None:
    found = classes_measured(rows("disk", "disk", "new"), judged("disk", UNKNOWN, UNKNOWN), {"disk"})
    assert found is not None
    assert (found["accuracy"], found["of_learnt_labels"]) == (0.5, 2)
    assert (found["unknown_share_of_known"], found["unknown_share_of_unknown"]) == (0.5, 1.0)
    assert found["macro_f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_macro_f1_weighs_every_label_alike() -> None:
    assert macro_f1(["a"] * 9 + ["b"], ["a"] * 10) == pytest.approx((2 * 9 / 19 + 0) / 2, abs=1e-4)


def test_classifier_and_baseline_are_measured_on_the_same_labels() -> None:
    """Of a label that nobody learnt neither can be right."""
    own = [*rows(*["disk", "net"] * 4), *rows("disk", "net", "new")]
    base = baseline_measured(own, [False] * 8 + [True] * 3)
    found = classes_measured(own[8:], judged("disk", "net", "net"), {"disk", "net"})
    assert base is not None and found is not None
    assert base["macro_f1"] == found["macro_f1"] == 1.0
    assert base["accuracy"] == found["accuracy"] == 1.0


def test_without_labels_nothing_is_measured() -> None:
    assert classes_measured([Row(("line",))], judged("disk"), set()) is None


def test_the_baseline_learns_from_the_fitting_part_alone() -> None:
    own = [*rows(*["disk", "net"] * 4), *rows("disk", "net")]
    found = baseline_measured(own, [False] * 8 + [True] * 2)
    assert found is not None
    assert found["accuracy"] == 1.0
    assert found["confusion"]["counts"] == [[1, 0], [0, 1]]
