"""``loglynx pipeline deeplog``: from sequences to discovered, named and learnt classes of anomalies, in stages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from loglynx.endings import exit_code_of, with_exit_code
from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe, step_line


class Stage(StrEnum):
    """As loglynx.deeplog.run.STAGES."""

    EXPERT = "expert"
    FEATURES = "features"
    CLUSTERS = "clusters"
    CLASSIFY = "classify"
    REPORT = "report"


class Clusters(StrEnum):
    """How anomalies are clustered."""

    AUTO = "auto"
    KMEANS = "kmeans"
    HDBSCAN = "hdbscan"


HELP_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
pipeline = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
deeplog = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings=HELP_SETTINGS,
)  # fmt: skip
pipeline.add_typer(deeplog, name="deeplog", invoke_without_command=True)


@pipeline.callback()
def describe() -> None:
    """Trainings in stages, each of which can be run alone.

    \b
    loglynx pipeline deeplog --data sessions.jsonl --output found
    """


@deeplog.callback()
def run(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Option("--data", metavar="FILE|DIR", help="Sequences, or raw logs; labels are optional.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where every stage leaves its files.")
    ] = None,
    stage: Annotated[Stage | None, typer.Option("--stage", help="This one alone; those before it are done.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on inside a training that was killed.")] = False,
    test: Annotated[
        str | None, typer.Option("--test", metavar="FILE|DIR", help="Tests on this, not on a share of --data.")
    ] = None,
    labels: Annotated[bool, typer.Option("--labels", help="The classifier learns labels, not clusters.")] = False,
    clusters: Annotated[Clusters, typer.Option("--clusters", help="auto: whichever is worth more.")] = Clusters.AUTO,
    window: Annotated[
        str, typer.Option("--window", metavar="RULE", help="Cuts raw lines: fixed:20, ...")
    ] = "fixed:20",
    label_column: Annotated[bool, typer.Option("--label-column", help="A line's first word is its label.")] = False,
    sample_limit: Annotated[
        int | None, typer.Option("--sample-limit", metavar="N", min=1, help="Read so many sequences at most.")
    ] = None,
    test_share: Annotated[
        float, typer.Option("--test-share", metavar="S", min=0.0, max=0.8, help="Of the groups of each label.")
    ] = 0.2,
    folds: Annotated[int, typer.Option("--folds", metavar="N", min=2, max=10, help="Experts out of fold.")] = 3,
    unknown_share: Annotated[
        float,
        typer.Option("--unknown-share", metavar="S", min=0.0, max=0.5, help="Of known classes, called unknown."),
    ] = 0.05,
    anomalous_share: Annotated[
        float, typer.Option("--anomalous-share", metavar="S", min=0.001, max=0.5, help="Where nothing is labelled.")
    ] = 0.05,
    expert_steps: Annotated[int, typer.Option("--expert-steps", metavar="N", min=1, help="At most.")] = 600,
    class_steps: Annotated[int, typer.Option("--class-steps", metavar="N", min=1, help="At most.")] = 300,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed, the same result.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Discover the kinds of anomalies in sequences, name them, and learn to tell them.

    1 expert: an LSTM of normal life. 2 features: how each sequence deviates, by an expert that did not train on it.
    3 clusters: as many kinds of anomalies as the data supports. 4 classify: raw lines -> normal, a class, unknown.
    5 report. A stage that was done with the same data and options is skipped.

    \b
    loglynx pipeline deeplog --data sessions.jsonl --output found
    loglynx pipeline deeplog --data train.jsonl --test test.jsonl --labels -o found
    loglynx pipeline deeplog -o found --stage clusters --clusters kmeans
    loglynx pipeline deeplog name found 2 disk_full
    loglynx pipeline deeplog judge found --data today.jsonl
    """
    if context.invoked_subcommand is not None:
        return
    asked: dict[str, Any] = {
        "data": data, "test": test, "stage": stage.value if stage else None, "is_resuming": resume,
        "by_labels": labels, "clusters": clusters.value, "folds": folds, "test_share": test_share,
        "unknown_share": unknown_share, "anomalous_share": anomalous_share, "expert_steps": expert_steps,
        "class_steps": class_steps, "seed": seed,
    }  # fmt: skip
    raise typer.Exit(exit_code_of(_run, output, asked, window, label_column, sample_limit, as_json))


def _run(
    output: Path | None,
    asked: dict[str, Any],
    window: str,
    label_column: bool,
    sample_limit: int | None,
    as_json: bool,
) -> int:
    if output is None:
        raise CommandFailed("--output is missing", "loglynx pipeline deeplog --data FILE --output DIR")
    try:
        from loglynx.deeplog.run import Pipeline, run_pipeline
        from loglynx.training.cases import Reading
        from services.trainer.pace import say_on_stderr
    except ImportError as error:
        raise CommandFailed(f"the pipeline needs {error.name}", "pip install 'loglynx[trainer,bench]'") from error
    said = run_pipeline(Pipeline(output, reading=Reading(window, label_column, sample_limit), **asked), say_on_stderr)
    if as_json:
        print_json(said)
        return 0
    for name, stage in said.items():
        _print_stage(name, stage)
    if "report" in said:
        remarks().print(f"report: {safe(str(output / 'report' / 'report.html'))}")
    return 0


def name(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Of a pipeline that has found clusters.")],
    cluster: Annotated[int, typer.Argument(metavar="CLUSTER", min=0, help="Its number in the report.")],
    called: Annotated[str, typer.Argument(metavar="NAME", help='Such as disk_full; "" takes the name away.')],
    as_json: AsJson = False,
) -> int:
    """Name a discovered class, and write labelled rows of every named class for the analyzer.

    \b
    loglynx pipeline deeplog name found 2 disk_full
    loglynx evaluate analyzer --train found/named.jsonl.gz --test labelled.jsonl
    """
    from loglynx.deeplog.names import name_cluster

    said = name_cluster(directory, cluster, called)
    if as_json:
        print_json(said)
        return 0
    for label, count in said["sequences"].items():
        results().print(f"{safe(label):40}{count}")
    remarks().print(f"rows: {safe(said['rows'])}")
    if called and not said["is_category"]:
        remarks().print("not a category of the analyzer: evaluate --train learns it, tune does not")
    return 0


def judge(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Of a pipeline that has trained a classifier.")],
    data: Annotated[str, typer.Option("--data", metavar="FILE|DIR", help="As for the pipeline.")],
    window: Annotated[str, typer.Option("--window", metavar="RULE", help="Cuts raw lines.")] = "fixed:20",
    label_column: Annotated[bool, typer.Option("--label-column", help="A line's first word is its label.")] = False,
    sample_limit: Annotated[int | None, typer.Option("--sample-limit", metavar="N", min=1, help="At most.")] = None,
    as_json: AsJson = False,
) -> int:
    """Say of which class each sequence is, or that it is unknown. Needs no torch.

    \b
    loglynx pipeline deeplog judge found --data today.jsonl --json
    """
    try:
        from loglynx.deeplog.judge import as_rows
        from loglynx.deeplog.judge import judge as judge_sequences
        from loglynx.deeplog.rows_in import read_labelled
        from loglynx.training.cases import Reading
    except ImportError as error:
        raise CommandFailed(f"judging needs {error.name}", "pip install 'loglynx[detector,cli,bench]'") from error
    rows = read_labelled(data, Reading(window, label_column, sample_limit))
    judged = as_rows(judge_sequences(directory, [row.lines for row in rows]))
    if as_json:
        print_json(judged)
        return 0
    for at, (row, said) in enumerate(zip(rows, judged, strict=True)):
        first = safe(row.lines[0], 80)
        results().print(f"{at:6}  {safe(said['class'], 30):30}  {said['share']:.2f}  p {said['p']:.3f}  {first}")
    return 0


def _print_stage(name: str, stage: dict[str, Any]) -> None:
    results().print(step_line(name, stage, 10))
    for key in ("agreement", "classes", "baseline"):
        if stage.get(key):
            results().print(f"{'':10}{key}: {safe(str(stage[key]), 300)}")


deeplog.command("name", context_settings=HELP_SETTINGS)(with_exit_code(name))
deeplog.command("judge", context_settings=HELP_SETTINGS)(with_exit_code(judge))
