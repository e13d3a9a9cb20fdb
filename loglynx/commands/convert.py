"""``loglynx convert``: logs, and public data sets, into files of labelled rows."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe


class Source(StrEnum):
    """What is converted."""

    LOG = "log"
    LOGHUB = "loghub"
    AIT = "ait"


def convert(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A log, packed or not; a directory with --from.")
    ] = None,
    source: Annotated[str | None, typer.Option("--input", "-i", metavar="FILE", help="The same as FILE.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="[default: FILE_jsonl.json; with --from NAME_dataset]"),
    ] = None,
    anomaly_ratio: Annotated[
        float,
        typer.Option(
            "--anomaly-ratio", "-r", metavar="R", min=0.0, max=0.5, help="Of rows, simulated and marked so; 0: none."
        ),
    ] = 0.05,
    force: Annotated[bool, typer.Option("--force", "-f", help="Write even if the output is there.")] = False,
    analyze: Annotated[bool, typer.Option("--analyze", "-a", help="Describe the file, write nothing.")] = False,
    seed: Annotated[int, typer.Option("--seed", "-s", metavar="N", min=0, help="Which windows are spoiled.")] = 0,
    origin: Annotated[
        Source, typer.Option("--from", help="A data set of LogHub or of AIT, with its labels.")
    ] = Source.LOG,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="loghub: blocks and labels, as anomaly_label.csv.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="PATTERN", help="ait: of these logs alone.")] = None,
    window: Annotated[
        str, typer.Option("--window", metavar="RULE", help="Cut lines so: fixed:20, sliding:10:1, session:block:30")
    ] = "fixed:20",
    label_column: Annotated[
        bool, typer.Option("--label-column", help="The first word of a line is its label, - for normal.")
    ] = False,
    train_share: Annotated[
        float, typer.Option("--train-share", metavar="R", min=0.01, max=0.99, help="With --from: the first rows.")
    ] = 0.6,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=2, help="loghub: the first lines of each log alone.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Turn a log into windows to train on; or a data set of LogHub or AIT into one for bench, train and evaluate.

    An output that is there already is left alone unless --force. Simulated anomalies are spoiled copies of windows,
    marked "simulated" in their row; train and evaluate leave them out, bench refuses them.

    \b
    loglynx convert app.log                                  app_jsonl.json
    loglynx convert app.log --analyze
    loglynx convert -i app.log -o app.json -r 0.05 -f -s 1
    loglynx convert --from loghub BGL.log -o bgl
    loglynx convert --from loghub HDFS.log --labels anomaly_label.csv -o hdfs
    loglynx convert --from ait fox -o fox-auth --only '*/logs/auth.log*'
    """
    if (file is None) == (source is None):
        raise CommandFailed("convert needs one FILE", "loglynx convert app.log, or -i app.log")
    name = str(file or source)
    if analyze:
        from loglynx.commands.analyze import analyze as describe

        return describe(name, as_json)
    for option, is_given, where in (
        ("--labels", labels is not None, Source.LOGHUB),
        ("--limit", limit is not None, Source.LOGHUB),
        ("--only", only is not None, Source.AIT),
    ):
        if is_given and origin is not where:
            raise CommandFailed(f"{option} goes with --from {where.value} alone")
    if origin is Source.LOG:
        return _log(name, output, anomaly_ratio, force, seed, window, label_column, as_json)
    return _data_set(
        Path(name), output, force, origin, labels, only, window, label_column, train_share, limit, as_json
    )


def _log(
    name: str, output: Path | None, ratio: float, force: bool, seed: int, window: str, label_column: bool,
    as_json: bool,
) -> int:  # fmt: skip
    from loglynx.datafiles.conversion import convert_log, default_output
    from loglynx.training.cases import Reading

    target = output or default_output(name)
    if _is_there(target, force, as_json):
        return 0
    said = convert_log(name, target, Reading(window, label_column), ratio, seed)
    if as_json:
        print_json(
            {"output": str(target), "skipped": False, "rows": said.rows, "simulated": said.simulated,
             "is_labelled": said.is_labelled}
        )  # fmt: skip
        return 0
    results().print(f"{said.rows} windows in {safe(str(target))}, {said.simulated} of them simulated and marked so")
    if not said.is_labelled:
        remarks().print("no label is known: rows that are not simulated have the label null")
    return 0


def _data_set(
    path: Path, output: Path | None, force: bool, origin: Source, labels: Path | None, only: str | None, window: str,
    label_column: bool, train_share: float, limit: int | None, as_json: bool,
) -> int:  # fmt: skip
    from loglynx.datafiles.ait import read_ait
    from loglynx.datafiles.labelled_stream import DESCRIPTION, write_dataset
    from loglynx.datafiles.loghub import read_loghub

    target = output or Path(f"{path.resolve().name.split('.')[0]}_dataset")
    if _is_there(target / DESCRIPTION, force, as_json):
        return 0
    found = read_ait(path, only) if origin is Source.AIT else read_loghub(path, labels, label_column, limit)
    said = write_dataset(found, target, train_share, window)
    if as_json:
        print_json({"output": str(target), "skipped": False, **said})
        return 0
    for part in ("train", "test"):
        results().print(f"{part:<6}{said[part]['rows']:>9} rows, {said[part]['anomalies']} anomalous")
    remarks().print(f"loglynx bench --dataset {safe(str(target))}")
    return 0


def _is_there(target: Path, force: bool, as_json: bool) -> bool:
    """Whether the output is there and is to stay."""
    if force or not target.exists():
        return False
    if as_json:
        print_json({"output": str(target), "skipped": True})
    remarks().print(f"skipped: {safe(str(target))} is there already; --force writes it anew")
    return True
