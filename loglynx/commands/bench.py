"""``loglynx bench``: measure detectors on labelled logs, the public ones or one's own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loglynx import report_directory
from loglynx.failures import EXIT_FAILED, CommandFailed
from loglynx.options import AsJson
from loglynx.settings import BENCH_DATA_VARIABLE
from loglynx.terminal import print_json, remarks, results, safe

if TYPE_CHECKING:
    from loglynx.bench.results import TaskResult
    from loglynx.bench.rows import Row
    from loglynx.bench.task import Task


def bench(
    tasks: Annotated[
        list[str] | None, typer.Argument(metavar="[TASK]...", help="Tasks or patterns of them; all by default.")
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option("--dataset", metavar="DIR", help="Run on your own labelled logs instead.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", envvar=BENCH_DATA_VARIABLE, help="Where public data lies.")
    ] = None,
    rows: Annotated[
        str | None, typer.Option("--rows", metavar="A,B,...", help="Detectors: names, groups (see --list), or all.")
    ] = None,
    scorer: Annotated[
        str | None, typer.Option("--scorer", metavar="NAME", help="This scorer of ours alone, not their fusion.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of a detector that depends on chance.")] = 3,
    budget: Annotated[
        float, typer.Option("--budget", min=1e-6, max=0.5, help="Share of normal windows that may be flagged.")
    ] = 0.001,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write report.json and report.md here.")
    ] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Draw plots into --output too.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="List the tasks and rows, and run nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Measure detectors on labelled logs: every threshold is chosen without a label.

    Exit 0: done; 2: a detector broke, or there is nothing to run on.

    \b
    loglynx bench --list
    loglynx bench hdfs-raw-70 'bgl-*' --data ~/log-data
    loglynx bench --dataset my-logs --rows fusion,ecvc,new-template -o report --plots
    """
    data_dir = data or Path("data")
    if list_all:
        _print_list(data_dir, as_json)
        return 0
    chosen = _rows(rows, scorer)
    report_directory.prepare(output, plots, "loglynx.bench.plots")
    from loglynx.bench.pace import Pace
    from loglynx.bench.runner import run_task

    found: list[TaskResult] = []
    pace = Pace(remarks().print, time.monotonic)
    for task, left in _tasks(tasks or [], dataset, data_dir):
        pace.expect(len(chosen) * (left + 1))
        found.append(run_task(task, chosen, seeds, budget, pace.told))
        if output is not None:
            _write(output, found, budget, plots)  # after each task: an interrupted night has its report
    if not found:
        raise CommandFailed("there is nothing to run on", f"set {BENCH_DATA_VARIABLE}, or use --data or --dataset")
    _print(found, budget, as_json)
    return EXIT_FAILED if any(row.failure for result in found for row in result.rows) else 0


def _rows(names: str | None, scorer: str | None) -> list[Row]:
    from loglynx.bench.rows import DEFAULT_SCORER, OUR_SCORERS, rows_named

    if scorer is not None and scorer not in OUR_SCORERS:
        raise CommandFailed(f"no scorer is called {scorer!r}", f"one of {', '.join(OUR_SCORERS)}")
    wanted = [scorer or DEFAULT_SCORER, "baseline"] if names is None else [scorer or "", names]
    try:
        rows = rows_named(",".join(wanted))
    except KeyError as unknown:
        raise CommandFailed(f"no row is called {unknown}", "loglynx bench --list shows them") from None
    if not rows:
        raise CommandFailed("--rows names none", "loglynx bench --list shows them")
    return rows


def _tasks(names: Sequence[str], dataset: Path | None, data_dir: Path) -> Iterator[tuple[Task, int]]:
    """The tasks one by one, as each may fill the memory, with how many are left after it."""
    if dataset is not None:
        from loglynx.bench.own_dataset import read_dataset

        yield read_dataset(dataset), 0
        return
    from loglynx.bench.datasets import TASKS, DatasetAbsent

    wanted: dict[str, None] = {}
    for pattern in names or ["*"]:
        matching = [name for name in TASKS if fnmatchcase(name, pattern)]
        if not matching:
            raise CommandFailed(f"no task is called {pattern!r}", "loglynx bench --list shows them")
        wanted |= dict.fromkeys(matching)
    for number, name in enumerate(wanted, start=1):
        try:
            read = TASKS[name](data_dir)
        except DatasetAbsent as absent:
            remarks().print(f"skipped {name}: {absent.message}")
            continue
        for task in read:
            yield task, len(wanted) - number


def _print_list(data_dir: Path, as_json: bool) -> None:
    from loglynx.bench.datasets import TASKS, available
    from loglynx.bench.rows import DEFAULT_ROWS, ROWS

    here = set(available(data_dir))
    if as_json:
        shown = {row.name: {"group": row.group, "what": row.what} for row in ROWS.values()}
        print_json({"tasks": {name: name in here for name in TASKS}, "rows": shown})
        return
    out = results()
    out.print(f"Tasks (data in {safe(str(data_dir))}):")
    for name in TASKS:
        out.print(f"  {name:24}{'' if name in here else 'no data'}".rstrip())
    out.print("Rows (* runs by default):")
    for row in ROWS.values():
        out.print(f"{'*' if row.name in DEFAULT_ROWS else ' '} {row.name:16}{row.group:10}{row.what}")


def _write(output: Path, found: list[TaskResult], budget: float, plots: bool) -> None:
    from loglynx.bench.report import as_json
    from loglynx.bench.tables import as_markdown

    shown = json.dumps(as_json(found, budget), indent=1, allow_nan=False)
    report_directory.write(output, shown, as_markdown(found, budget))
    if plots:
        from loglynx.bench.plots import draw

        draw(found[-1], output)


def _print(found: list[TaskResult], budget: float, as_json: bool) -> None:
    if as_json:
        from loglynx.bench.report import as_json as report

        print_json(report(found, budget))
        return
    from loglynx.bench.tables import summary

    for result in found:
        results().print(summary(result))
