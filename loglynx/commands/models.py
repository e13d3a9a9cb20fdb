"""``loglynx models``: the registry of detector models; which is served, and which was before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from loglynx.cli import HELP_SETTINGS
from loglynx.client import Server
from loglynx.endings import with_exit_code
from loglynx.failures import EXIT_FOUND, CommandFailed
from loglynx.model_registry import (
    AuthorOption,
    RegistryOption,
    activation,
    author_of,
    details_of,
    differences,
    failures_told,
    record_of,
    registry_at,
    short,
)
from loglynx.options import DEFAULT_DATA_PATH, DEFAULT_SERVER_URL, AsJson, DataDirOption, Key, Url
from loglynx.terminal import print_json, remarks, results, safe
from shared.artefacts.packing import pack, unpack
from shared.artefacts.registry import ModelRegistry

if TYPE_CHECKING:
    from loglynx.promotion.gates import GateReport

models = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
Model = Annotated[str, typer.Argument(metavar="MODEL", help="`shipped`, or first digits of an address or version.")]
FeedbackOption = Annotated[
    Path | None,
    typer.Option(
        "--feedback",
        metavar="FILE",
        help='Windows that people have labelled, one a line: {"lines": ["..."], "label": 0 or 1}.',
    ),
]


@models.callback()
def describe() -> None:
    """Models of the detector: what there is, what is served, and what was before.

    The first is the one that comes with Loglynx, `shipped`. Running detectors follow within seconds.

    \b
    loglynx models list
    loglynx models show 3f9c2a1b77
    loglynx models diff shipped 3f9c2a1b77
    loglynx models gates 3f9c2a1b77
    loglynx models activate 3f9c2a1b77
    loglynx models rollback
    loglynx models shadow 3f9c2a1b77
    loglynx models shadow-report
    loglynx models export 3f9c2a1b77 model.tar
    loglynx models import model.tar
    """


def list_models(
    registry: RegistryOption = None, data_dir: DataDirOption = DEFAULT_DATA_PATH, as_json: AsJson = False
) -> int:
    """List the models, oldest first."""
    found = registry_at(registry, data_dir)
    records = [record_of(found, address) for address in found.addresses()]
    if as_json:
        print_json(records)
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("model", "state", "version", "created", "size", "parent", "author"):
        table.add_column(heading, no_wrap=True)
    for record in records:
        table.add_row(*_row(record))
    results().print(table)
    return 0


def show(
    model: Model,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Show one model: where it came from, its figures, when it was served."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        details = details_of(found, found.load(found.find(model)))
    if as_json:
        print_json(details)
        return 0
    out = results()
    for name in ("address", "version", "created", "bytes", "active", "shadow", "directory"):
        out.print(f"{name:<12} {safe(str(details[name]))}")
    for name, value in details["lineage"].items():
        if value and name != "notes":
            out.print(f"{name:<12} {safe(' '.join(value) if name == 'command' else str(value))}")
    if sentence := _sentence_of(details["lineage"]["notes"]):
        out.print(f"{'report':<12} {safe(sentence)}")
    for change in details["history"]:
        forced = ", forced" if change["is_forced"] else ""
        by = f"{short(change['before'])} -> {short(change['to'])} by {change['author']}{forced}"
        out.print(f"{change['why']:<12} {safe(change['at'])} {safe(by)}")
    out.print("its figures: --json, and MODEL_CARD.md in its directory")
    return 0


def diff(
    one: Model,
    other: Model,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Show in what two models differ: training, figures, files."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        apart = differences(found.load(found.find(one)), found.load(found.find(other)))
    if as_json:
        print_json(apart)
        return 0
    out = results()
    for name, (left, right) in apart.items():
        out.print(f"{safe(name)}: {safe(str(left))} -> {safe(str(right))}")
    return 0


def gates(
    model: Model,
    feedback: FeedbackOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Measure a model beside the active one; exit 1 when it does not pass. Changes nothing."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        report = _ask(found, found.find(model), feedback)
    if as_json:
        print_json(report.to_json())
    else:
        _print_gates(results(), report)
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
    found = registry_at(registry, data_dir)
    with failures_told(found):
        address = found.find(model)
        if address == found.active():
            raise CommandFailed("that model is active already")
        before, gate_figures = found.active(), None
        if not force:
            report = _ask(found, address, feedback)
            if as_json:
                print_json(report.to_json())
            else:
                _print_gates(results(), report)
            if not report.is_passed:
                remarks().print("not activated; --force would, and be written down")
                return EXIT_FOUND
            gate_figures = report.in_short()
        found.activate(activation(address, before, author_of(author), gate_figures, is_forced=force))
    remarks().print(f"active: {short(address)}; running detectors follow within seconds")
    return 0


def rollback(
    author: AuthorOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Serve again what the active model replaced; no gates are asked."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        before, address = found.active(), found.predecessor()
        found.activate(activation(address, before, author_of(author)).model_copy(update={"why": "rollback"}))
    remarks().print(f"active: {short(address)}; running detectors follow within seconds")
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
    found = registry_at(registry, data_dir)
    with failures_told(found):
        address = None if model is None else found.find(model)
        if address == found.active():
            raise CommandFailed("that model is the active one")
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


def export(
    model: Model,
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Write a model to one file, to be carried elsewhere."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        pack(found, found.find(model), output)
    remarks().print(f"written: {safe(str(output))}")
    return 0


def import_model(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of `loglynx models export`.")],
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Take a model from a file: verified whole, and not served before it is activated."""
    found = registry_at(registry, data_dir)
    with failures_told(found):
        entry = unpack(found, source)
    results().print(entry.address)
    return 0


def _ask(registry: ModelRegistry, address: str, feedback: Path | None) -> GateReport:
    try:
        from loglynx.promotion.promote import ask_gates, read_feedback
    except ImportError as error:
        raise CommandFailed(f"the gates need {error.name}", "pip install 'loglynx[detector]'") from error
    return ask_gates(registry, address, remarks().print, read_feedback(feedback) if feedback else ())


def _sentence_of(notes: dict[str, Any]) -> str:
    """What a retrained candidate would change; "" for any other model."""
    retraining = notes.get("retraining")
    replay = retraining.get("replay") if isinstance(retraining, dict) else None
    return str(replay.get("sentence", "")) if isinstance(replay, dict) else ""


def _print_gates(console: Console, report: GateReport) -> None:
    for line in report.lines():
        console.print(safe(line))


def _row(record: dict[str, Any]) -> list[str]:
    state = " ".join(name for name in ("active", "shadow", "damaged") if record.get(name))
    size = f"{record['bytes'] / 1e6:.1f} MB" if "bytes" in record else ""
    parent, author = short(record.get("parent", "")), record.get("author", "")
    columns = (state, record.get("version", ""), record.get("created", ""), size, parent, author)
    return [short(record["address"]), *map(safe, columns)]


models.command("list", context_settings=HELP_SETTINGS)(with_exit_code(list_models))
models.command("show", context_settings=HELP_SETTINGS)(with_exit_code(show))
models.command("diff", context_settings=HELP_SETTINGS)(with_exit_code(diff))
models.command("gates", context_settings=HELP_SETTINGS)(with_exit_code(gates))
models.command("activate", context_settings=HELP_SETTINGS)(with_exit_code(activate))
models.command("rollback", context_settings=HELP_SETTINGS)(with_exit_code(rollback))
models.command("shadow", context_settings=HELP_SETTINGS)(with_exit_code(shadow))
models.command("shadow-report", context_settings=HELP_SETTINGS)(with_exit_code(shadow_report))
models.command("export", context_settings=HELP_SETTINGS)(with_exit_code(export))
models.command("import", context_settings=HELP_SETTINGS)(with_exit_code(import_model))
