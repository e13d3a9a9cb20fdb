"""One line per task out of the reports that `loglynx bench -o DIR` wrote, for RESULTS.md.

    python benchmarks/accuracy/summary.py REPORT_DIRECTORY... > table.md

Beside the fusion stands the baseline with the best F1 at its own label-free threshold, chosen with the labels: kinder
to the baselines than anybody could be at run time.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HEADER = (
    "| task | windows (anomalous) | fitted on | F1 [95 %] | P | R | PR-AUC | ROC-AUC | *oracle F1* "
    "| alarms realised ÷ requested (thirds) | false alerts / 1,000 | novel F1 | top-1 · top-3 | best baseline: F1 |"
)
OURS = "fusion"


def shown(value: float | None, digits: int = 3) -> str:
    """.984 for 0.984; a dash where there is no figure."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if abs(value) < 1 else text


def mean_f1(row: dict[str, Any]) -> float:
    found = [run["measures"]["quality"]["f1"] for run in row["runs"]]
    return sum(f1 or 0.0 for f1 in found) / max(len(found), 1)


def line(task: dict[str, Any]) -> str:
    ours = next(row for row in task["rows"] if row["row"] == OURS and row["runs"])["runs"][0]["measures"]
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT_DIRECTORY")
    tasks = [
        task
        for directory in parser.parse_args().reports
        for task in json.loads((directory / "report.json").read_text())["tasks"]
    ]
    print(HEADER)
    print("|---" * (HEADER.count("|") - 1) + "|")
    for task in tasks:
        print(line(task))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
