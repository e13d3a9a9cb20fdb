"""Faults with a known beginning in systems of our own, Chinese and English: needs no data.

Fitted on three thousand lines of normal life; judged on another run of the system, of another seed and so of other
hosts and names, in which every fault that it knows breaks out twice.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.source import Source
from loglynx.bench.stream_events import FIRST_DAY_MS
from loglynx.bench.task import Case, Task
from services.trainer.datasets.simulators.catalogue import SIMULATORS, plant
from services.trainer.datasets.simulators.engine import SimulatedLine
from services.trainer.plan import HELD_OUT_SIMULATORS
from shared.core.parsing import LineParser
from shared.core.records import Event

_SYSTEMS = {
    "zh": ("gateway_zh", "iot_gateway_zh", "bank_batch_zh", "spring_orders_zh"),
    "en": ("go_orders", "postgresql", "kafka_broker", "nginx"),
}
_SIZE, _FIT_LINES = 10, 3000
_FIRST_FAULT, _APART = 300, 150
_KNOWN_NOTE = "simulated; the shipped model learnt from other runs of this system"
_HELD_OUT_NOTE = "simulated; the shipped model never saw this system"


def simulated(_: Path, name: str, system: str) -> Task:
    return outbreaks(name, system, _FIT_LINES, (101, 202))


def outbreaks(name: str, system: str, fit_lines: int, seeds: tuple[int, int], turns: int = 2) -> Task:
    """Every fault breaks out ``turns`` times. ``seeds``: of the normal run, of the run with faults."""
    faults = [fault.name for fault in SIMULATORS[system].faults] * turns
    planted = [(fault, _FIRST_FAULT + _APART * turn) for turn, fault in enumerate(faults)]
    lines = plant(system, seeds[1], planted[-1][1] + 2 * _APART, planted)
    fit = fixed(_SIZE).cases(normal_life(system, fit_lines, seeds[0]))
    test = fixed(_SIZE).cases(_read(lines), [line.fault is not None for line in lines])
    note = _HELD_OUT_NOTE if system in HELD_OUT_SIMULATORS else _KNOWN_NOTE
    return Task(name, "stream", tuple(fit), tuple(test), note=note, episodes=_episodes(lines, planted, test))


def normal_life(system: str, lines: int, seed: int = 101) -> list[Event]:
    """A run of the system without faults."""
    return _read(plant(system, seed, lines, []))


def _read(lines: list[SimulatedLine]) -> list[Event]:
    parser = LineParser()
    return [parser.parse(line.text, line.timestamp_ms or FIRST_DAY_MS) for line in lines]


def _episodes(
    lines: list[SimulatedLine], planted: list[tuple[str, int]], test: list[Case]
) -> tuple[tuple[int, int], ...]:
    """For each outbreak the windows from its first line to its last."""
    found = []
    for fault, begin in planted:
        end = min((at for name, at in planted if name == fault and at > begin), default=len(lines))
        own = [at for at in range(begin, end) if lines[at].fault == fault]
        if own:
            found.append((own[0] // _SIZE, min(own[-1] // _SIZE + 1, len(test))))
    return tuple(found)


SOURCES = {
    f"{language}-faults-{system}": Source((), partial(simulated, name=f"{language}-faults-{system}", system=system))
    for language, systems in _SYSTEMS.items()
    for system in systems
}
