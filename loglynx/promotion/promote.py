"""Measure a candidate beside the active model, and let the gates judge.

``feedback`` is any iterable of labelled windows; none means that nobody has labelled any. Raises ArtefactInvalid,
ModelUnknown, InputUnreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from loglynx.bench.own_rows import read_session_row, row_reader
from loglynx.bench.task import Case, Task
from loglynx.promotion.gates import GateReport, judge
from loglynx.promotion.golden import golden_tasks
from loglynx.promotion.measuring import Model, measure_model, measure_simple
from loglynx.promotion.replayed import replay_gates
from shared.artefacts.registry import ModelRegistry
from shared.artefacts.stream_baselines import proven_streams
from shared.core.parsing import LineParser

Say = Callable[[str], object]
_MOST_LABELLED = 20_000


def ask_gates(
    registry: ModelRegistry,
    address: str,
    say: Say,
    feedback: Iterable[Case] = (),
    tasks: Sequence[Task] | None = None,
) -> GateReport:
    """About half a minute on one core."""
    candidate, active = registry.load(address), registry.load(registry.active())
    proven_streams(candidate.artefact)  # nothing is measured with them, but they would be served
    models = (("the candidate", Model(candidate)), ("the active model", Model(active)))
    say("playing the golden set")
    golden = golden_tasks() if tasks is None else list(tasks)
    labelled = list(feedback)
    measured = []
    for role, model in models:
        say(f"measuring {role}")
        measured.append(measure_model(model, golden, labelled))
    say("measuring simple baselines")
    report = judge(measured[0], measured[1], measure_simple(golden))
    replayed = replay_gates(candidate.lineage, active.address)
    return replace(report, gates=(*report.gates, *replayed))


def read_feedback(path: Path) -> Iterator[Case]:
    """Labelled windows of a file, one JSON object a line: {"lines": ["..."], "label": 0 or 1}. Unlabelled ones are
    passed over; of more than 20 000 the last are not read."""
    parser = LineParser()
    count = 0
    for row in row_reader(path, read_session_row):
        if row.label is None:
            continue
        yield Case(tuple(parser.parse(part.text, part.at_ms or 0) for part in row.parts), row.label)
        count += 1
        if count >= _MOST_LABELLED:
            return
