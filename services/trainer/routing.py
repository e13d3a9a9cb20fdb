"""What a mixture of experts does with events: which experts it uses, and what that costs in time."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from services.trainer.datasets.windows import Batch
from services.trainer.models.sequence_model import SequenceModel

_REPEATS = 15
_WINDOWS, _EVENTS = 64, 10


class HasVectors(Protocol):
    """Whatever holds line vectors (templates, dim)."""

    @property
    def vectors(self) -> Tensor: ...


def entropy_of_use(model: SequenceModel, batch: Batch, vectors: Tensor) -> list[float]:
    """Per layer, the entropy in bits of which expert the batch's events go to; log2(experts) when even."""
    with torch.no_grad():
        real = torch.from_numpy(batch.is_real)
        found = vectors[torch.from_numpy(batch.kind)] * real[..., None]
        reading = model.read(found, torch.from_numpy(batch.side), real)
    counted = torch.nn.functional.pad(real, (1, 0), value=False).reshape(-1)
    out = []
    for routing in reading.routing:
        share = torch.bincount(routing.chosen[counted], minlength=routing.logits.shape[1]).double()
        share = share[share > 0] / share.sum()
        out.append(round(float(-(share * share.log2()).sum()), 3))
    return out


def seconds_for(model: SequenceModel, known: HasVectors) -> float:
    """Least time for 64 windows of 10 events."""
    draw = np.random.default_rng(0)
    rows = torch.from_numpy(draw.integers(0, len(known.vectors), (_WINDOWS, _EVENTS)))
    side = torch.from_numpy(draw.random((_WINDOWS, _EVENTS, model.shape.side_dim), dtype=np.float32))
    real = torch.ones(_WINDOWS, _EVENTS, dtype=torch.bool)
    least = float("inf")
    with torch.no_grad():
        for _ in range(_REPEATS):
            started = time.perf_counter()
            model(known.vectors[rows], side, real)
            least = min(least, time.perf_counter() - started)
    return least
