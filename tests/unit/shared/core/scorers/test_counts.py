"""Count vectors against the nearest normal one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from evidence_cases import (
    a_table,
    a_window,
    changing_windows,
    normal_windows,
    scores_by_what_came_before,
)

from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers.counts import SHORT_SHARE, CountDistance, usual_length


@pytest.fixture(scope="module")
def counts() -> CountDistance:
    return CountDistance(EvidenceTable(normal_windows(300, 0)))


def naive_distances(windows: Sequence[WindowEvidence]) -> list[float]:
    """Of each window but the first to the nearest before it; weights from all of them, as documented."""
    holding = Counter(int(t) for w in windows for t in set(w.template_ids.tolist()))
    idf = {t: np.log((1 + len(windows)) / (1 + held)) + 0.1 for t, held in holding.items()}
    usual = usual_length(EvidenceTable(windows))
    vectors = [Counter(w.template_ids.tolist()) for w in windows]
    weights = [sum(idf[t] * n for t, n in v.items()) for v in vectors]
    found = []
    for row in range(1, len(windows)):
        shared = [sum(min(n, v[t]) * idf[t] for t, n in vectors[row].items()) for v in vectors[:row]]
        if len(windows[row]) < SHORT_SHARE * usual:
            found.append(min(1 - s / weights[row] for s in shared))
        else:
            found.append(min(1 - 2 * s / (weights[row] + w) for s, w in zip(shared, weights[:row], strict=True)))
    return found


def test_lengths_that_nearly_all_have_are_usual_and_sessions_have_none() -> None:
    fixed = [*[a_window([1] * 10)] * 19, a_window([1] * 3)]
    assert usual_length(EvidenceTable(fixed)) == 10.0
    assert usual_length(EvidenceTable(changing_windows(40, 0))) == 0.0


def test_a_window_seen_before_lies_at_no_distance_in_whatever_order(counts: CountDistance) -> None:
    window = normal_windows(1, 0)[0]
    turned = a_window(window.template_ids[::-1].tolist())
    assert counts.score(a_table(window, turned)) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_another_normal_window_lies_nearer_than_one_of_odd_counts(counts: CountDistance) -> None:
    normal = counts.score(EvidenceTable(normal_windows(200, 1)))
    logins, repeated, new = counts.score(
        a_table(a_window([0] * 9 + [5]), a_window([0, *[3] * 8, 5]), a_window([0, 1, 2, 3, 4, 77, 77, 77, 77, 5]))
    )
    assert logins > normal.max() and new > normal.max()
    assert repeated > np.median(normal)


def test_a_rare_template_weighs_more_than_a_common_one() -> None:
    windows = [a_window([0, 1, 1, 2]) if row % 20 else a_window([0, 1, 2, 9]) for row in range(100)]
    counts = CountDistance(EvidenceTable(windows))
    rare, common = counts.score(a_table(a_window([0, 1, 9, 9]), a_window([0, 1, 1, 1])))
    assert rare > common > 0


def test_distances_lie_between_nothing_and_one(counts: CountDistance) -> None:
    foreign = a_window([50, 51, 52, 53, 54, 55, 56, 57, 58, 59])
    found = counts.score(EvidenceTable([foreign, *normal_windows(50, 3)]))
    assert found[0] == pytest.approx(1.0)
    assert (found >= -1e-6).all() and (found <= 1.0 + 1e-6).all()


def test_a_short_window_is_only_asked_what_it_holds(counts: CountDistance) -> None:
    rest, odd = counts.score(a_table(a_window([0, 1, 2]), a_window([0, 88, 2])))
    assert rest == pytest.approx(0.0, abs=1e-6)
    assert odd > 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_window_is_compared_with_those_before_it(seed: int) -> None:
    windows = changing_windows(60, seed)
    found = CountDistance.prequential(EvidenceTable(windows))
    assert found[0] == 1.0
    assert np.allclose(found[1:], naive_distances(windows), atol=1e-5)


def test_a_short_window_among_those_before_it_is_only_asked_what_it_holds() -> None:
    windows = normal_windows(60, 4)
    windows[50] = a_window(windows[7].template_ids[:3].tolist())
    found = CountDistance.prequential(EvidenceTable(windows))
    assert found[50] == pytest.approx(0.0, abs=1e-6)
    assert np.allclose(found[1:], naive_distances(windows), atol=1e-5)


def test_weights_from_all_windows_change_little_of_what_those_before_say() -> None:
    windows = normal_windows(120, 5)
    found = CountDistance.prequential(EvidenceTable(windows))
    expected = scores_by_what_came_before(CountDistance, windows)
    assert np.abs(found - expected)[60:].max() < 0.05
    assert found[60:].max() > 0.05


def test_only_the_latest_vectors_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.core.scorers.counts.MOST_VECTORS", 3)
    counts = CountDistance(a_table(*(a_window([n, n, n, n]) for n in range(6))))
    forgotten, remembered = counts.score(a_table(a_window([1, 1, 1, 1]), a_window([5, 5, 5, 5])))
    assert remembered == pytest.approx(0.0, abs=1e-6) and forgotten == pytest.approx(1.0)
