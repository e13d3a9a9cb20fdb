"""Where a window's embedding lies among the normal ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from evidence_cases import (
    DIM,
    a_table,
    a_window,
    changing_windows,
    normal_windows,
    scores_by_what_came_before,
    vector_of,
)

from shared.core.evidence import EvidenceTable, FloatArray
from shared.core.scorers.density import Autoencoder, CentroidDistance, NearestWindow, spread, unless_short
from shared.core.scorers.one_class import OneClass

SCORERS = [NearestWindow, CentroidDistance, Autoencoder, OneClass]


def unit(vector: np.ndarray) -> FloatArray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.mark.parametrize("fit", SCORERS)
def test_a_window_far_from_all_normal_ones_is_stranger_than_any_of_them(fit: Callable[..., Any]) -> None:
    scorer = fit(EvidenceTable(normal_windows(300, 0)))
    normal = scorer.score(EvidenceTable(normal_windows(200, 1)))
    odd = [a_window(list(range(30, 40))), a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], embedding=-vector_of(2))]
    assert (scorer.score(EvidenceTable(odd)) > normal.max()).all()


@pytest.mark.parametrize("fit", SCORERS)
def test_a_window_too_short_to_have_a_shape_is_not_judged(fit: Callable[..., Any]) -> None:
    scorer = fit(EvidenceTable(normal_windows(100, 0)))
    short, half, whole = scorer.score(a_table(a_window([0] * 4), a_window([0] * 5), a_window([0] * 10)))
    assert np.isnan(short) and np.isfinite([half, whole]).all()


@pytest.mark.parametrize("fit", SCORERS)
def test_where_lengths_differ_no_window_is_too_short(fit: Callable[..., Any]) -> None:
    scorer = fit(EvidenceTable(changing_windows(100, 0)))
    assert np.isfinite(scorer.score(a_table(a_window([0]), a_window([1] * 30)))).all()


@pytest.mark.parametrize("fit", SCORERS)
def test_the_same_windows_give_the_same_scores(fit: Callable[..., Any]) -> None:
    table, other = EvidenceTable(normal_windows(100, 0)), EvidenceTable(normal_windows(30, 1))
    assert np.array_equal(fit(table).score(other), fit(table).score(other))


@pytest.mark.parametrize("fit", SCORERS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 20])
def test_few_windows_and_equal_ones_give_finite_scores(fit: Callable[..., Any], count: int) -> None:
    scorer = fit(EvidenceTable([a_window([0, 1, 2])] * count))
    assert np.isfinite(scorer.score(a_table(a_window([0, 1, 2]), a_window([7, 8, 9])))).all()


@pytest.mark.parametrize("fit", SCORERS)
def test_windows_are_judged_one_by_one(fit: Callable[..., Any]) -> None:
    scorer = fit(EvidenceTable(normal_windows(100, 0)))
    windows = [*normal_windows(20, 1), a_window(list(range(30, 40)))]
    alone = np.concatenate([scorer.score(a_table(window)) for window in windows])
    assert np.allclose(scorer.score(EvidenceTable(windows)), alone, atol=1e-5)


@pytest.mark.parametrize("fit", SCORERS)
def test_it_does_not_tell_lines_apart(fit: Callable[..., Any]) -> None:
    table = EvidenceTable(normal_windows(20, 0))
    assert fit(table).lines(table) is None


def test_the_distance_is_the_mean_of_the_three_nearest() -> None:
    normal = normal_windows(50, 0)
    window = normal_windows(1, 1)[0]
    cosine = sorted(float(1 - w.embedding @ window.embedding) for w in normal)
    assert NearestWindow(EvidenceTable(normal)).score(a_table(window))[0] == pytest.approx(
        np.mean(cosine[:3]), abs=1e-6
    )


@pytest.mark.parametrize("windows", [normal_windows(60, 2), changing_windows(60, 3)])
def test_each_window_is_as_far_as_a_scorer_of_those_before_it_says(windows: list[Any]) -> None:
    found = NearestWindow.prequential(EvidenceTable(windows))
    expected = scores_by_what_came_before(NearestWindow, windows)
    assert np.isnan(found[0])
    assert np.allclose(found[1:], expected[1:], atol=1e-5)


def test_short_windows_before_are_not_judged_either() -> None:
    windows = normal_windows(60, 2)
    windows[40] = a_window([0, 1])
    found = NearestWindow.prequential(EvidenceTable(windows))
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 40]


def test_of_too_many_windows_those_kept_are_spread_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spread(10, 20).tolist() == list(range(10))
    kept = spread(1_000, 100)
    assert len(kept) == 100 and (kept[0], kept[-1]) == (0, 999)
    assert np.diff(kept).max() <= 11
    monkeypatch.setattr("shared.core.scorers.density._CHUNK", 7)
    table = EvidenceTable(normal_windows(60, 2))
    assert len(NearestWindow.prequential(table)) == 60


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    table = EvidenceTable(normal_windows(60, 2))
    whole = NearestWindow.prequential(table), NearestWindow(table).score(table)
    monkeypatch.setattr("shared.core.scorers.density._CHUNK", 7)
    assert np.allclose(NearestWindow.prequential(table), whole[0], equal_nan=True, atol=1e-6)
    assert np.allclose(NearestWindow(table).score(table), whole[1], atol=1e-6)


def test_a_direction_that_never_varies_is_measured_strictly() -> None:
    rng = np.random.default_rng(0)
    base, wide, still = np.eye(DIM)[:3]
    normal = [a_window([1] * 10, embedding=unit(base + 0.5 * rng.normal() * wide)) for _ in range(200)]
    centroid = CentroidDistance(EvidenceTable(normal))
    along, across = centroid.score(
        a_table(
            a_window([1] * 10, embedding=unit(base + 0.5 * wide)),
            a_window([1] * 10, embedding=unit(base + 0.5 * still)),
        )
    )
    assert across > 2 * along


def test_a_histogram_unlike_any_normal_one_cannot_be_rebuilt() -> None:
    normal = normal_windows(300, 0)
    scorer = Autoencoder(EvidenceTable(normal))
    usual = scorer.score(EvidenceTable(normal_windows(100, 1)))
    lookalike = a_window([66] * 10, embedding=normal[0].embedding)
    assert scorer.score(a_table(lookalike))[0] > usual.max()


def test_nan_stands_only_where_a_window_is_shorter_than_half() -> None:
    table = a_table(a_window([1] * 4), a_window([1] * 5))
    assert np.isnan(unless_short(np.ones(2), table, 10.0)).tolist() == [True, False]
    assert np.isfinite(unless_short(np.ones(2), table, 0.0)).all()
