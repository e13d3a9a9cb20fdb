"""MultiLog IoTDB: 200 lines of one node, written while a fault was injected, are a row; the label is the fault.

Each fault has two recordings, on one node and on several: one is learned from, the other judged, in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loglynx.bench.datasets.iotdb import EXPERIMENTS, split_prefix
from loglynx.bench.datasets.source import read_lines
from loglynx.evaluation.fault_sets.fault_set import FaultSet
from loglynx.evaluation.labelled_rows import LabelledRow

_DIRECTORY = "multilog_iotdb"
_LINES = 200
_MOST_OF_A_NODE = 6
_SEVERAL = "_multi"


def rows(data_dir: Path) -> Iterator[LabelledRow]:
    for experiment in EXPERIMENTS:
        fault = experiment.removesuffix(_SEVERAL)
        if fault.startswith("multi_anomaly"):
            continue
        for path in sorted((data_dir / _DIRECTORY / experiment).glob("node*.log.xz")):
            split = (split_prefix(line) for line in read_lines(path))
            during = [text for text, is_injected in split if is_injected]
            windows = [during[at : at + _LINES] for at in range(0, len(during) - _LINES + 1, _LINES)]
            step = -(-len(windows) // _MOST_OF_A_NODE) or 1
            for window in windows[::step]:
                yield LabelledRow(tuple(window), fault, language="en", group=experiment)


def deal(groups: dict[str, list[str]], seed: int) -> set[str]:
    """The recordings on several nodes, or those on one."""
    return {g for own in groups.values() for g in own if g.endswith(_SEVERAL) == (seed % 2 == 0)}


SET = FaultSet("iotdb", _DIRECTORY, rows, deal, 2, "another recording of each fault held out")
