"""A window's result is its own: not its batch mates', not its padding's; and no guess has seen its answer."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from services.trainer.models.sequence_model import SequenceModel, SequenceShape

DIM, SIDE, EVENT_SIDE = 32, 9, 6


@pytest.fixture(scope="module")
def model() -> SequenceModel:
    torch.manual_seed(2)
    shape = SequenceShape(SIDE, EVENT_SIDE, dim=DIM, heads=2, experts=4, hidden=48, max_events=40)
    built = SequenceModel(shape).eval()
    for parameter in built.parameters():  # nothing at its neutral start, or a defect could hide behind a zero
        torch.nn.init.normal_(parameter, std=0.15)
    return built


def windows(count: int, length: int, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    vectors = functional.normalize(torch.randn(count, length, DIM, generator=draw), dim=-1)
    return vectors, torch.rand(count, length, SIDE, generator=draw)


def all_real(vectors: torch.Tensor) -> torch.Tensor:
    return torch.ones(vectors.shape[:2], dtype=torch.bool)


@torch.no_grad()
def test_alone_or_among_others_a_window_scores_the_same(model: SequenceModel) -> None:
    vectors, side = windows(30, 12)
    together = model(vectors, side, all_real(vectors))
    for row in (0, 13, 29):
        alone = model(vectors[row : row + 1], side[row : row + 1], all_real(vectors[:1]))
        for many, one in zip(together, alone, strict=True):
            assert torch.allclose(many[row], one[0], atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("length", [1, 2, 11])
def test_padding_changes_nothing_whatever_it_holds(model: SequenceModel, length: int) -> None:
    vectors, side = windows(4, length)
    plain = model(vectors, side, all_real(vectors))
    rubbish = functional.pad(vectors, (0, 0, 0, 7), value=9.0), functional.pad(side, (0, 0, 0, 7), value=-4.0)
    padded = model(*rubbish, functional.pad(all_real(vectors), (0, 7)))
    assert torch.allclose(plain[0], padded[0], atol=1e-5)
    assert torch.allclose(plain[1], padded[1][:, :length], atol=1e-5)
    assert torch.equal(padded[1][:, length:], torch.zeros(4, 7))
    assert torch.allclose(plain[2], padded[2], atol=1e-5)


@torch.no_grad()
def test_the_guess_for_an_event_never_depends_on_that_event(model: SequenceModel) -> None:
    vectors, side = windows(2, 9)
    before = model.read(vectors, side, all_real(vectors)).context
    for place in range(9):
        other, other_side = vectors.clone(), side.clone()
        other[:, place] = functional.normalize(torch.randn(2, DIM), dim=-1)
        other_side[:, place] = torch.rand(2, SIDE)
        after = model.read(other, other_side, all_real(vectors)).context
        assert torch.allclose(before[:, place], after[:, place], atol=1e-5)
        assert not torch.allclose(before, after, atol=1e-3)


@torch.no_grad()
def test_scores_have_the_ranges_that_are_promised(model: SequenceModel) -> None:
    vectors, side = windows(8, 40)
    head, surprise, window = model(vectors, side, all_real(vectors))
    assert head.shape == (8,) and bool(((head >= 0) & (head <= 1)).all())
    assert surprise.shape == (8, 40) and bool((surprise >= 0).all())
    assert torch.allclose(window.norm(dim=-1), torch.ones(8), atol=1e-5)


@torch.no_grad()
def test_order_matters(model: SequenceModel) -> None:
    vectors, side = windows(1, 10)
    turned = model(vectors.flip(1), side.flip(1), all_real(vectors))[1].flip(1)
    assert not torch.allclose(model(vectors, side, all_real(vectors))[1], turned, atol=1e-3)


@torch.no_grad()
def test_the_values_expected_of_an_event_depend_on_its_likes_but_never_on_its_own(model: SequenceModel) -> None:
    vectors, side = windows(1, 7)
    before = model.read(vectors, side, all_real(vectors)).values
    other = side.clone()
    other[:, 3] = torch.rand(1, SIDE)
    after = model.read(vectors, other, all_real(vectors)).values
    assert torch.allclose(before[:, 3], after[:, 3], atol=1e-5)
    assert not torch.allclose(before[:, 2], after[:, 2], atol=1e-4)


@torch.no_grad()
def test_without_experts_nothing_is_routed() -> None:
    shape = SequenceShape(SIDE, EVENT_SIDE, dim=DIM, heads=2, experts=0, hidden=48, max_events=40)
    vectors, side = windows(3, 5)
    reading = SequenceModel(shape).eval().read(vectors, side, all_real(vectors))
    assert reading.routing == [] and reading.head.shape == (3,)
