"""What a tuning run is asked to do, and what it says when it will not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

BACKENDS = ("trl", "unsloth")


class TuningRefused(ValueError):
    """``message`` says what is wrong, ``fix`` what to try; neither repeats the rows' content."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message, self.fix = message, fix


@dataclass(frozen=True, slots=True)
class TunePlan:
    """One run.

    base        directory of the base model; ``base_name`` is how people call it
    registry    where the adapter is published
    rank        of the adapter, on every linear layer; its scale is ``2 * rank``
    steps       0: as many as ``epochs`` make
    batch       rows in memory at once; ``accumulate`` batches make one step
    max_tokens  longer rows are left out, never cut
    """

    base: Path
    base_name: str
    registry: Path
    rank: int = 16
    learning_rate: float = 2e-4
    epochs: float = 2.0
    steps: int = 0
    batch: int = 4
    accumulate: int = 4
    max_tokens: int = 4096
    seed: int = 0
    is_4bit: bool = True
    device: str = "auto"
    threads: int = 1
    backend: str = "trl"

    def steps_for(self, rows: int) -> int:
        """How many steps ``rows`` rows make."""
        if self.steps:
            return self.steps
        per_epoch = -(-rows // (self.batch * self.accumulate))
        return max(1, round(per_epoch * self.epochs))

    def digest(self, base_digest: str, data_digest: str) -> str:
        """12 hex digits: an interrupted run is gone on with only if nothing that shapes its weights has changed."""
        shaping = asdict(self) | {"base": base_digest, "data": data_digest}
        for name in ("base_name", "registry", "threads"):
            del shaping[name]
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:12]
