"""The golden set: systems of the project's own that no model is trained on, each with a normal run and one of faults.

It is played from fixed seeds, so it needs no data and is the same everywhere; the seeds are not those of the
benchmark, whose figures are published.
"""

from __future__ import annotations

from loglynx.bench.datasets.simulated import outbreaks
from loglynx.bench.task import Task
from services.trainer.plan import HELD_OUT_SIMULATORS

_FIT_LINES = 2_000
_SEEDS = (7_101, 7_202)


def golden_tasks(systems: tuple[str, ...] = HELD_OUT_SIMULATORS, fit_lines: int = _FIT_LINES) -> list[Task]:
    """One task per system: 200 windows to learn, about 250 to judge, of which some forty are faults."""
    return [outbreaks(system, system, fit_lines, _SEEDS) for system in systems]
