"""``loglynx compare``: trained detectors side by side on one test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loglynx.comparison.plan import ComparisonPlan
from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe

TestData = Annotated[
    str | None, typer.Option("--test", "--test-data", metavar="FILE|DIR", help="Logs to judge, raw or JSON.")
]
ReportDirectory = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Write report.json, report.html, pictures here."),
]
TestWindow = Annotated[
    str | None, typer.Option("--window", metavar="RULE", help="How raw lines are cut.  [default: as in training]")
]
LabelColumn = Annotated[
    bool, typer.Option("--label-column", help="The first word of a line is its label, - for normal, as in BGL.")
]
SampleLimit = Annotated[
    int | None, typer.Option("--sample-limit", metavar="N", min=1, help="Judge so many windows at most.")
]
AlarmBudget = Annotated[
    float | None,
    typer.Option(
        "--alarm-budget", metavar="SHARE", min=1e-6, max=0.5, help="Threshold for this share of normal windows."
    ),
]
Top = Annotated[int, typer.Option("--top", metavar="N", min=1, max=200, help="Strangest windows to report.")]


def compare(
    models: Annotated[
        list[Path] | None, typer.Argument(metavar="[MODEL]...", help="Directories that `loglynx train` made.")
    ] = None,
    test: TestData = None,
    tiny_model_path: Annotated[
        Path | None,
        typer.Option("--tiny-model-path", metavar="DIR", help="A model, by TinyLogBERT's name for it."),
    ] = None,
    distil_model_path: Annotated[
        Path | None, typer.Option("--distil-model-path", metavar="DIR", help="Likewise LogBERT-Distil's.")
    ] = None,
    output: ReportDirectory = None,
    window: TestWindow = None,
    label_column: LabelColumn = False,
    sample_limit: SampleLimit = None,
    alarm_budget: AlarmBudget = None,
    top: Top = 10,
    as_json: AsJson = False,
) -> int:
    """Compare trained detectors on one test: ROC, precision and recall, distributions, embeddings, time and memory.

    Thresholds are the models' own, set without a label. What labels could have picked is shown beside it, as oracle.
    Without labels scores, flags and the strangest windows are told.

    \b
    loglynx compare models/tiny models/distil models/deeplog --test test.jsonl -o report
    loglynx compare --test-data test.jsonl --tiny-model-path models/tiny --distil-model-path models/distil
    """
    given = [*(models or []), *(path for path in (tiny_model_path, distil_model_path) if path is not None)]
    if not given or test is None:
        raise CommandFailed("compare needs models and --test FILE", "loglynx compare --help has examples")
    plan = ComparisonPlan(tuple(given), test, window, label_column, sample_limit, alarm_budget, top)
    return compare_and_print(plan, output, as_json)


def compare_and_print(plan: ComparisonPlan, output: Path | None, as_json: bool) -> int:
    """What ``evaluate`` and ``compare`` both do."""
    try:
        from loglynx.comparison.report import summary
        from loglynx.comparison.run import compare_on, write_report
    except ImportError as error:
        raise CommandFailed(f"this needs {error.name}", "pip install 'loglynx[detector,bench]'") from error
    found, report = compare_on(plan)
    written = write_report(found, report, output) if output is not None else []
    if as_json:
        print_json(report)
    else:
        test_said = report["test"]
        told = f", {test_said['test_anomalies']} anomalous" if report["is_labelled"] else ", not labelled"
        results().print(f"{safe(test_said['name'])}: {test_said['test_windows']} windows{told}")
        results().print(summary(report))
    for path in written:
        if path.suffix == ".html":
            remarks().print(f"report: {safe(str(path))}")
    return 0
