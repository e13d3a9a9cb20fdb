"""The bilingual demonstration: three streams of one shop that first live normally, then break in six known places.

A Go checkout (English), a Chinese order system and its PostgreSQL run side by side. Each writes 2450 lines of normal
life before its first fault, so a stream has learned by then; ``demo_manifest`` says what was planted where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.trainer.datasets.simulators.catalogue import SIMULATORS, plant
from services.trainer.datasets.simulators.engine import SimulatedLine

NORMAL_LINES = 2450
LINES_PER_STREAM = 2750
_START_MS = 1_772_445_600_000  # 2026-03-02 10:00 UTC, a Monday
_LINES_PER_S = 5.0
_STREAMS = {
    "checkout": ("go_orders", ("payment_provider_down", "goroutine_leak")),
    "orders-zh": ("spring_orders_zh", ("db_connection_lost", "credential_stuffing")),
    "postgres": ("postgresql", ("deadlock", "disk_full")),
}


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """Where a fault lies. ``first_line`` and ``last_line`` count lines of the stream from 0, both included."""

    stream: str
    fault: str
    category: str
    zh: str
    en: str
    first_line: int
    last_line: int


def demo_stream(seed: int, start_ms: int = _START_MS) -> list[tuple[str, SimulatedLine]]:
    """(stream name, line) of all three streams, in the order of time."""
    merged: list[tuple[str, SimulatedLine]] = []
    for stream, (system, faults) in _STREAMS.items():
        paced = replace(SIMULATORS[system], lines_per_s=_LINES_PER_S)
        planted = [(name, NORMAL_LINES + 20 + 140 * turn) for turn, name in enumerate(faults)]
        merged += [(stream, line) for line in plant(paced, seed, LINES_PER_STREAM, planted, start_ms)]
    return sorted(merged, key=lambda item: item[1].timestamp_ms)  # stable: keeps the order within a stream


def demo_manifest(lines: Sequence[tuple[str, SimulatedLine]]) -> list[PlantedFault]:
    """What a ``demo_stream`` holds, in the order in which it breaks."""
    where: dict[tuple[str, str], list[int]] = {}
    seen = dict.fromkeys(_STREAMS, 0)
    for stream, line in lines:
        if line.fault is not None:
            where.setdefault((stream, line.fault), []).append(seen[stream])
        seen[stream] += 1
    found = []
    for (stream, name), at in where.items():
        fault = SIMULATORS[_STREAMS[stream][0]].fault_named(name)
        found.append(PlantedFault(stream, name, fault.category, fault.zh, fault.en, min(at), max(at)))
    return found
