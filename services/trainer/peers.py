"""Several processes that train one model: each takes its share of the batches, and gradients are averaged.

Started by ``torchrun`` or ``accelerate launch``, which set up the rendezvous; NCCL between GPUs, gloo between
processors. All processes draw the same batches from the same seed and hold the same weights throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import torch
from torch import distributed, nn

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Peers:
    """This process is number ``rank`` of ``count``; on its own machine number ``local_rank``."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @classmethod
    def join(cls) -> Peers:
        """Meet the others, where this process was started as one of several; alone otherwise."""
        if not distributed.is_available() or not distributed.is_torchelastic_launched():
            return cls()
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        return cls(distributed.get_rank(), distributed.get_world_size(), distributed.get_node_local_rank(0))

    @property
    def is_first(self) -> bool:
        """Writes, speaks and publishes for all."""
        return self.rank == 0

    def own(self, batches: Iterable[B]) -> Iterator[B]:
        """Every ``count``-th batch; what is left over at the end is nobody's, so that all take as many steps."""
        if self.count == 1:
            yield from batches
            return
        iterator = iter(batches)
        while len(group := list(islice(iterator, self.count))) == self.count:
            yield group[self.rank]

    def average_gradients(self, model: nn.Module) -> None:
        """In place, over all processes."""
        if self.count == 1:
            return
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([p.grad.reshape(-1) for p in parameters if p.grad is not None])
        distributed.all_reduce(flat)
        flat /= self.count
        start = 0
        for parameter in parameters:
            size = parameter.numel()
            parameter.grad = flat[start : start + size].reshape(parameter.shape).clone()
            start += size

    def agree(self, value: float, device: torch.device) -> float:
        """What the first process says: all stop and keep weights by the same figure."""
        if self.count == 1:
            return value
        said = torch.tensor([value], dtype=torch.float32 if device.type == "cuda" else torch.float64, device=device)
        distributed.broadcast(said, 0)
        return float(said)

    def leave(self) -> None:
        """The work is done."""
        if self.count > 1 and distributed.is_initialized():
            distributed.destroy_process_group()
