"""What a training run keeps so that one that was killed goes on to the very result it would have had.

One file per stage, written whole or not at all. ``identity`` says what is trained on what: a checkpoint of another
run is refused, not mixed in. Files are read as plain tensors and values, never as code.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

_EVERY_S = 30.0


class CheckpointMismatch(ValueError):
    """The directory holds the checkpoint of another run."""


class Checkpoints:
    """``is_resuming``: go on from what lies there. ``is_writer``: of several processes one writes."""

    def __init__(
        self,
        directory: Path,
        identity: str,
        is_resuming: bool,
        is_writer: bool = True,
        every_s: float = _EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory, self.identity, self.is_writer = directory, identity, is_writer
        self._every_s, self._clock, self._is_resuming = every_s, clock, is_resuming
        self._written = clock()
        directory.mkdir(parents=True, exist_ok=True)

    def beside(self, name: str) -> Checkpoints:
        """Checkpoints of the same run in a directory below: of another fit whose stages have the same names."""
        directory, identity = self.directory / name, f"{self.identity} {name}"
        return Checkpoints(directory, identity, self._is_resuming, self.is_writer, self._every_s, self._clock)

    def load(self, stage: str) -> dict[str, Any] | None:
        """What the stage kept; None when it starts anew. Raises CheckpointMismatch, also for a damaged file."""
        path = self.directory / f"{stage}.pt"
        if not self._is_resuming or not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            is_ours = state.pop("identity") == self.identity
        except Exception as error:
            raise CheckpointMismatch(f"{path} cannot be read as a checkpoint") from error
        if not is_ours:
            raise CheckpointMismatch(
                f"{path} belongs to another run: other data, options, model or number of processes"
            )
        return state

    def is_due(self) -> bool:
        """Has enough time passed since the last?"""
        return self.is_writer and self._clock() - self._written >= self._every_s

    def save(self, stage: str, state: dict[str, Any]) -> None:
        """Keep ``state``: tensors, numbers, texts, dicts and lists of them."""
        if not self.is_writer:
            return
        path, part = self.directory / f"{stage}.pt", self.directory / f"{stage}.part"
        with part.open("wb") as file:
            torch.save({**state, "identity": self.identity}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        self._written = self._clock()


def chance_as_text(numbers: np.random.Generator) -> str:
    """The state of a generator."""
    return json.dumps(numbers.bit_generator.state)


def restore_chance(numbers: np.random.Generator, state: str) -> None:
    """Inverse of ``chance_as_text``, in place."""
    numbers.bit_generator.state = json.loads(state)
