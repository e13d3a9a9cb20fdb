"""Half of every batch is strange, and in a system with faults of its own half of that is theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.trainer.datasets.simulated import breaking_stream
from services.trainer.datasets.streams import TemplateBook
from services.trainer.datasets.windows import LONGEST, draw_batch
from services.trainer.datasets.workflows import draw_system


def test_half_of_every_batch_is_strange_and_lengths_reach_from_ten_to_hundreds() -> None:
    book = TemplateBook()
    streams = [draw_system(seed, 900, book, ()) for seed in range(4)]
    streams += [breaking_stream("nginx", 1, 900, book)]
    trouble = streams[0].failures
    assert trouble is not None
    draw = np.random.default_rng(0)
    lengths = []
    for _ in range(60):
        batch = draw_batch(draw, streams, trouble)
        assert batch.is_strange.mean() == 0.5
        lengths.append(int(np.median(batch.is_real.sum(axis=1))))
    assert min(lengths) <= 10 and 100 < max(lengths) <= LONGEST
    assert sum(length >= 64 for length in lengths) >= 6


def test_a_window_of_a_systems_own_faults_holds_what_a_fault_wrote() -> None:
    book = TemplateBook()
    stream = breaking_stream("nginx", 1, 900, book)
    assert stream.faults is not None
    fault = stream.faults.take(np.flatnonzero(stream.faults.wrong)[:1])
    told = int(fault.kind[0])
    marked = replace(stream, faults=replace(stream.faults, kind=np.full(len(stream.faults), told)))
    other = draw_system(1, 900, book, ())
    assert other.failures is not None
    seen = 0
    for seed in range(12):
        batch = draw_batch(np.random.default_rng(seed), [marked, other], other.failures)
        whole = (batch.kind == told).sum(axis=1) == batch.is_real.sum(axis=1)
        seen += int((whole & batch.is_strange).sum())
    assert seen > 0
