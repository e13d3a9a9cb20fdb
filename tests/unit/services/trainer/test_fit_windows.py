"""Training keeps the weights that rank held-out windows best, and looks line vectors up rightly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from services.trainer.compute import Compute
from services.trainer.course import Course
from services.trainer.datasets.streams import TemplateBook
from services.trainer.datasets.windows import draw_batch
from services.trainer.datasets.workflows import draw_system
from services.trainer.fit_windows import HELD_OUT_BATCHES, HeldOut, as_tensors, check, fit_windows
from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.objectives import WindowBatch
from services.trainer.pace import Pace
from services.trainer.peers import Peers
from shared.core.side_channel import EVENT_DIM, SIDE_DIM


def test_confidence_alone_does_not_stop_a_run_that_still_ranks_better() -> None:
    assert HeldOut(loss=1.2, window_auc=0.8, event_auc=0.9).ranking > HeldOut(0.9, 0.75, 0.9).ranking


def test_the_weights_that_are_kept_are_those_of_the_best_check() -> None:
    torch.manual_seed(0)
    book = TemplateBook()
    streams = [draw_system(seed, 200, book, ()) for seed in range(6)]
    vectors = functional.normalize(torch.randn(len(book), 32), dim=-1)
    model = SequenceModel(SequenceShape(SIDE_DIM, EVENT_DIM, dim=32, heads=2, experts=2, hidden=32))
    trouble = streams[0].failures
    assert trouble is not None
    checked: list[HeldOut] = []

    def remember(model: SequenceModel, batches: Sequence[WindowBatch]) -> HeldOut:
        checked.append(check(model, batches))
        return checked[-1]

    pace = Pace("test", 0.0, 20, say=lambda text: None)
    draw = np.random.default_rng(0)
    course = Course(Compute.choose("cpu", "float32"))
    result = fit_windows(model, vectors, streams, streams, trouble, trouble, draw, pace, course, check=remember)
    assert len(checked) > 3
    assert result.ranking == max(seen.ranking for seen in checked)
    again = np.random.default_rng(7)
    batches = [as_tensors(draw_batch(again, streams, trouble), vectors) for _ in range(HELD_OUT_BATCHES)]
    assert check(model, batches) == result


def test_each_event_finds_its_own_vector_and_target() -> None:
    book = TemplateBook()
    streams = [draw_system(seed, 200, book, ()) for seed in range(3)]
    vectors = torch.randn(len(book), 8)
    trouble = streams[0].failures
    assert trouble is not None
    batch = draw_batch(np.random.default_rng(0), streams, trouble)
    given = as_tensors(batch, vectors)
    row, column = 1, 2
    assert torch.equal(given.vectors[row, column], vectors[batch.kind[row, column]])
    assert torch.equal(given.templates[given.target[row, column]], vectors[batch.kind[row, column]])
    assert not given.vectors[~given.is_real].any()


def test_processes_keep_weights_by_what_the_first_one_found() -> None:
    class Second(Peers):
        """Its own processor sees everything worse."""

        def agree(self, value: float, device: torch.device) -> float:
            return 0.75

    torch.manual_seed(0)
    book = TemplateBook()
    streams = [draw_system(seed, 200, book, ()) for seed in range(3)]
    vectors = functional.normalize(torch.randn(len(book), 32), dim=-1)
    model = SequenceModel(SequenceShape(SIDE_DIM, EVENT_DIM, dim=32, heads=2, experts=2, hidden=32))
    trouble = streams[0].failures
    assert trouble is not None
    found = fit_windows(
        model, vectors, streams, streams, trouble, trouble, np.random.default_rng(0),
        Pace("test", 0.0, 2, say=lambda text: None), Course(peers=Second()),
        check=lambda model, batches: HeldOut(1.0, 0.1, 0.1), checks=1,
    )  # fmt: skip
    assert found == HeldOut(0.75, 0.75, 0.75)
