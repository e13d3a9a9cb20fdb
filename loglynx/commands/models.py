"""``loglynx models``: the registry of detector models; which is served, and which was before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from loglynx.cli import HELP_SETTINGS
from loglynx.commands import models_served
from loglynx.endings import with_exit_code
from loglynx.failures import CommandFailed
from loglynx.model_registry import (
    Model,
    RegistryOption,
    details_of,
    differences,
    opened,
    record_of,
    registry_at,
    short,
)
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.terminal import print_json, remarks, results, safe
from shared.artefacts.packing import pack, unpack

models = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


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
    with opened(registry, data_dir) as found:
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
    with opened(registry, data_dir) as found:
        apart = differences(found.load(found.find(one)), found.load(found.find(other)))
    if as_json:
        print_json(apart)
        return 0
    out = results()
    for name, (left, right) in apart.items():
        out.print(f"{safe(name)}: {safe(str(left))} -> {safe(str(right))}")
    return 0


def export(
    model: Model,
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Write a model to one file, to be carried elsewhere."""
    with opened(registry, data_dir) as found:
        pack(found, found.find(model), output)
    remarks().print(f"written: {safe(str(output))}")
    return 0


def import_model(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of `loglynx models export`.")],
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Take a model from a file: verified whole, and not served before it is activated."""
    if not source.is_file():
        what = "is a directory" if source.is_dir() else "is no file"
        fix = "import takes the one file that `loglynx models export` writes"
        raise CommandFailed(f"{safe(str(source))} {what}", fix)
    with opened(registry, data_dir) as found:
        entry = unpack(found, source)
    results().print(entry.address)
    return 0


def _sentence_of(notes: dict[str, Any]) -> str:
    """What a retrained candidate would change; "" for any other model."""
    retraining = notes.get("retraining")
    replay = retraining.get("replay") if isinstance(retraining, dict) else None
    return str(replay.get("sentence", "")) if isinstance(replay, dict) else ""


def _row(record: dict[str, Any]) -> list[str]:
    state = " ".join(name for name in ("active", "shadow", "damaged") if record.get(name))
    size = f"{record['bytes'] / 1e6:.1f} MB" if "bytes" in record else ""
    parent, author = short(record.get("parent", "")), record.get("author", "")
    columns = (state, record.get("version", ""), record.get("created", ""), size, parent, author)
    return [short(record["address"]), *map(safe, columns)]


for name, command in (
    ("list", list_models),
    ("show", show),
    ("diff", diff),
    ("gates", models_served.gates),
    ("activate", models_served.activate),
    ("rollback", models_served.rollback),
    ("shadow", models_served.shadow),
    ("shadow-report", models_served.shadow_report),
    ("export", export),
    ("import", import_model),
):
    models.command(name, context_settings=HELP_SETTINGS)(with_exit_code(command))
