"""``loglynx train``: from logs to a detector of one's own, evaluated, calibrated and ready to serve."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from loglynx.failures import CommandFailed
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.terminal import print_json, remarks, results, safe
from shared.artefacts.manifest import ALLOWED, MANIFEST
from shared.artefacts.sequence_detector import ALLOWED as DETECTOR_FILES
from shared.artefacts.sequence_detector import MANIFEST as DETECTOR_MANIFEST

# A directory that holds these and nothing else is a model, and is replaced by the new one.
_MODEL_FILES = ALLOWED | DETECTOR_FILES | {MANIFEST, DETECTOR_MANIFEST}


class ModelType(StrEnum):
    """As loglynx.training.run.TYPES."""

    MOE = "moe"
    TINYLOGBERT = "tinylogbert"
    LOGBERT_DISTIL = "logbert_distil"
    LOGBERT = "logbert"
    DEEPLOG = "deeplog"
    AUTOENCODER = "autoencoder"
    GNN = "gnn"


def train(
    data: Annotated[
        str,
        typer.Option(
            "--data", "--data-file", metavar="FILE|DIR|stream:NAME", help="Logs, raw or JSON; or a running stream."
        ),
    ],
    model_type: Annotated[
        ModelType, typer.Option("--model-type", help="What to train; gnn is experimental.")
    ] = ModelType.TINYLOGBERT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the model goes.  [default: ./TYPE]")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", metavar="N", min=1, help="Passes over the data at most.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", metavar="N", min=1, help="Windows in a batch; not for moe.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", metavar="X", min=1e-7, max=1.0, help="At its highest.")
    ] = None,
    sample_limit: Annotated[
        int | None, typer.Option("--sample-limit", metavar="N", min=1, help="Read so many windows at most.")
    ] = None,
    checkpoint_dir: Annotated[
        Path | None,
        typer.Option("--checkpoint-dir", metavar="DIR", help="What --resume needs.  [default: OUTPUT.checkpoints]"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    anomaly_ratio: Annotated[
        float,
        typer.Option(
            "--anomaly-ratio", metavar="R", min=0.0, max=0.5, help="Report simulated anomalies at this ratio, apart."
        ),
    ] = 0.0,
    alarm_budget: Annotated[
        float,
        typer.Option("--alarm-budget", metavar="SHARE", min=1e-6, max=0.5, help="Of normal windows, may be flagged."),
    ] = 0.001,
    window: Annotated[
        str,
        typer.Option("--window", metavar="RULE", help="Cut lines so: fixed:20, sliding:10:1, session:block:30"),
    ] = "fixed:20",
    label_column: Annotated[
        bool, typer.Option("--label-column", help="The first word of a line is its label, - for normal, as in BGL.")
    ] = False,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="moe: from nothing instead of the shipped model.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed, the same model.")] = 0,
    device: Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda", help="Where to train.")] = "auto",
    precision: Annotated[
        str, typer.Option("--precision", metavar="auto|float32|bfloat16", help="auto: bfloat16 where it is fast.")
    ] = "auto",
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Of the processor.")] = 1,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Train a detector of your own logs, without labels.

    Raw logs and JSON are read alike; labelled anomalies are left out of training. The threshold is set on normal
    windows that training never saw. The model is a directory for `loglynx evaluate`, `compare` and `scan --model`.
    A run that was killed goes on with --resume and ends with the same model. Several GPUs or processes: torchrun.

    \b
    loglynx train --data app.log --model-type tinylogbert --epochs 5 --batch-size 32 -o models/app
    loglynx train --data hdfs.jsonl --model-type logbert_distil --sample-limit 20000
    loglynx train --data stream:nginx --model-type moe -o models/nginx
    torchrun --nproc-per-node 4 -m loglynx train --data app.log --model-type deeplog -o models/app
    """
    from loglynx.stack.data_dir import DataDir
    from loglynx.training.cases import Reading, read_cases
    from loglynx.training.stream_source import StackSource

    try:
        from loglynx.training.run import Asked, run_training
    except ImportError as error:
        raise CommandFailed(f"training needs {error.name}", "pip install 'loglynx[trainer,bench]'") from error
    from services.trainer.pace import say_on_stderr

    target = output or Path(model_type.value)
    _refuse_foreign(target)
    read = read_cases(data, Reading(window, label_column, sample_limit, StackSource(DataDir(data_dir))))
    asked = Asked(
        model_type.value,
        target,
        checkpoint_dir or target.with_name(target.name + ".checkpoints"),
        resume,
        epochs,
        batch_size,
        learning_rate,
        anomaly_ratio,
        alarm_budget,
        seed,
        device,
        precision,
        threads,
        from_scratch,
    )
    report = run_training(read, asked, say_on_stderr)
    if report is None:
        return 0
    if as_json:
        print_json(report)
    else:
        _print(report)
    return 0


def _refuse_foreign(target: Path) -> None:
    """A directory of somebody's is not to be replaced by a model."""
    if target.is_dir() and any(target.iterdir()):
        if {path.name for path in target.iterdir()} - _MODEL_FILES:
            raise CommandFailed(f"{target} holds other files than a model", "give --output a directory of its own")
    elif target.exists() and not target.is_dir():
        raise CommandFailed(f"{target} is a file", "give --output a directory")


def _print(report: dict[str, Any]) -> None:
    out = results()
    mark = "  (experimental)" if report["is_experimental"] else ""
    out.print(f"{report['model_type']} {report['version']}{mark} in {safe(report['artefact'])}")
    for name, value in report["metrics"].items():
        if isinstance(value, int | float):
            out.print(f"  {name:32}{value:g}")
    if report["test"]:
        out.print("on the labelled test part:")
        for name in ("windows", "anomalies", "precision", "recall", "f1", "roc_auc", "average_precision"):
            value = report["test"][name]
            out.print(f"  {name:32}{'-' if value is None else format(value, '.4g')}")
    if "simulated" in report:
        simulated = report["simulated"]
        remarks().print(f"{simulated['warning']}:")
        out.print(f"  simulated: ROC-AUC {simulated['roc_auc']}, recall {simulated['recall']}")
