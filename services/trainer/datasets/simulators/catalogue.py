"""Every simulated system by name, and the two ways to play one: at a rate of faults, or with faults planted.

A system is given by its name or as a ``Simulator`` (``synthetic_systems.random_system``). ``start_ms`` is the time of
the first line; without it the seed picks a moment of 2025 or 2026. Unknown names raise KeyError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from services.trainer.datasets.simulators.engine import Playback, SimulatedLine, Simulator
from services.trainer.datasets.simulators.systems import ALL

SIMULATORS: Mapping[str, Simulator] = {system.name: system for system in ALL}


def _system(system: str | Simulator) -> Simulator:
    return SIMULATORS[system] if isinstance(system, str) else system


def simulate(
    system: str | Simulator, seed: int, lines: int, fault_rate: float = 0.0, start_ms: int | None = None
) -> list[SimulatedLine]:
    """``lines`` records; about ``fault_rate`` of them written by faults, which come one at a time.

    Raises ValueError if fault_rate is outside [0, 1).
    """
    if not 0.0 <= fault_rate < 1.0:
        raise ValueError("fault_rate must be in [0, 1)")
    played = _system(system)
    playback = Playback(played, seed, start_ms)
    rng = Random(f"faults:{seed}")
    out: list[SimulatedLine] = []
    broken = 0  # lines written by faults so far
    quiet = rng.expovariate(fault_rate / 20) if fault_rate else 0.0  # lines until the next fault may start
    for line in playback.play():
        out.append(line)
        if len(out) >= lines:
            break
        broken += line.fault is not None
        if not fault_rate or playback.active_faults:
            continue
        quiet -= 1
        if quiet <= 0 and broken <= fault_rate * len(out):
            playback.start_fault(rng.choice(played.faults))
            quiet = rng.uniform(5, 40)
    return out


def plant(
    system: str | Simulator,
    seed: int,
    lines: int,
    faults: Sequence[tuple[str, int]],
    start_ms: int | None = None,
) -> list[SimulatedLine]:
    """``lines`` records with each named fault starting at its 0-based line; its first own line follows soon after.

    Example: ``plant("spring_orders_zh", 7, 1200, [("db_connection_lost", 1000)])``.
    Raises KeyError if the system has no such fault.
    """
    played = _system(system)
    waiting = sorted(((at, played.fault_named(name)) for name, at in faults), key=lambda due: due[0])
    playback = Playback(played, seed, start_ms)
    out: list[SimulatedLine] = []
    for line in playback.play():
        out.append(line)
        if len(out) >= lines:
            break
        while waiting and waiting[0][0] <= len(out):
            playback.start_fault(waiting.pop(0)[1])
    return out
