"""The one-class network's boundary; what it shares with the other density scorers is tested in test_density.py."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_cases import a_table, a_window, normal_windows, vector_of

from shared.core.evidence import EvidenceTable
from shared.core.scorers.one_class import NU, OneClass


def test_about_a_twentieth_of_the_normal_windows_lies_outside() -> None:
    table = EvidenceTable(normal_windows(400, 0))
    outside = OneClass(table).score(table) > 0
    assert outside.mean() == pytest.approx(NU, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_most_other_normal_windows_lie_inside(seed: int) -> None:
    scorer = OneClass(EvidenceTable(normal_windows(400, seed)))
    assert np.mean(scorer.score(EvidenceTable(normal_windows(400, seed + 100))) > 0) < 4 * NU


def test_the_farther_out_the_higher_the_score() -> None:
    normal = normal_windows(400, 0)
    scorer = OneClass(EvidenceTable(normal))
    centre = np.mean([w.embedding for w in normal], axis=0)
    way = vector_of(33)
    distances = scorer.score(
        a_table(*(a_window([1] * 10, embedding=(centre + step * way).astype(np.float32)) for step in (0.5, 1.0, 2.0)))
    )
    assert (distances > 0).all() and (np.diff(distances) > 0).all()


def test_many_windows_are_thinned_and_still_bound_the_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.core.scorers.one_class._MOST_WINDOWS", 64)
    scorer = OneClass(EvidenceTable(normal_windows(400, 0)))
    assert np.mean(scorer.score(EvidenceTable(normal_windows(400, 7))) > 0) < 0.3
    assert scorer.score(a_table(a_window(list(range(30, 40)))))[0] > 0
