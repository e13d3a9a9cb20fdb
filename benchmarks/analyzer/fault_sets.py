"""Public fault sets through ``loglynx evaluate``.

``python benchmarks/analyzer/fault_sets.py --data DIR --output DIR`` writes ``NAME-SEED-train.jsonl.gz`` and
``NAME-SEED-test.jsonl.gz`` of every split, evaluates each as ``loglynx evaluate analyzer --train ... --test ...``
does, and writes RESULTS.md. A data set that is not there is skipped with a message.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np

from loglynx.bench.datasets.source import DatasetAbsent
from loglynx.evaluation.engines import engine_named
from loglynx.evaluation.fault_sets import FAULT_SETS, FaultSet
from loglynx.evaluation.labelled_rows import LabelledRow, read_rows
from loglynx.evaluation.report import interval_text
from loglynx.evaluation.runs import Report, evaluate
from loglynx.settings import BENCH_DATA_VARIABLE

HEADER = """# The analyzer on public fault sets

A head over three views of a window (words and quantities, text, trees; weighed by grouped folds of the training
part), beside TF-IDF (words and character n-grams) with logistic regression. Rows of one group are never on both
sides. ± is the standard error over the splits; the last columns are of the first split: its 95 % interval (bootstrap
by group), calibration error and accuracy of the surest 80 %. Made by

    {command}

| data set | splits | train / test rows | macro-F1 | macro-F1, TF-IDF + LR | first split | ECE | at 80 % |
|---|---|---|---|---|---|---|---|
"""


def write(path: Path, rows: list[LabelledRow]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as file:
        for row in rows:
            kept = {"lines": row.lines, "label": row.label, "language": row.language, "group": row.group}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")


def run(found: FaultSet, data: Path, output: Path, engine: str) -> list[Report]:
    rows = found.rows(data)
    reports = []
    for seed in range(found.splits):
        paths = [output / f"{found.name}-{seed}-{part}.jsonl.gz" for part in ("train", "test")]
        for path, part in zip(paths, found.split(rows, seed), strict=True):
            write(path, part)
        train, test = (partial(read_rows, str(path)) for path in paths)
        reports.append(evaluate(engine, engine_named(engine), test, train, lambda _: None))
        ours, other = reports[-1].ours, reports[-1].baseline
        beside = "" if other is None else f", TF-IDF + LR {other.macro_f1:.3f}"
        print(f"{found.name} {seed}: macro-F1 {ours.macro_f1:.3f}{beside}", file=sys.stderr, flush=True)
    return reports


def line_of(found: FaultSet, reports: list[Report]) -> str:
    first = reports[0].ours
    ours = [report.ours.macro_f1 for report in reports]
    other = [report.baseline.macro_f1 for report in reports if report.baseline]
    return (
        f"| {found.name} | {len(reports)}: {found.note} | {reports[0].train_rows} / {first.rows} | {shown(ours)} | "
        f"{shown(other)} | {first.macro_f1:.2f} {interval_text(first.macro_f1_interval)} | {first.ece:.2f} | "
        f"{first.accuracy_at_80:.2f} |"
    )


def shown(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1) / len(values) ** 0.5:.3f}" if len(values) > 1 else ""


def main() -> None:
    parser = argparse.ArgumentParser(description="The analyzer on public fault sets.")
    parser.add_argument("names", nargs="*", default=list(FAULT_SETS), help="data sets; all by default")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get(BENCH_DATA_VARIABLE, "data")))
    parser.add_argument("--output", type=Path, required=True, help="where rows and reports go")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    parser.add_argument("--engine", default="linear")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    command = "python benchmarks/analyzer/fault_sets.py --output rows"
    lines = []
    for name in chosen.names:
        try:
            reports = run(FAULT_SETS[name], chosen.data, chosen.output, chosen.engine)
        except DatasetAbsent as absent:
            print(f"skipped {name}: {absent.message}", file=sys.stderr)
            continue
        lines.append(line_of(FAULT_SETS[name], reports))
        chosen.results.write_text(HEADER.format(command=command) + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
