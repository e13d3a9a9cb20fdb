"""The use case: archive and feedback become a candidate in the registry, with a report of what it would change.

freeze the data → graphs (the active model's, or tuned) → baselines and replay, stream by stream → the archive still
gives the same data → publish with the report in its lineage. Nothing is activated. Everything before publishing
happens in a directory that the registry's next writer sweeps, so a kill at any point leaves registry and archive as
they were, or with the whole candidate. Raises CommandFailed, ArtefactInvalid, ModelUnknown, OSError.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loglynx.bench.task import Case
from loglynx.failures import CommandFailed
from loglynx.retraining.baselines import as_taught
from loglynx.retraining.candidate import copy_graphs, finish, has_same_graphs, tune_graphs
from loglynx.retraining.dataset import TEACHES, Bounds, FrozenData, Span, UsedWindow, freeze, require_unchanged
from loglynx.retraining.events import events_of
from loglynx.retraining.replay import Replayed, active_side, candidate_side, replay, report_of
from services.detector.device import Device
from services.detector.settings import DetectorSettings
from services.detector.worker import load_detector
from services.trainer.publish import code_version
from shared.artefacts.lineage import Lineage
from shared.artefacts.manifest import load_artefact
from shared.artefacts.publishing import incoming
from shared.artefacts.registry import Entry, ModelRegistry
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence

Say = Callable[[str], None]
NOTE = "retraining"  # under this name the report lies in the candidate's lineage
_KNOWN_LINES = 100_000
_AT_ONCE = 500
_MOST_TUNED_ON = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """archive  its directory    streams  None: all    steps  of tuning, 0: the active model's graphs as they are

    author, command  are written into the lineage
    """

    archive: Path
    span: Span
    streams: frozenset[str] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    steps: int = 0
    seed: int = 0
    author: str = ""
    command: tuple[str, ...] = ()


def frozen(asked: Asked) -> FrozenData:
    """The data of a retraining. Raises CommandFailed where there is none to learn from."""
    if not asked.archive.is_dir():
        raise CommandFailed("there is no archive", "it is written by `loglynx up`; name it with --archive")
    data = freeze(asked.archive, asked.span, asked.streams, asked.bounds)
    if not data.streams:
        raise CommandFailed("the archive holds no scored window of that time", "a longer --since, or other streams")
    return data


def retrain(asked: Asked, registry: ModelRegistry, say: Say) -> tuple[Entry, FrozenData]:
    """The published candidate and what it was made of."""
    say("reading the archive")
    data = frozen(asked)
    teaching = [name for name in data.streams if name not in data.refused]
    if not teaching:
        why = "; ".join(f"{name}: {reason}" for name, reason in data.refused.items())
        raise CommandFailed(f"no stream can teach: {why}"[:500])
    parent = registry.load(registry.active())
    with incoming(registry.root) as scratch:
        directory = scratch / "candidate"
        if asked.steps:
            require_unchanged(asked.archive, data, asked.streams, asked.bounds)
            say(f"tuning both networks for {asked.steps} steps each")
            normal = [window for name in teaching for window in _taught_events(data.streams[name])]
            graphs = tune_graphs(parent.artefact, normal[-_MOST_TUNED_ON:], asked.steps, asked.seed, directory, say)
        else:
            graphs = copy_graphs(parent.artefact, directory)
        baselines, replayed = _learn_and_replay(parent.artefact.directory, directory, data, teaching, say)
        if has_same_graphs(graphs, parent.artefact):
            baselines = _known_before(parent, baselines)
        require_unchanged(asked.archive, data, asked.streams, asked.bounds)
        report = {"replay": report_of(replayed, data.days), "data": data.to_json(), "steps": asked.steps}
        finish(directory, graphs, baselines, {"data_sha256": data.digest, "steps": asked.steps})
        load_artefact(directory)
        say("publishing")
        return registry.publish(directory, _lineage(asked, parent.address, data, report)), data


def labelled_cases(data: FrozenData) -> list[Case]:
    """What people said, as the gates ask for it."""
    cases = []
    for rows in data.streams.values():
        said = [row for row in rows if row.labelled.is_anomaly is not None and row.window.lines]
        events = events_of([row.window for row in said])
        cases += [Case(e, bool(row.labelled.is_anomaly)) for e, row in zip(events, said, strict=True)]
    return cases


def _taught_events(rows: Sequence[UsedWindow]) -> list[Any]:
    return events_of([row.window for row in rows if row.use in TEACHES and row.window.lines])


def _known_before(parent: Entry, baselines: dict[str, Baseline]) -> dict[str, Baseline]:
    """Streams that the parent knew and that were not taught now stay known."""
    from shared.artefacts.stream_baselines import known_streams, read_baseline

    dim = parent.artefact.manifest.shapes.dim
    return {name: read_baseline(b, dim) for name, b in known_streams(parent.artefact).items()} | baselines


def _learn_and_replay(
    active: Path, candidate: Path, data: FrozenData, teaching: Sequence[str], say: Say
) -> tuple[dict[str, Baseline], list[tuple[str, Replayed]]]:
    settings = DetectorSettings.from_environment()
    old_reader, old_reference = load_detector(active, settings.threads, _KNOWN_LINES, Device.CPU)
    is_same = has_same_graphs(load_artefact(active), load_artefact(candidate))
    new_reader, new_reference = load_detector(candidate, settings.threads, _KNOWN_LINES, Device.CPU)
    baselines: dict[str, Baseline] = {}
    replayed: list[tuple[str, Replayed]] = []
    for number, name in enumerate(teaching, start=1):
        say(f"learning and replaying stream {number} of {len(teaching)}")
        rows = [row for row in data.streams[name] if row.window.lines]
        events = events_of([row.window for row in rows])

        def read(reader: Any, events: Sequence[Any] = events) -> list[WindowEvidence]:
            parts = [reader.read(events[at : at + _AT_ONCE]) for at in range(0, len(events), _AT_ONCE)]
            return [seen for part in parts for seen in part]

        new = read(new_reader)
        old = new if is_same else read(old_reader)
        baseline = as_taught(rows, new, settings.learn_windows)
        if baseline is None:
            continue
        baselines[name] = baseline
        sides = active_side(old, old_reference.judge), candidate_side(new, new_reference.judge)
        replayed.append((name, replay(rows, *sides, settings.learn_windows, settings.alarm_budget)))
    return baselines, replayed


def _lineage(asked: Asked, parent: str, data: FrozenData, report: dict[str, Any]) -> Lineage:
    return Lineage(
        parent=parent,
        data_sha256=data.digest,
        code=code_version(),
        command=asked.command,
        author=asked.author,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        notes={NOTE: report},
    )
