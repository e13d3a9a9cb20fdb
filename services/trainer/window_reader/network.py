"""The transformer over the lines of a window, in torch; shared.core.window_network runs it with numpy.

Trained on readings of readers that never saw the line's templates, it learns what such readings are worth: whom to
believe, which trouble is the root of which, what only sounds like trouble. Parameters have the names numpy reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.trainer.window_reader.corpus import Windows
from services.trainer.window_reader.line_readings import Readings
from shared.core.records import Level
from shared.core.window_network import HEADS, columns_for, level_columns, window_columns

FloatArray = NDArray[np.float32]
_NOWHERE = -1e9


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Shape and training. ``hidden``: share of the columns that are hidden from a step."""

    dim: int = 64
    inner: int = 128
    layers: int = 2
    drop: float = 0.1
    hidden: float = 0.05
    rate: float = 2e-3
    decay: float = 0.05
    batch: int = 128
    epochs: int = 12
    seed: int = 0


class Layer(nn.Module):
    """Attention between lines, then two linear layers; each behind a norm and beside what was there."""

    def __init__(self, plan: NetworkPlan) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(plan.dim), nn.LayerNorm(plan.dim)
        self.look, self.merge = nn.Linear(plan.dim, 3 * plan.dim), nn.Linear(plan.dim, plan.dim)
        self.inner, self.outer = nn.Linear(plan.dim, plan.inner), nn.Linear(plan.inner, plan.dim)
        self.drop = nn.Dropout(plan.drop)

    def forward(self, hidden: Tensor, is_there: Tensor) -> Tensor:
        """(W, L, dim)."""
        windows, lines, dim = hidden.shape
        parts = self.look(self.first(hidden)).chunk(3, dim=-1)
        queries, keys, values = (part.view(windows, lines, HEADS, dim // HEADS).transpose(1, 2) for part in parts)
        seen = nn.functional.scaled_dot_product_attention(queries, keys, values, is_there[:, None, None, :])
        hidden = hidden + self.drop(self.merge(seen.transpose(1, 2).reshape(windows, lines, dim)))
        inner = nn.functional.gelu(self.inner(self.second(hidden)), approximate="tanh")
        return torch.as_tensor(hidden + self.drop(self.outer(self.drop(inner))))


class WindowTransformer(nn.Module):
    """See shared.core.window_network.WindowNetwork."""

    def __init__(self, categories: int, plan: NetworkPlan) -> None:
        super().__init__()
        columns = columns_for(categories)
        self.enter = nn.Linear(columns, plan.dim)
        self.layers = nn.ModuleList(Layer(plan) for _ in range(plan.layers))
        self.leave = nn.LayerNorm(plan.dim)
        self.evidence = nn.Linear(plan.dim, 1)
        self.category, self.direct = nn.Linear(plan.dim, categories), nn.Linear(columns, categories)

    def forward(self, columns: Tensor, is_there: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities: (W, L) that a line carries the evidence; (W, L, k) of the category if it does."""
        hidden = self.enter(columns)
        for layer in self.layers:
            hidden = layer(hidden, is_there)
        hidden = self.leave(hidden)
        evidence = self.evidence(hidden)[..., 0].masked_fill(~is_there, _NOWHERE)
        category = self.category(hidden) + self.direct(columns)
        return torch.log_softmax(evidence, 1), torch.log_softmax(category, 2)


@dataclass(frozen=True, slots=True)
class Table:
    """Windows as the network is fed: columns (W, L, columns), 0 on padding, and the truth."""

    columns: Tensor
    is_there: Tensor
    is_evidence: Tensor
    category: Tensor

    def rows(self, chosen: Tensor | slice) -> Table:
        return Table(self.columns[chosen], self.is_there[chosen], self.is_evidence[chosen], self.category[chosen])


def table_of(windows: Windows, readings: Readings, levels: Sequence[Level | None], is_training: bool) -> Table:
    """Training windows see what readers without the line's fold say, others what the readers fitted on all say."""
    level = level_columns(levels)
    width = columns_for(readings.of_all.shape[2] - 1)
    columns = np.zeros((*windows.lines.shape, width), np.float32)
    for row, is_there in enumerate(windows.is_there):
        lines, fold = windows.lines[row, is_there], windows.fold[row, is_there]
        said = readings.held_out[:, fold, lines] if is_training else readings.of_all[:, lines]
        columns[row, : len(lines)] = window_columns(list(said.astype(np.float32)), level[lines])
    return Table(
        torch.from_numpy(columns),
        torch.from_numpy(windows.is_there),
        torch.from_numpy(windows.is_evidence),
        torch.from_numpy(windows.category),
    )


def loss_of(model: WindowTransformer, table: Table) -> tuple[Tensor, Tensor, Tensor]:
    """Nats of the right lines and the right category together; (W, L) of lines, (W, k) of categories."""
    evidence, category = model(table.columns, table.is_there)
    right_lines = torch.logsumexp(evidence.masked_fill(~table.is_evidence, _NOWHERE), 1)
    mixed = torch.logsumexp(evidence[..., None] + category, 1)
    right_category = mixed.gather(1, table.category[:, None])[:, 0]
    return -(right_lines + right_category).mean(), evidence, mixed


def fit_network(
    table: Table, categories: int, plan: NetworkPlan, tick: Callable[[int, int], None]
) -> WindowTransformer:
    """``tick(step, steps)`` after each step."""
    torch.manual_seed(plan.seed)
    model = WindowTransformer(categories, plan)
    optimiser = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=plan.decay)
    count = len(table.category)
    steps = plan.epochs * -(-count // plan.batch)
    step = 0
    for _ in range(plan.epochs):
        for chosen in torch.split(torch.randperm(count), plan.batch):
            part = table.rows(chosen)
            shown = part.columns * (torch.rand_like(part.columns) > plan.hidden)
            loss, _, _ = loss_of(model, Table(shown, part.is_there, part.is_evidence, part.category))
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * (1 - step / steps)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            tick(step, steps)
    return model.eval()
