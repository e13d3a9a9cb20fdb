"""One line per task out of the reports that `loglynx bench -o DIR` wrote, for RESULTS.md.

    python benchmarks/accuracy/summary.py REPORT_DIRECTORY... > table.md
    python benchmarks/accuracy/summary.py --one-per-seed SEED_0 SEED_1 SEED_2 > seeds.md

Beside the fusion stands the baseline with the best F1 at its own label-free threshold, chosen with the labels: kinder
to the baselines than anybody could be at run time. With ``--one-per-seed`` every directory has the same tasks,
judged by a model trained with another seed: mean, lowest and highest of the fusion's figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

HEADER = (
    "| task | windows (anomalous) | fitted on | F1 [95 %] | P | R | PR-AUC | ROC-AUC | *oracle F1* "
    "| alarms realised ÷ requested (thirds) | false alerts / 1,000 | novel F1 | top-1 · top-3 | best baseline: F1 |"
)
SEEDS_HEADER = (
    "| task | F1 mean (lowest, highest) | PR-AUC mean (lowest, highest) "
    "| false alerts / 1,000 mean (lowest, highest) |"
)
OURS = "fusion"
MUCH = 0.05  # of F1 or PR-AUC: what a reader would call another result

Task = dict[str, Any]
Figures = tuple[float | None, float | None, float | None]  # F1, average precision, false alerts per 1,000


def shown(value: float | None, digits: int = 3) -> str:
    """.984 for 0.984; a dash where there is no figure."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if abs(value) < 1 else text


def mean_f1(row: dict[str, Any]) -> float:
    found = [run["measures"]["quality"]["f1"] for run in row["runs"]]
    return sum(f1 or 0.0 for f1 in found) / max(len(found), 1)


def measures(task: Task) -> dict[str, Any]:
    """What the report says of the fusion, which is the same in each of its runs."""
    found: dict[str, Any] = next(row for row in task["rows"] if row["row"] == OURS and row["runs"])["runs"][0][
        "measures"
    ]
    return found


def line(task: Task) -> str:
    ours = measures(task)
    quality, where = ours["quality"], ours["localisation"]
    low, high = ours["intervals"]["f1"] or (None, None)
    others = [row for row in task["rows"] if row["row"] != OURS and row["runs"]]
    best = max(others, key=mean_f1, default=None)
    thirds = ", ".join(shown(x, 1) for x in ours["thirds"])
    cells = (
        task["name"],
        f"{task['test_windows']:,} ({task['test_anomalies']:,})",
        f"{task['fit_windows']:,}",
        f"{shown(quality['f1'])} [{shown(low)}, {shown(high)}]",
        *(shown(quality[name]) for name in ("precision", "recall", "average_precision", "roc_auc", "oracle_f1")),
        f"{shown(ours['false_alarm_ratio'], 1)} ({thirds})",
        shown(ours["false_alerts_per_1000"], 1),
        shown(ours["novel"]["f1"]),
        "–" if not where or not where["hits"] else f"{shown(where['top1'], 2)} · {shown(where['top3'], 2)}",
        "–" if best is None or quality["f1"] is None else f"{best['row']}: {shown(mean_f1(best))}",
    )
    return f"| {' | '.join(cells)} |"


def figures(task: Task) -> Figures:
    ours = measures(task)
    return ours["quality"]["f1"], ours["quality"]["average_precision"], ours["false_alerts_per_1000"]


def seeds_line(name: str, by_seed: Sequence[Figures]) -> str:
    """A figure that one of the seeds lacks, as F1 of a task without anomalies, is a dash."""
    cells = [name]
    for values, digits in zip(zip(*by_seed, strict=True), (3, 3, 1), strict=True):
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            cells.append("–")
        else:
            low, high = shown(min(known), digits), shown(max(known), digits)
            cells.append(f"{shown(fmean(known), digits)} ({low}, {high})")
    return f"| {' | '.join(cells)} |"


def seeds_table(reports: Sequence[Sequence[Task]]) -> Iterator[str]:
    """A row a task, then the mean over the tasks of each seed, and on how many tasks seeds differ much.

    reports  one list of tasks a seed. Raises ValueError when they are not of the same tasks.
    """
    names = [[task["name"] for task in tasks] for tasks in reports]
    if any(each != names[0] for each in names):
        raise ValueError("the reports are not of the same tasks")
    yield SEEDS_HEADER
    yield "|---" * (SEEDS_HEADER.count("|") - 1) + "|"
    by_seed = [[figures(task) for task in tasks] for tasks in reports]
    for name, *of_task in zip(names[0], *by_seed, strict=True):
        yield seeds_line(name, of_task)
    yield seeds_line("**mean of the tasks**", [mean_figures(of_tasks) for of_tasks in by_seed])
    apart = [f"{name} on {count_apart(by_seed, column)}" for column, name in enumerate(("F1", "PR-AUC"))]
    yield f"\nTasks, of {len(names[0])}, on which seeds differ by {shown(MUCH, 2)} or more: {', '.join(apart)}."


def count_apart(by_seed: Sequence[Sequence[Figures]], column: int) -> int:
    """Tasks that all seeds know ``column`` of, and of which the highest is MUCH above the lowest."""
    by_task = ([figures[column] for figures in of_task] for of_task in zip(*by_seed, strict=True))
    known = ([value for value in values if value is not None] for values in by_task)
    return sum(len(values) == len(by_seed) and max(values) - min(values) >= MUCH for values in known)


def mean_figures(of_tasks: Sequence[Figures]) -> Figures:
    """Over the tasks that know the figure."""
    known = ([value for value in column if value is not None] for column in zip(*of_tasks, strict=True))
    f1, average_precision, false_alerts = (fmean(values) if values else None for values in known)
    return f1, average_precision, false_alerts


def read(directory: Path) -> list[Task]:
    tasks: list[Task] = json.loads((directory / "report.json").read_text())["tasks"]
    return tasks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT_DIRECTORY")
    parser.add_argument("--one-per-seed", action="store_true", help="the same tasks by models of several seeds")
    chosen = parser.parse_args()
    reports = [read(directory) for directory in chosen.reports]
    if chosen.one_per_seed:
        try:
            print("\n".join(seeds_table(reports)))
        except ValueError as error:
            parser.error(str(error))
        return 0
    print(HEADER)
    print("|---" * (HEADER.count("|") - 1) + "|")
    for task in (task for tasks in reports for task in tasks):
        print(line(task))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
