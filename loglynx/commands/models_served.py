"""Which model is served: the gates it must pass, the change itself, the way back, and a candidate in the shadow.

Commands of ``loglynx models``, which registers them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loglynx.client import Server
from loglynx.failures import EXIT_FOUND, CommandFailed
from loglynx.model_registry import (
    AuthorOption,
    Model,
    RegistryOption,
    activation,
    author_of,
    opened,
    short,
)
from loglynx.options import DEFAULT_DATA_PATH, DEFAULT_SERVER_URL, AsJson, DataDirOption, Key, Url
from loglynx.terminal import print_json, remarks, results, safe
from shared.artefacts.registry import ModelRegistry

if TYPE_CHECKING:
    from loglynx.promotion.gates import GateReport

FeedbackOption = Annotated[
    Path | None,
    typer.Option(
        "--feedback",
        metavar="FILE",
        help='Windows that people have labelled, one a line: {"lines": ["..."], "label": 0 or 1}.',
    ),
]


def gates(
    model: Model,
    feedback: FeedbackOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Measure a model beside the active one; exit 1 when it does not pass. Changes nothing."""
    with opened(registry, data_dir) as found:
        report = _ask(found, found.find(model), feedback)
    _tell_gates(report, as_json)
    return 0 if report.is_passed else EXIT_FOUND


def activate(
    model: Model,
    force: Annotated[bool, typer.Option("--force", help="Without asking the gates; written down.")] = False,
    feedback: FeedbackOption = None,
    author: AuthorOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Serve this model from now on, if it passes the gates; exit 1 when it does not."""
    with opened(registry, data_dir) as found:
        address = found.find(model)
        if address == found.active():
            raise CommandFailed("that model is active already")
        before, gate_figures = found.active(), None
        if not force:
            report = _ask(found, address, feedback)
            _tell_gates(report, as_json)
            if not report.is_passed:
                remarks().print("not activated; --force would, and be written down")
                return EXIT_FOUND
            gate_figures = report.in_short()
        found.activate(activation(address, before, author_of(author), gate_figures, is_forced=force))
    _tell_active(address)
    return 0


def rollback(
    author: AuthorOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Serve again what the active model replaced; no gates are asked."""
    with opened(registry, data_dir) as found:
        before, address = found.active(), found.predecessor()
        found.activate(activation(address, before, author_of(author), why="rollback"))
    _tell_active(address)
    return 0


def shadow(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="As in `show`; not with --off.", show_default=False)
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="No model is in the shadow any more.")] = False,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Let a model score live windows beside the active one, without any effect."""
    if (model is None) != off:
        raise CommandFailed("name one model, or --off", "loglynx models list")
    with opened(registry, data_dir) as found:
        address = None if model is None else found.find(model)
        found.set_shadow(address)
    remarks().print(f"in the shadow: {short(address) if address else 'no model'}")
    return 0


def shadow_report(url: Url = DEFAULT_SERVER_URL, key: Key = None, as_json: AsJson = False) -> int:
    """Show what models in the shadow made of live windows, the latest first."""
    with Server(url, key) as server:
        answer = server.get("/api/v1/shadows")
    if as_json:
        print_json(answer)
        return 0
    out = results()
    for report in answer.get("shadows") or []:
        for name, value in report.items():
            if name != "disagreements":
                out.print(f"{safe(str(name)):<18} {safe(str(value))}")
        for found in report.get("disagreements") or []:
            scores = f"{found['active_score']:.3f} -> {found['shadow_score']:.3f}"
            out.print(safe(f"  {found['kind']:<9} {scores}  {found['stream']}  {found['window_id']}"))
    if not answer.get("shadows"):
        remarks().print("no model has scored in the shadow yet")
    return 0


def _tell_active(address: str) -> None:
    remarks().print(f"active: {short(address)}; running detectors follow within seconds")


def _tell_gates(report: GateReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
        return
    for line in report.lines():
        results().print(safe(line))


def _ask(registry: ModelRegistry, address: str, feedback: Path | None) -> GateReport:
    try:
        from loglynx.promotion.promote import ask_gates, read_feedback
    except ImportError as error:
        raise CommandFailed(f"the gates need {error.name}", "pip install 'loglynx[detector]'") from error
    return ask_gates(registry, address, remarks().print, read_feedback(feedback) if feedback else ())
