"""``loglynx evaluate``: measure trained detectors on a test, or the analyzer on labelled windows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loglynx import report_directory
from loglynx.commands.compare import (
    AlarmBudget,
    LabelColumn,
    ReportDirectory,
    SampleLimit,
    TestData,
    TestWindow,
    Top,
    compare_and_print,
)
from loglynx.comparison.plan import ComparisonPlan
from loglynx.endings import exit_code_of, with_exit_code
from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results

if TYPE_CHECKING:
    from loglynx.evaluation.labelled_rows import LabelledRow
    from loglynx.evaluation.runs import Report

evaluate = typer.Typer(
    help="Measure trained detectors on a test, or the analyzer on labelled windows.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@evaluate.callback()
def detectors(
    context: typer.Context,
    model: Annotated[
        list[Path] | None, typer.Option("--model", metavar="DIR", help="What `loglynx train` made; repeatable.")
    ] = None,
    test: TestData = None,
    output: ReportDirectory = None,
    window: TestWindow = None,
    label_column: LabelColumn = False,
    sample_limit: SampleLimit = None,
    alarm_budget: AlarmBudget = None,
    top: Top = 10,
    as_json: AsJson = False,
) -> None:
    """Measure trained detectors on a test; or, as `evaluate analyzer`, the analyzer on labelled windows.

    \b
    loglynx evaluate --model models/app --test test.jsonl
    loglynx evaluate --model models/bgl --test bgl.log --label-column -o report
    loglynx evaluate analyzer --test incidents.jsonl --engine linear
    """
    if context.invoked_subcommand is None:
        plan = ComparisonPlan(tuple(model or ()), test or "", window, label_column, sample_limit, alarm_budget, top)
        raise typer.Exit(exit_code_of(_detectors, plan, output, as_json))


def _detectors(plan: ComparisonPlan, output: Path | None, as_json: bool) -> int:
    if not plan.models or not plan.test:
        raise CommandFailed("evaluate needs --model DIR and --test FILE", "or use: loglynx evaluate analyzer --help")
    return compare_and_print(plan, output, as_json)


@evaluate.command("analyzer")
@with_exit_code
def analyzer(
    test: Annotated[str, typer.Option("--test", metavar="FILE", help="Rows to judge: JSON Lines, packed or not.")],
    train: Annotated[
        str | None, typer.Option("--train", metavar="FILE", help="Learn these labels first; any labels will do then.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="rules, linear; as set up: embedded, openai ...")
    ] = "rules",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Judge only the first rows.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write report.json and report.md here.")
    ] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Draw confusion and reliability into --output too.")] = False,
    as_json: AsJson = False,
) -> int:
    """Accuracy, evidence, names, grounding, calibration, language, time and memory of the analyzer.

    A row: {"lines": [...], "label": ..., "evidence": [3], "entities": ["..."], "language": "en", "group": "run 7"};
    lines and label are needed. Without --train labels must be categories of the taxonomy. With it, a head over the
    window's features learns them, and TF-IDF with logistic regression is measured beside it.

    \b
    loglynx evaluate analyzer --test incidents.jsonl --engine linear
    loglynx evaluate analyzer --train train.jsonl.gz --test test.jsonl.gz -o report --plots
    """
    report_directory.prepare(output, plots, "loglynx.evaluation.plots")
    from loglynx.evaluation.engines import engine_named
    from loglynx.evaluation.labelled_rows import read_rows
    from loglynx.evaluation.runs import evaluate as run

    asked = engine_named(engine)

    def test_rows() -> Iterator[LabelledRow]:
        return read_rows(test, limit)

    def train_rows() -> Iterator[LabelledRow]:
        return read_rows(train or "")

    report = run(engine, asked, test_rows, train_rows if train is not None else None, remarks().print)
    if output is not None:
        _write(report, output, plots)
    _print(report, as_json)
    return 0


def _write(report: Report, output: Path, plots: bool) -> None:
    from loglynx.evaluation.report import as_json, as_markdown

    shown = json.dumps(as_json(report), indent=1, ensure_ascii=False, allow_nan=False)
    report_directory.write(output, shown, as_markdown(report))
    if plots:
        from loglynx.evaluation.plots import draw

        draw(report, output)


def _print(report: Report, as_json: bool) -> None:
    from loglynx.evaluation.report import as_json as plain
    from loglynx.evaluation.report import as_markdown
    from loglynx.terminal import safe

    if as_json:
        print_json(plain(report))
        return
    for line in as_markdown(report).splitlines():
        results().print(safe(line))
