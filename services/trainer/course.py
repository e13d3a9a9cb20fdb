"""Where a fit runs, what it keeps against a crash, who watches it, and which processes share the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch

from services.trainer.checkpoints import Checkpoints
from services.trainer.compute import Compute
from services.trainer.peers import Peers

# What is watched: the stage, the step, figures by name.
Watch = Callable[[str, int, Mapping[str, float]], None]


def nobody(stage: str, step: int, figures: Mapping[str, float]) -> None:
    """Nobody watches."""


def plain_processor() -> Compute:
    """One process, float32: what gives the same weights everywhere."""
    return Compute(torch.device("cpu"), "float32")


@dataclass(frozen=True, slots=True)
class Course:
    """``checkpoints`` is None for a fit that is over before anybody would miss it."""

    compute: Compute = field(default_factory=plain_processor)
    checkpoints: Checkpoints | None = None
    watch: Watch = nobody
    peers: Peers = field(default_factory=Peers)
