"""The staged DeepLog pipeline on public faults: Hadoop by application, IoTDB by windows of 200 lines of one node.

``python benchmarks/deeplog/staged.py hadoop iotdb --data DIR --output DIR --seeds 3`` runs every stage on splits of
the analyzer's fault sets and prints a line per run: cluster purity and NMI, macro-F1 of the classifier and of TF-IDF
with logistic regression on the same rows. ``--without LABEL`` takes a fault out of training: is it called unknown? A
data set that is not there is skipped with a message.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from loglynx.bench.datasets.iotdb import EXPERIMENTS, split_prefix
from loglynx.bench.datasets.source import read_lines
from loglynx.deeplog.run import Pipeline, run_pipeline
from loglynx.evaluation.fault_sets import FAULT_SETS
from loglynx.evaluation.labelled_rows import LabelledRow
from loglynx.settings import BENCH_DATA_VARIABLE
from services.trainer.pace import say_on_stderr

NORMAL = "normal"
_LINES = 200
_OF_A_NODE = 2  # windows of a node, during the fault and after it


def hadoop_rows(data: Path) -> Iterator[LabelledRow]:
    """An application each, as its faults were injected."""
    yield from FAULT_SETS["hadoop"].rows(data)


def iotdb_rows(data: Path) -> Iterator[LabelledRow]:
    """Windows of each fault, and of the work after it, which is normal. Start-up is left out on either side."""
    for experiment in EXPERIMENTS:
        fault = experiment.removesuffix("_multi")
        if fault.startswith("multi_anomaly"):
            continue
        for path in sorted((data / "multilog_iotdb" / experiment).glob("node*.log.xz")):
            split = [split_prefix(line) for line in read_lines(path)]
            during = [at for at, (_, is_injected) in enumerate(split) if is_injected]
            if not during:
                continue
            injected = [split[at][0] for at in during]
            after = [text for text, _ in split[during[-1] + 1 :]]
            for label, lines in ((fault, injected), (NORMAL, after)):
                windows = [lines[at : at + _LINES] for at in range(0, len(lines) - _LINES + 1, _LINES)]
                for window in windows[:: -(-len(windows) // _OF_A_NODE) or 1]:
                    yield LabelledRow(tuple(window), label, group=experiment)


ROWS = {"hadoop": hadoop_rows, "iotdb": iotdb_rows}


def write(path: Path, rows: list[LabelledRow]) -> str:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as file:
        for row in rows:
            file.write(json.dumps({"lines": row.lines, "label": row.label, "group": row.group}) + "\n")
    return str(path)


def run(name: str, rows: list[LabelledRow], seed: int, chosen: argparse.Namespace) -> dict[str, Any]:
    train, test = FAULT_SETS[name].split(rows, seed)
    train = [row for row in train if row.label != chosen.without]
    target = chosen.output / f"{name}-{seed}{'-' + chosen.without if chosen.without else ''}"
    target.mkdir(parents=True, exist_ok=True)
    said = run_pipeline(
        Pipeline(
            target / "found", write(target / "train.jsonl.gz", train), write(target / "test.jsonl.gz", test),
            by_labels=True, expert_steps=chosen.expert_steps, class_steps=chosen.class_steps, seed=seed,
        ),
        say_on_stderr,
    )  # fmt: skip
    report = said["report"]
    agreed, ours, other = report["agreement"], report["classes"], report["baseline"]
    found = {
        "auc": said["features"]["auc_of_largest_surprise"],
        "clusters": said["clusters"]["clusters"],
        "purity_fit": agreed["fit"]["purity"], "nmi_fit": agreed["fit"]["nmi"],
        "purity_test": agreed["test"]["purity"], "nmi_test": agreed["test"]["nmi"],
        "largest_class_test": agreed["test"]["largest_class"],
        "macro_f1": ours["macro_f1"], "macro_f1_without_reject": ours["macro_f1_without_reject"],
        "unknown_of_known": ours["unknown_share_of_known"], "unknown_of_unknown": ours["unknown_share_of_unknown"],
        "macro_f1_tfidf": other["macro_f1"],
        "train": len(train), "test": len(test),
    }  # fmt: skip
    print(name, seed, json.dumps(found), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="The staged DeepLog pipeline on public faults.")
    parser.add_argument("names", nargs="*", default=list(ROWS))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get(BENCH_DATA_VARIABLE, "data")))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--without", help="a fault that training does not see")
    parser.add_argument("--expert-steps", type=int, default=600)
    parser.add_argument("--class-steps", type=int, default=300)
    chosen = parser.parse_args()
    for name in chosen.names:
        if not (chosen.data / FAULT_SETS[name].needs).exists():
            print(f"skipped {name}: not below {chosen.data}; set {BENCH_DATA_VARIABLE}", file=sys.stderr)
            continue
        rows = list(ROWS[name](chosen.data))
        found = [run(name, rows, seed, chosen) for seed in range(chosen.seeds)]
        for key in found[0]:
            values = [each[key] for each in found if each[key] is not None]
            if values:
                print(f"{name:8} {key:26} {np.mean(values):.3f} ± {np.std(values):.3f} over {len(values)}")


if __name__ == "__main__":
    main()
