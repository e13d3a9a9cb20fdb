"""Simulated systems as streams: their normal life, and another run of it in which things break.

In: a simulator's name or the simulator itself, a seed. Out: a Stream, read by the parser and normaliser that serve.
What a fault wrote is known because the simulator wrote it, not because a person said so.
"""

from __future__ import annotations

from dataclasses import replace

from services.trainer.datasets.simulators import Simulator, random_system, simulate
from services.trainer.datasets.streams import Stream, TemplateBook, draft_of, tone_of
from shared.core.normalising import template_of
from shared.core.parsing import LineParser

_FAULT_SHARE = 0.15  # of the lines of a breaking run
_OTHER_RUN = 50_021  # added to the seed


def simulated_stream(
    system: str | Simulator, seed: int, lines: int, book: TemplateBook, faults: float = 0.0
) -> Stream:
    """``lines`` lines of one run; ``wrong`` where a fault wrote the line, which about ``faults`` of them are."""
    written = simulate(system, seed, lines, faults)
    parser = LineParser()
    events = [parser.parse(line.text, line.timestamp_ms) for line in written]
    kinds = [book.number(template_of(event.message), tone_of(event)) for event in events]
    name = system if isinstance(system, str) else system.name
    return Stream(f"{name}-{seed}", draft_of(events, kinds, [line.fault is not None for line in written]))


def breaking_stream(system: str | Simulator, seed: int, lines: int, book: TemplateBook) -> Stream:
    """A normal run with ``faults``: a run of its own, half as long."""
    broken = simulated_stream(system, seed + _OTHER_RUN, lines // 2, book, _FAULT_SHARE).events
    return replace(simulated_stream(system, seed, lines, book), faults=broken if broken.wrong.any() else None)


def synthetic_streams(seed: int, count: int, lines: int, book: TemplateBook) -> list[Stream]:
    """``count`` systems that do not exist, every one of a different make; ``lines`` lines of each."""
    return [breaking_stream(random_system(seed * 100_003 + i), seed + i, lines, book) for i in range(count)]
