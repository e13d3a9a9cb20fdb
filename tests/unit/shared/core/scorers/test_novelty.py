"""Templates never or rarely seen."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_cases import a_table, a_window, changing_windows, normal_windows, scores_by_what_came_before, vector_of

from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers.novelty import NOVELTY_FLOOR, Novelty, Rarity


@pytest.fixture(scope="module")
def novelty() -> Novelty:
    return Novelty(EvidenceTable(normal_windows(100, 0)))


def with_vector(window: WindowEvidence, position: int, vector: np.ndarray) -> WindowEvidence:
    window.vectors[position] = vector / np.linalg.norm(vector)
    return window


def test_what_was_seen_before_is_not_new_in_whatever_order_or_number(novelty: Novelty) -> None:
    assert novelty.score(a_table(a_window([5, 5, 5, 0, 1]), a_window([3] * 40))).tolist() == [0.0, 0.0]


def test_a_template_like_none_before_is_as_new_as_can_be(novelty: Novelty) -> None:
    table = a_table(a_window([0, 1, 70, 5]))
    assert novelty.lines(table)[[0, 1, 3]].tolist() == [0.0, 0.0, 0.0]
    assert 0.5 < novelty.score(table)[0] <= 1.0


def test_the_nearer_a_new_template_lies_to_a_known_one_the_less_new_it_is(novelty: Novelty) -> None:
    same = with_vector(a_window([0, 70]), 1, vector_of(2))
    near = with_vector(a_window([0, 71]), 1, vector_of(2) + 0.5 * vector_of(71))
    far = a_window([0, 72])
    on_top, close, away = novelty.score(a_table(same, near, far))
    assert on_top == pytest.approx(NOVELTY_FLOOR, abs=1e-5)
    assert on_top < close < away


def test_each_further_new_line_makes_a_window_a_little_newer(novelty: Novelty) -> None:
    one, many = novelty.score(a_table(a_window([0, 70, 1, 2]), a_window([0, 70, 70, 70])))
    assert one < many < one + 0.1


def worded(count: int, seed: int) -> list[WindowEvidence]:
    """Windows in which new templates turn up now and then, some of them in new words, some without any."""
    rng = np.random.default_rng(seed)
    found = []
    for row in range(count):
        templates = rng.integers(0, 4 + row // 4, size=8).tolist()
        words = {at: [1 + t % 3, 10 + t % 5, 100 + t // 4][: t % 4] for at, t in enumerate(templates)}
        found.append(a_window(templates, words=words if row % 5 else None))
    return found


def test_a_new_line_in_the_streams_own_words_is_less_new_than_a_strangers() -> None:
    novelty = Novelty(a_table(a_window([0, 1], words={0: [1, 2], 1: [3]})))
    said = [{0: [1, 3]}, {0: [1, 9]}, {0: [8, 9]}, {}]
    own, half, strange, wordless = (novelty.score(a_table(a_window([70], words=words)))[0] for words in said)
    assert own < half < strange
    assert strange - own == pytest.approx((1 - NOVELTY_FLOOR) / 2)
    assert own < wordless < strange


def test_no_word_is_no_word_of_the_stream() -> None:
    novelty = Novelty(a_table(a_window([0, 1], words={0: [1]})))
    assert novelty.words.tolist() == [1]
    alone, without = novelty.score(a_table(a_window([70], words={0: [2]}))), novelty.score(a_table(a_window([70])))
    assert alone >= without


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_words_are_new_only_to_the_windows_before_them(seed: int) -> None:
    windows = worded(60, seed)
    found = Novelty.prequential(EvidenceTable(windows))
    assert np.allclose(found[1:], scores_by_what_came_before(Novelty, windows)[1:], atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_window_is_as_new_as_a_scorer_of_those_before_it_says(seed: int) -> None:
    windows = changing_windows(60, seed)
    expected = scores_by_what_came_before(Novelty, windows)
    found = Novelty.prequential(EvidenceTable(windows))
    assert np.allclose(found[1:], expected[1:], atol=1e-5)
    assert found[0] >= 1.0
    assert (expected[30:] > 0).any() and (expected[30:] == 0).any()


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    table, fitted = EvidenceTable(changing_windows(60, 5)), Novelty(EvidenceTable(changing_windows(8, 6)))
    whole = Novelty.prequential(table), fitted.score(table)
    monkeypatch.setattr("shared.core.scorers.novelty._CHUNK", 3)
    assert np.allclose(Novelty.prequential(table), whole[0]) and np.allclose(fitted.score(table), whole[1])


def test_the_fewer_windows_hold_a_template_the_rarer_it_is() -> None:
    windows = [*[a_window([0, 1])] * 90, *[a_window([0, 2])] * 10]
    rarity = Rarity(EvidenceTable(windows))
    lines = rarity.lines(a_table(a_window([0, 1, 2, 3])))
    assert lines == pytest.approx([0.0, np.log(100 / 90), np.log(10), np.log(100) + 1.0])


def test_a_window_is_as_rare_as_its_mean_line() -> None:
    rarity = Rarity(EvidenceTable(normal_windows(100, 0)))
    usual, odd = a_window([0, 1, 2, 5]), a_window([0, 1, 99, 5])
    assert rarity.score(a_table(usual, odd)) == pytest.approx([0.0, (np.log(100) + 1) / 4], abs=0.2)
