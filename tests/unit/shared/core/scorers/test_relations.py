"""Counts that never stood together in one window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from evidence_cases import a_table, a_window, changing_windows, normal_windows

from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers.relations import Relations, _bucket

UNHEARD_STATEMENT = 16


def pairwise_windows(count: int, seed: int) -> list[WindowEvidence]:
    """Requests (1) as often as answers (2), 1..3 of them, and independently 0..2 ticks (3)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        times = int(rng.integers(1, 4))
        found.append(a_window([0, *[1, 2] * times, *[3] * int(rng.integers(0, 3))]))
    return found


def naive_pairs(windows: Sequence[WindowEvidence], is_negligible: dict[frozenset[int], bool]) -> list[float]:
    """log1p of what no window before held: pairs of known statements, and 16 for each unknown one."""
    rows = Relations(EvidenceTable(windows))._statements(EvidenceTable(windows)).tolist()
    heard: set[int] = set()
    together: set[frozenset[int]] = set()
    found = []
    for row in rows:
        known = [code for code in row if code in heard]
        pairs = sum(
            pair not in together and not is_negligible[pair] for pair in map(frozenset, combinations(known, 2))
        )
        found.append(float(np.log1p(pairs + UNHEARD_STATEMENT * (len(row) - len(known)))))
        heard.update(row)
        together.update(map(frozenset, combinations(row, 2)))
    return found


def negligible_pairs(windows: Sequence[WindowEvidence]) -> dict[frozenset[int], bool]:
    fitted = Relations(EvidenceTable(windows))
    codes = fitted.codes.tolist()
    return {
        frozenset((a, b)): bool(fitted.is_negligible[i, j])
        for i, a in enumerate(codes)
        for j, b in enumerate(codes)
        if i < j
    }


def test_a_broken_relation_is_noticed_though_each_count_is_usual() -> None:
    relations = Relations(EvidenceTable(pairwise_windows(300, 0)))
    kept, broken = relations.score(a_table(a_window([0, 1, 2, 1, 2, 3]), a_window([0, 1, 1, 1, 2, 3])))
    assert kept == 0.0 and broken == pytest.approx(np.log1p(1))


def test_a_new_combination_of_independent_counts_is_no_news() -> None:
    windows = [a_window([0, *[1] * a, *[2] * b, *[3] * c]) for a in range(4) for b in range(4) for c in range(4)]
    held_out = windows.pop(21)
    assert Relations(EvidenceTable(windows)).score(a_table(held_out)).tolist() == [0.0]


def test_what_is_missing_is_a_statement_too() -> None:
    relations = Relations(EvidenceTable(normal_windows(200, 0)))
    assert relations.score(a_table(a_window([0, 1, 2, 3, 4, 1, 2, 3, 4])))[0] == pytest.approx(
        np.log1p(UNHEARD_STATEMENT)
    )


def test_order_and_templates_never_seen_are_others_business() -> None:
    windows = normal_windows(200, 0)
    relations = Relations(EvidenceTable(windows))
    turned = a_window([*windows[0].template_ids[::-1].tolist(), 77])
    assert relations.score(a_table(turned)).tolist() == [0.0]


def test_a_pair_that_chance_would_hardly_make_says_nothing_by_missing() -> None:
    windows = [a_window([0, 1]), a_window([0, 2]), *[a_window([0])] * 98]
    assert Relations(EvidenceTable(windows)).score(a_table(a_window([0, 1, 2]))).tolist() == [0.0]


def test_large_counts_are_taken_by_their_doublings() -> None:
    assert _bucket(np.array([0, 1, 2, 3, 4, 6, 7, 12, 13, 24])).tolist() == [0, 1, 2, 3, 4, 4, 5, 5, 6, 6]
    assert _bucket(np.array([10**9]))[0] < 24


@pytest.mark.parametrize("windows", [pairwise_windows(60, 1), changing_windows(60, 2), normal_windows(60, 3)])
def test_each_window_breaks_as_much_as_those_before_it_say(windows: list[WindowEvidence]) -> None:
    """Templates and pairs worth counting are chosen by how often all windows hold them, as its docstring says."""
    found = Relations.prequential(EvidenceTable(windows))
    assert np.allclose(found, naive_pairs(windows, negligible_pairs(windows)))


def test_a_first_occurrence_costs_as_much_in_hindsight_as_it_did_at_the_time() -> None:
    """Else what it is calibrated by is not what it says."""
    windows = [*normal_windows(200, 5), a_window([0, 1, 2, 3, 4, 1, 2, 3, 5, 5])]
    at_the_time = Relations(EvidenceTable(windows[:-1])).score(a_table(windows[-1]))
    assert Relations.prequential(EvidenceTable(windows))[-1] == pytest.approx(at_the_time[0])


def test_a_window_too_short_to_hold_what_is_always_there_is_not_judged() -> None:
    windows = normal_windows(100, 5)
    windows[60] = a_window([0, 1, 2])
    assert np.isnan(Relations(EvidenceTable(windows)).score(a_table(a_window([0, 1, 2, 3])))).all()
    assert np.flatnonzero(np.isnan(Relations.prequential(EvidenceTable(windows)))).tolist() == [60]


def test_only_the_templates_of_most_windows_are_related(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.core.scorers.relations.MOST_KINDS", 3)
    relations = Relations(EvidenceTable([*[a_window([1, 2, 3])] * 10, a_window([1, 2, 3, 4])]))
    assert relations.kinds.tolist() == [1, 2, 3]
    assert relations.score(a_table(a_window([1, 2, 3, 4, 4]))).tolist() == [0.0]
