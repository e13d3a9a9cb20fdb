"""What one training run is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.trainer.datasets.corpus import CorpusSize

HELD_OUT_SIMULATORS = ("go_orders", "kafka_broker", "postgresql", "spring_orders_zh")

HELD_OUT_RECORDED = ("mosquitto", "orders_zh", "postgresql")


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps, where given, take the place of minutes. Systems named in ``held_out`` (simulated) and
    ``held_out_recorded`` are for evaluation only. ``device`` and ``precision`` as Compute.choose takes them."""

    output: Path
    seed: int = 0
    minutes: float = 20.0
    encoder_steps: int | None = None
    sequence_steps: int | None = None
    threads: int = 2
    size: CorpusSize = field(default_factory=CorpusSize)
    held_out: tuple[str, ...] = HELD_OUT_SIMULATORS
    held_out_recorded: tuple[str, ...] = HELD_OUT_RECORDED
    device: str = "auto"
    precision: str = "auto"
    note: str = ""
