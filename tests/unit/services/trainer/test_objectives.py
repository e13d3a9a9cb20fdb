"""Each part of the loss rewards what it is named for."""

from __future__ import annotations

import torch
from torch.nn import functional

from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.objectives import WEIGHTS, WindowBatch, _sphere_loss, _stream_loss, sequence_loss


def a_batch(dim: int = 16, side: int = 9) -> WindowBatch:
    torch.manual_seed(0)
    templates = functional.normalize(torch.randn(5, dim), dim=-1)
    target = torch.randint(0, 5, (6, 8))
    real = torch.ones(6, 8, dtype=torch.bool)
    real[0, 5:] = False
    wrong = torch.zeros(6, 8, dtype=torch.bool)
    wrong[3:, 2] = True
    return WindowBatch(
        templates[target] * real[..., None],
        torch.rand(6, 8, side),
        real,
        wrong,
        wrong.any(1),
        torch.tensor([0, 0, 1, 0, 1, 1]),
        templates,
        target,
    )


def a_model(experts: int = 3) -> SequenceModel:
    torch.manual_seed(1)
    return SequenceModel(SequenceShape(9, 6, dim=16, heads=2, experts=experts, hidden=20, max_events=20))


def test_every_part_has_a_weight_and_a_finite_value() -> None:
    loss, parts = sequence_loss(a_model(), a_batch())
    assert set(parts) == set(WEIGHTS)
    assert all(value == value and value >= 0 for value in parts.values())
    assert loss.item() > 0


def test_a_part_without_weight_teaches_nothing() -> None:
    model, none = a_model(), dict.fromkeys(WEIGHTS, 0.0)
    sequence_loss(model, a_batch(), {**none, "counts": 1.0})[0].backward()
    assert model.tally.weight.grad is not None and model.tally.weight.grad.abs().sum() > 0
    assert model.verdict.weight.grad is None


def test_without_experts_nothing_is_to_be_balanced() -> None:
    parts = sequence_loss(a_model(experts=0), a_batch())[1]
    assert parts["balance"] == parts["router"] == 0.0


def test_windows_of_one_stream_cost_less_when_they_are_alike() -> None:
    stream, strange = torch.tensor([0, 0, 1, 1]), torch.zeros(4, dtype=torch.bool)
    apart = functional.normalize(torch.eye(4), dim=-1)
    alike = apart[[0, 0, 2, 2]]
    assert _stream_loss(alike, stream, strange) < _stream_loss(apart, stream, strange)
    assert _sphere_loss(alike, stream, strange) < _sphere_loss(apart, stream, strange)
