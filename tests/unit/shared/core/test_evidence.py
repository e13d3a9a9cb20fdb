"""A table of windows says of each window what a plain loop says."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_cases import a_table, a_window, changing_windows, normal_windows, vector_of

from shared.core.evidence import VALUE_SLOTS, EvidenceTable, WindowEvidence, log_odds, worst_mean

SEEDS = [0, 1, 2]


def of_events(table: EvidenceTable, values: np.ndarray) -> list[np.ndarray]:
    """``values`` (N,) cut into windows."""
    return np.split(values, table.starts[1:-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_hold_the_windows_one_after_another(seed: int) -> None:
    windows = changing_windows(30, seed)
    table = EvidenceTable(windows)
    assert len(table) == 30
    assert table.lengths.tolist() == [len(w) for w in windows]
    assert table.window.tolist() == [row for row, w in enumerate(windows) for _ in range(len(w))]
    assert table.head.tolist() == [w.head for w in windows]
    for row, window in enumerate(windows):
        events = slice(table.starts[row], table.starts[row + 1])
        assert (table.ids[events] == window.template_ids).all()
        assert (table.kinds[table.kind[events]] == window.template_ids).all()
        assert (table.vectors[table.kind[events]] == window.vectors).all()
        assert (table.trouble[events] == window.trouble).all()
        assert (table.surprise[events] == window.surprise).all()
        assert (table.embedding[row] == window.embedding).all()


def test_quantities_and_pauses_stay_with_their_events() -> None:
    table = a_table(
        a_window([7], values={0: (1.0, 2.0)}, gaps=[np.nan]),
        a_window([8, 7], values={1: (3.0,)}, gaps=[np.nan, 50.0]),
    )
    assert table.values.shape == (3, VALUE_SLOTS)
    assert table.values[0, :2].tolist() == [1.0, 2.0] and table.values[2, 0] == 3.0
    assert np.isnan(table.values).sum() == 3 * VALUE_SLOTS - 3
    assert np.isnan(table.gaps[:2]).all() and table.gaps[2] == 50.0


def test_words_stay_with_their_templates_and_nobody_read_is_none() -> None:
    table = a_table(a_window([9, 2], words={0: [7, 8]}), a_window([5]))
    assert table.words[:, :2].tolist() == [[0, 0], [0, 0], [7, 8]]
    assert (table.words[:, 2:] == 0).all()
    assert np.array_equal(table.take(1, 2).words, table.words)


def test_kinds_are_the_distinct_templates_in_ascending_order() -> None:
    table = a_table(a_window([9, 2, 9]), a_window([2, 5]))
    assert table.kinds.tolist() == [2, 5, 9]
    assert table.kind.tolist() == [2, 0, 2, 0, 1]
    assert (table.vectors[1] == vector_of(5)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_are_those_of_a_loop(seed: int) -> None:
    windows = changing_windows(20, seed)
    table = EvidenceTable(windows)
    counted = {
        (row, int(template)): int((window.template_ids == template).sum())
        for row, window in enumerate(windows)
        for template in window.template_ids
    }
    found = list(zip(*(part.tolist() for part in table.counts), strict=True))
    assert {(row, int(table.kinds[kind])): count for row, kind, count in found} == counted
    assert found == sorted(found)


def test_a_part_is_the_table_of_its_windows_but_knows_all_kinds() -> None:
    windows = changing_windows(20, 3)
    part, alone = EvidenceTable(windows).take(5, 12), EvidenceTable(windows[5:12])
    for name in ("starts", "ids", "trouble", "surprise", "head", "embedding", "window", "lengths"):
        assert np.array_equal(getattr(part, name), getattr(alone, name)), name
    for name in ("gaps", "values"):
        assert np.array_equal(getattr(part, name), getattr(alone, name), equal_nan=True), name
    assert np.array_equal(part.kinds, EvidenceTable(windows).kinds)
    assert np.array_equal(part.kinds[part.kind], alone.kinds[alone.kind])
    assert [count.tolist() for count in part.counts[::2]] == [count.tolist() for count in alone.counts[::2]]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("worst", [1, 3, 5])
def test_what_is_said_per_window_is_what_a_loop_says(seed: int, worst: int) -> None:
    table = EvidenceTable(changing_windows(40, seed))
    values = np.random.default_rng(seed).normal(size=len(table.ids))
    parts = of_events(table, values)
    assert np.array_equal(table.largest(values), [part.max() for part in parts])
    assert np.allclose(table.total(values), [part.sum() for part in parts])
    assert np.allclose(table.mean(values), [part.mean() for part in parts])
    assert np.allclose(table.worst(values, worst), [np.sort(part)[-worst:].mean() for part in parts])


def test_the_worst_of_a_window_shorter_than_that_are_all_of_it() -> None:
    table = a_table(a_window([1, 2]), a_window([1]), a_window([1, 2, 3, 4]))
    assert table.worst(np.array([1.0, 2.0, 7.0, 4.0, 3.0, 2.0, 1.0])).tolist() == [1.5, 7.0, 3.0]


def test_one_window_and_many_agree_on_the_worst_mean() -> None:
    windows = normal_windows(10, 4)
    table = EvidenceTable(windows)
    assert np.allclose(table.worst(table.surprise), [worst_mean(w.surprise) for w in windows])


def test_known_kinds_point_at_their_place_and_others_nowhere() -> None:
    table = a_table(a_window([3, 6, 9]))
    assert table.known_kinds(np.array([1, 3, 9], dtype=np.uint64)).tolist() == [1, -1, 2]
    assert table.known_kinds(np.zeros(0, dtype=np.uint64)).tolist() == [-1, -1, -1]


def test_ids_use_all_64_bits() -> None:
    largest = 2**64 - 1
    window = a_window([1, 2])
    top = WindowEvidence(
        np.array([largest, 1], dtype=np.uint64), window.vectors, window.trouble, window.surprise, window.head,
        window.embedding, window.values, window.gaps,
    )  # fmt: skip
    assert a_table(top).kinds.tolist() == [1, largest]


def test_a_table_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one window"):
        EvidenceTable([])


def test_log_odds_of_certainty_stay_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(0.5) == pytest.approx(0.0)


def test_windows_with_and_without_attributes_stand_in_one_table() -> None:
    bare, rich = a_window([1, 2]), a_window([3, 4], attributes={1: {8: 200.0}})
    table = a_table(bare, rich, bare)
    assert table.attribute_keys[:, 0].tolist() == [0, 0, 0, 8, 0, 0]
    assert np.isnan(table.attributes[[0, 1, 2, 4, 5]]).all() and table.attributes[3, 0] == 200.0
    part = table.take(1, 2)
    assert part.attribute_keys[:, 0].tolist() == [0, 8] and part.attributes[1:, 0].tolist() == [200.0]
    assert a_table(bare).attributes.shape == (2, 0)
