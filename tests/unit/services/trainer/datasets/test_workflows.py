"""Random systems are repeatable, differ from each other, and keep their trouble out of their normal life."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from services.trainer.datasets.grammar import Dialect, Lexicon, draw_shape
from services.trainer.datasets.streams import TemplateBook, language_of
from services.trainer.datasets.windows import cut_window, draw_batch, pad
from services.trainer.datasets.workflows import draw_system
from shared.core.normalising import template_of
from shared.core.side_channel import SIDE_DIM

EVENTS = 300


@pytest.mark.parametrize("seed", range(12))
def test_a_system_is_the_same_each_time(seed: int) -> None:
    first, second = TemplateBook(), TemplateBook()
    one, two = draw_system(seed, EVENTS, first, ()), draw_system(seed, EVENTS, second, ())
    assert first.templates == second.templates
    assert np.array_equal(one.events.kind, two.events.kind) and np.array_equal(
        one.events.features, two.events.features
    )


@pytest.mark.parametrize("seed", range(12))
def test_life_goes_forward_in_time_and_nothing_in_it_is_wrong(seed: int) -> None:
    stream = draw_system(seed, EVENTS, TemplateBook(), ())
    assert len(stream.events) >= EVENTS
    assert (np.diff(stream.events.times_ms) >= 0).all()
    assert not stream.events.wrong.any()
    for rows in stream.sessions:
        assert (np.diff(rows) > 0).all()


def test_systems_speak_both_languages() -> None:
    book = TemplateBook()
    for seed in range(12):
        draw_system(seed, 50, book, ())
    assert set(book.languages) == {"en", "zh"}


@pytest.mark.parametrize("seed", range(30))
def test_a_message_and_its_translation_differ_in_language_only(seed: int) -> None:
    rng = Random(seed)
    shape = draw_shape(rng, Dialect.draw(rng), Lexicon.draw(rng), "failure")
    here, there = shape.render(rng), shape.translated().render(rng)
    assert {language_of(here), language_of(there)} == {"en", "zh"}
    assert template_of(shape.translated().translated().render(Random(1))) == template_of(shape.render(Random(1)))


def test_a_batch_holds_normal_and_corrupted_windows_of_each_stream() -> None:
    book = TemplateBook()
    streams = [draw_system(seed, EVENTS, book, ()) for seed in range(4)]
    trouble = streams[0].failures
    assert trouble is not None
    for seed in range(8):
        batch = draw_batch(np.random.default_rng(seed), streams, trouble)
        assert batch.side.shape == (*batch.is_real.shape, SIDE_DIM)
        assert not (batch.wrong & ~batch.is_real).any()
        assert np.array_equal(batch.is_strange, batch.wrong.any(axis=1))
        for stream in np.unique(batch.stream):
            mine = batch.is_strange[batch.stream == stream]
            assert mine.any() and not mine.all()


def test_windows_longer_than_the_model_takes_are_cut() -> None:
    stream = draw_system(3, 400, TemplateBook(), ())
    assert pad([stream.events, cut_window(np.random.default_rng(0), stream, 8)]).is_real.shape == (2, 256)
