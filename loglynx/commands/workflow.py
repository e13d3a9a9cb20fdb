"""``loglynx workflow``: from raw logs to trained, compared detectors in seven steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe, step_line


def workflow(
    raw_logs: Annotated[str, typer.Option("--raw-logs", metavar="FILE", help="A log file, packed or not.")],
    output_dir: Annotated[
        Path, typer.Option("--output-dir", "-o", metavar="DIR", help="Where everything goes.")
    ] = Path("workflow"),
    epochs: Annotated[int, typer.Option("--epochs", metavar="N", min=1, help="Passes over the data at most.")] = 3,
    batch_size: Annotated[int, typer.Option("--batch-size", metavar="N", min=1, help="Windows in a batch.")] = 32,
    sample_limit: Annotated[
        int | None, typer.Option("--sample-limit", metavar="N", min=50, help="Use so many windows at most.")
    ] = None,
    window: Annotated[
        str, typer.Option("--window", metavar="RULE", help="Cut lines so: fixed:20, sliding:10:1, session:block:30")
    ] = "fixed:20",
    label_column: Annotated[
        bool, typer.Option("--label-column", help="The first word of a line is its label, - for normal, as in BGL.")
    ] = False,
    anomaly_ratio: Annotated[
        float,
        typer.Option("--anomaly-ratio", metavar="R", min=0.0, max=0.5, help="Report simulated anomalies apart."),
    ] = 0.0,
    alarm_budget: Annotated[
        float, typer.Option("--alarm-budget", metavar="SHARE", min=1e-6, max=0.5, help="Of normal windows flagged.")
    ] = 0.01,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0)] = 0,
    device: Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda", help="Where to train.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Of the processor.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Analyze, convert, split, train TinyLogBERT and LogBERT-Distil, compare them, detect.

    Everything is kept in --output-dir. A step that was done with the same input and options is skipped; one that was
    interrupted goes on from its checkpoint.

    \b
    loglynx workflow --raw-logs app.log --epochs 3 --batch-size 32 --output-dir workflow
    loglynx workflow --raw-logs bgl.log --label-column --sample-limit 2000 -o bgl
    """
    try:
        from loglynx.training.workflow import Workflow, run_workflow
        from services.trainer.pace import say_on_stderr
    except ImportError as error:
        raise CommandFailed(f"the workflow needs {error.name}", "pip install 'loglynx[trainer,bench]'") from error
    said = run_workflow(
        Workflow(
            raw_logs, output_dir, epochs, batch_size, sample_limit, window, label_column, anomaly_ratio, alarm_budget,
            seed, device, threads,
        ),
        say_on_stderr,
    )  # fmt: skip
    if as_json:
        print_json(said)
        return 0
    for name, step in said.items():
        results().print(step_line(name, step, 16))
    remarks().print(f"report: {safe(str(output_dir / 'comparison' / 'report.html'))}")
    return 0
