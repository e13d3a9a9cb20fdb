"""Routing by sorted rows gives what a plain loop over events gives, whatever the batch."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from services.trainer.models.moe import DenseFeedForward, MoeFeedForward, Routing, balance_loss


def a_layer(experts: int = 8) -> MoeFeedForward:
    torch.manual_seed(1)
    return MoeFeedForward(dim=16, hidden=24, experts=experts).eval()


def one_by_one(layer: MoeFeedForward, x: torch.Tensor) -> torch.Tensor:
    """The definition, written for a single event at a time."""
    rows = []
    for row in x:
        logits = layer.router(row)
        first, second = logits.topk(2).values
        chosen = int(logits.argmax())
        hidden = torch.relu(row @ layer.widen[chosen] + layer.widen_bias[chosen])
        expert = hidden @ layer.narrow[chosen] + layer.narrow_bias[chosen]
        shared = layer.shared_narrow(functional.gelu(layer.shared_widen(row)))
        rows.append(shared + (1 - torch.exp(second - first)) * expert)
    return torch.stack(rows)


@pytest.mark.parametrize("rows", [1, 2, 7, 200])
def test_routing_equals_a_loop_over_events(rows: int) -> None:
    layer = a_layer()
    for bias in [*layer.widen_bias, *layer.narrow_bias]:
        torch.nn.init.normal_(bias)
    x = torch.randn(rows, 16)
    with torch.no_grad():
        assert torch.allclose(layer(x, x)[0], one_by_one(layer, x), atol=1e-5)


def test_an_event_does_not_feel_its_batch_mates_even_when_all_choose_one_expert() -> None:
    layer, row = a_layer(), torch.randn(1, 16)
    with torch.no_grad():
        crowd = layer(row.repeat(500, 1), row.repeat(500, 1))[0]
        assert torch.allclose(crowd, layer(row, row)[0].expand_as(crowd), atol=1e-5)


def test_a_tie_between_experts_leaves_only_the_shared_part() -> None:
    layer = a_layer(experts=2)
    layer.router.weight.data[1] = layer.router.weight.data[0]
    x = torch.randn(5, 16)
    with torch.no_grad():
        shared = layer.shared_narrow(functional.gelu(layer.shared_widen(x)))
        assert torch.allclose(layer(x, x)[0], shared, atol=1e-6)


def test_gradients_reach_the_router_and_every_chosen_expert() -> None:
    layer = a_layer()
    x = torch.randn(64, 16)
    out, routing = layer(x, x)
    out.square().sum().backward()
    assert layer.router.weight.grad is not None and layer.router.weight.grad.abs().sum() > 0
    for expert in set(routing.chosen.tolist()):
        assert layer.widen[expert].grad.abs().sum() > 0


def test_balance_loss_is_one_when_even_and_higher_when_all_crowd_together() -> None:
    even = Routing(torch.eye(4).repeat(8, 1) * 20, torch.arange(4).repeat(8))
    crowded = Routing(torch.eye(4)[:1].repeat(32, 1) * 20, torch.zeros(32, dtype=torch.long))
    counted = torch.ones(32, dtype=torch.bool)
    assert balance_loss(even, counted)[0].item() == pytest.approx(1.0, abs=1e-3)
    assert balance_loss(crowded, counted)[0].item() == pytest.approx(4.0, abs=1e-3)


def test_the_dense_twin_has_as_many_active_weights_as_shared_part_and_one_expert() -> None:
    experts, dense = a_layer(), DenseFeedForward(dim=16, hidden=24)
    shared = [*experts.shared_widen.parameters(), *experts.shared_narrow.parameters()]
    one = [experts.widen[0], experts.widen_bias[0], experts.narrow[0]]  # one more bias of the output is not a product
    assert sum(p.numel() for p in dense.parameters()) == sum(p.numel() for p in (*shared, *one))
    assert dense(torch.randn(3, 16), torch.randn(3, 16))[1] is None


def test_a_router_that_sees_the_window_sends_one_event_to_different_experts_in_different_windows() -> None:
    torch.manual_seed(0)
    layer = MoeFeedForward(dim=16, hidden=24, experts=8, sees_window=True).eval()
    event = torch.randn(1, 16).expand(200, 16)
    assert len(set(layer(event, torch.randn(200, 16))[1].chosen.tolist())) > 1
    assert len(set(layer(event, torch.ones(200, 16))[1].chosen.tolist())) == 1
