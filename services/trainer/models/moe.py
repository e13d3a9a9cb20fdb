"""A feed-forward layer of which each event uses the shared part and one of eight experts.

- top-1 routing (Fedus et al. 2021, "Switch Transformers"), no capacity limit: an event's result never depends on
  which other events are in the batch
- the gate is ``1 - exp(second logit - first logit)``, not the probability: it is 0 where two experts tie, so the
  layer is continuous and a rounding difference that flips a near-tie cannot move a score
- the router works in float32; load-balance and z-loss (Zoph et al. 2022, "ST-MoE") keep all experts in use
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

ExpertRunner = Callable[
    [Tensor, Tensor, Sequence[Tensor], Sequence[Tensor], Sequence[Tensor], Sequence[Tensor]], Tensor
]


@dataclass(frozen=True, slots=True)
class Routing:
    """What the router decided. logits (N, experts), chosen (N,) int64."""

    logits: Tensor
    chosen: Tensor


def run_experts(
    x: Tensor,
    chosen: Tensor,
    widen: Sequence[Tensor],
    widen_bias: Sequence[Tensor],
    narrow: Sequence[Tensor],
    narrow_bias: Sequence[Tensor],
) -> Tensor:
    """x (N, dim), chosen (N,) -> (N, dim): each row through its own expert. Rows sorted by expert, one GEMM each."""
    order = torch.argsort(chosen, stable=True)
    counts = torch.bincount(chosen, minlength=len(widen)).tolist()
    parts = []
    for index, rows in enumerate(torch.split(x[order], counts)):
        hidden = torch.relu(rows @ widen[index] + widen_bias[index])
        parts.append(hidden @ narrow[index] + narrow_bias[index])
    return torch.zeros_like(x).index_copy(0, order, torch.cat(parts))


class MoeFeedForward(nn.Module):
    """x (N, dim) -> (N, dim) and its Routing. ``runner`` is exchanged by the export for an ONNX operator.

    With ``sees_window`` the router also reads ``about`` (N, dim), what the event's window is about, so that events
    of one source tend to the same experts."""

    def __init__(self, dim: int, hidden: int, experts: int, sees_window: bool = False) -> None:
        super().__init__()
        self.sees_window = sees_window
        self.router = nn.Linear(2 * dim if sees_window else dim, experts, bias=False)
        self.shared_widen = nn.Linear(dim, hidden)
        self.shared_narrow = nn.Linear(hidden, dim)
        self.widen = nn.ParameterList(torch.randn(dim, hidden) * dim**-0.5 for _ in range(experts))
        self.widen_bias = nn.ParameterList(torch.zeros(hidden) for _ in range(experts))
        self.narrow = nn.ParameterList(torch.randn(hidden, dim) * hidden**-0.5 for _ in range(experts))
        self.narrow_bias = nn.ParameterList(torch.zeros(dim) for _ in range(experts))
        self.runner: ExpertRunner = run_experts

    def forward(self, x: Tensor, about: Tensor) -> tuple[Tensor, Routing]:
        with torch.autocast(x.device.type, enabled=False):
            logits = self.router(torch.cat([x, about], dim=-1).float() if self.sees_window else x.float())
        best = torch.topk(logits, 2, dim=-1)
        gate = 1.0 - torch.exp(best.values[:, 1:] - best.values[:, :1])  # (N, 1)
        chosen = best.indices[:, 0]
        expert = self.runner(
            x, chosen, list(self.widen), list(self.widen_bias), list(self.narrow), list(self.narrow_bias)
        )
        shared = self.shared_narrow(functional.gelu(self.shared_widen(x)))
        return shared + gate * expert, Routing(logits, chosen)


class DenseFeedForward(nn.Module):
    """The twin without experts, to judge them by: as many products for each event, no choice."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.widen = nn.Linear(dim, 2 * hidden)
        self.narrow = nn.Linear(2 * hidden, dim)

    def forward(self, x: Tensor, about: Tensor) -> tuple[Tensor, None]:
        return self.narrow(functional.gelu(self.widen(x))), None


def balance_loss(routing: Routing, counted: Tensor) -> tuple[Tensor, Tensor]:
    """(load-balance loss, z-loss) over the rows where ``counted`` (N,) is True. The first is 1 when even."""
    logits = routing.logits[counted]
    experts = logits.shape[-1]
    share = functional.one_hot(routing.chosen[counted], experts).float().mean(0)
    probability = torch.softmax(logits, dim=-1).mean(0)
    return experts * (share * probability).sum(), torch.logsumexp(logits, dim=-1).square().mean()
