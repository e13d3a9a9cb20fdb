"""Each template is encoded once; the table stays within its bound and never mixes rows up."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from services.detector.line_cache import LineCache
from shared.core.evidence import WORD_SLOTS
from shared.core.normalising import line_ids, template_id, template_of, words_in

DIM = 4


class Encoder:
    """Gives each template a vector of its own and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, templates: Sequence[str]) -> np.ndarray:
        self.asked.extend(templates)
        return np.stack([vector_of(template) for template in templates])


def vector_of(template: str) -> np.ndarray:
    return np.random.default_rng(template_id(template) % 2**32).random(DIM).astype(np.float32)


def a_cache(max_lines: int = 1000) -> tuple[LineCache, Encoder]:
    encoder = Encoder()
    return LineCache(encoder, DIM, max_lines), encoder


def look_up(cache: LineCache, messages: Sequence[str]) -> None:
    """Look up and check every row that comes back."""
    rows = cache.lookup(line_ids(messages), messages)
    for row, message in zip(rows, messages, strict=True):
        template = template_of(message)
        assert cache.templates[row] == template
        assert int(cache.template_ids[row]) == template_id(template)
        assert np.array_equal(cache.vectors[row], vector_of(template))
        assert cache.words[row][cache.words[row] > 0].tolist() == words_in(template, WORD_SLOTS)


def test_a_line_seen_before_is_not_encoded_again() -> None:
    cache, encoder = a_cache()
    look_up(cache, ["opened file 12", "opened file 99", "closed"])
    look_up(cache, ["closed", "opened file 7"])
    assert sorted(encoder.asked) == sorted({template_of("opened file 1"), "closed"})
    assert (cache.hits, cache.misses) == (2, 3)


def test_two_spellings_of_one_template_share_a_row() -> None:
    cache, encoder = a_cache()
    messages = ["took 5 ms for 10.0.0.1", "took 5 ms for 10.0.0.1:80"]
    if template_of(messages[0]) == template_of(messages[1]):
        rows = cache.lookup(line_ids(messages), messages)
        assert rows[0] == rows[1] and len(encoder.asked) == 1
    assert len(cache) == len(set(map(template_of, messages)))


def test_the_table_stays_bounded_and_right_through_any_traffic() -> None:
    cache, _ = a_cache(max_lines=40)
    draw = random.Random(5)
    words = [f"event {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    for _ in range(120):
        look_up(cache, draw.choices(words, k=draw.randint(1, 30)))
        assert len(cache) <= 40


def test_what_was_used_lately_is_kept() -> None:
    cache, encoder = a_cache(max_lines=16)
    look_up(cache, ["always here"])
    for index in range(60):
        look_up(cache, [f"passing {chr(97 + index // 26)}{chr(97 + index % 26)}"])
        look_up(cache, ["always here"])
    assert encoder.asked.count("always here") == 1


def test_a_batch_larger_than_the_table_still_gets_its_rows() -> None:
    cache, _ = a_cache(max_lines=5)
    look_up(cache, [f"one of {chr(97 + i)}" for i in range(20)])
    look_up(cache, ["another"])


def test_an_empty_batch_is_no_rows() -> None:
    cache, _ = a_cache()
    assert cache.lookup(np.zeros(0, np.uint64), []).shape == (0,)


def test_a_table_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        a_cache(max_lines=0)
