"""Says of which class a sequence is, or that it is of none that was learnt: numpy and a graph, whichever runtime.

The graph:  keys, words, side, is_real (see class_rows)  ->  logits (B, classes), code (B, dim).

Unknown: two things may be odd about a sequence, that no class is likely, and that its code lies far (by cosine) from
the centre of the class it would be of. Each is compared with the same of training sequences judged by models that did
not train on them (cross-conformal p-values, among those called the same class where there are enough). The smaller
p-value, doubled, below ``alpha`` is unknown: about that share of sequences of known classes are called unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from shared.core.sequences.class_rows import ClassRows
from shared.core.sequences.impressions import FloatArray, Run
from shared.core.sequences.key_book import IntArray, KeyBook
from shared.core.sequences.parsed_lines import Parsed

UNKNOWN: Final = "unknown"
CLUSTER_PREFIX: Final = "cluster-"  # before the number of a cluster: a class that nobody named
_AT_ONCE = 64
_ENOUGH = 20  # calibration sequences of one class, to be compared with alone
_MOST_CLASSES = 400


@dataclass(frozen=True, slots=True)
class Reject:
    """oddities (m, 2) of m calibration sequences: 1 - p, cosine distance    called (m,) their likeliest class"""

    oddities: FloatArray
    called: IntArray

    def p_values(self, oddities: FloatArray, called: IntArray) -> FloatArray:
        """(n,) for n sequences; small is odd."""
        found = np.ones(len(called))
        for at, (odd, own) in enumerate(zip(oddities, called, strict=True)):
            alike = self.called == own
            known = self.oddities[alike] if alike.sum() >= _ENOUGH else self.oddities
            shares = (1 + (known >= odd - 1e-9).sum(axis=0)) / (len(known) + 1)
            found[at] = min(2 * float(shares.min()), 1.0)
        return found

    def least_alpha(self) -> float:
        """The smallest alpha that this many calibration sequences can tell."""
        return 2 / (len(self.called) + 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """One sequence. name: a class or UNKNOWN    likeliest: the class, whether rejected or not    p: of the reject"""

    name: str
    likeliest: str
    share: float
    p: float


@dataclass(frozen=True, slots=True)
class Outputs:
    """n sequences: shares (n, classes) sum to 1, codes (n, dim)"""

    shares: FloatArray
    codes: FloatArray

    def oddities(self, centres: FloatArray) -> tuple[FloatArray, IntArray]:
        """(n, 2) and the likeliest class (n,)"""
        called = self.shares.argmax(axis=1)
        near = _unit(self.codes) * _unit(centres)[called]
        return np.stack([1 - self.shares.max(axis=1), 1 - near.sum(axis=1)], axis=1), called


@dataclass(frozen=True, slots=True)
class ClassReader:
    """A fitted classifier. centres (classes, dim) mean code of the training sequences of each class"""

    run: Run
    rows: ClassRows
    classes: tuple[str, ...]
    centres: FloatArray
    reject: Reject
    alpha: float

    def outputs(self, sequences: Sequence[Parsed]) -> Outputs:
        """Of sequences that hold at least one event each."""
        return run_classes(self.run, self.rows, sequences, len(self.classes))

    def judge(self, sequences: Sequence[Parsed]) -> list[Judged]:
        """An empty sequence is UNKNOWN."""
        filled = [at for at, each in enumerate(sequences) if each.templates]
        judged = [Judged(UNKNOWN, UNKNOWN, 0.0, 0.0)] * len(sequences)
        if not filled:
            return judged
        outputs = self.outputs([sequences[at] for at in filled])
        oddities, called = outputs.oddities(self.centres)
        p_values = self.reject.p_values(oddities, called)
        for place, at in enumerate(filled):
            likeliest, p = self.classes[int(called[place])], float(p_values[place])
            name = UNKNOWN if p < self.alpha else likeliest
            judged[at] = Judged(name, likeliest, float(outputs.shares[place].max()), p)
        return judged

    def settings(self) -> dict[str, Any]:
        """What ``class_reader`` needs besides the graph, as plain values."""
        return {
            "book": self.rows.book.to_json(),
            "classes": self.classes,
            "centres": np.round(self.centres, 6).tolist(),
            "oddities": np.round(self.reject.oddities, 6).tolist(),
            "called": self.reject.called.tolist(),
            "alpha": self.alpha,
        }


def class_reader(settings: Mapping[str, Any], run: Run) -> ClassReader:
    """Inverse of ``settings``. Raises KeyError, TypeError or ValueError for anything else."""
    classes = tuple(settings["classes"])
    centres = np.array(settings["centres"], dtype=np.float64)
    oddities, called = np.array(settings["oddities"], dtype=np.float64), np.array(settings["called"], dtype=np.int64)
    if not 1 < len(classes) <= _MOST_CLASSES or not all(isinstance(name, str) for name in classes):
        raise ValueError("a classifier knows a few classes by name")
    if centres.ndim != 2 or len(centres) != len(classes) or oddities.shape != (len(called), 2):
        raise ValueError("centres and calibration do not fit the classes")
    if not (np.isfinite(centres).all() and np.isfinite(oddities).all() and 0 <= float(settings["alpha"]) < 1):
        raise ValueError("a classifier holds finite numbers")
    rows = ClassRows(KeyBook.from_json(settings["book"]))
    return ClassReader(run, rows, classes, centres, Reject(oddities, called), float(settings["alpha"]))


def run_classes(run: Run, rows: ClassRows, sequences: Sequence[Parsed], classes: int) -> Outputs:
    """The mean over the segments of each sequence: of log-probabilities and of codes."""
    segments = rows.segments(sequences)
    order = np.argsort([len(keys) for keys in segments.keys], kind="stable").tolist()
    logs: FloatArray = np.zeros((len(order), classes))
    codes: dict[int, FloatArray] = {}
    for start in range(0, len(order), _AT_ONCE):
        chosen = order[start : start + _AT_ONCE]
        logits, code = run(segments.batch(chosen))
        shifted = np.asarray(logits, np.float64)
        shifted = shifted - shifted.max(axis=1, keepdims=True)
        logs[chosen] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        codes |= dict(zip(chosen, np.asarray(code, np.float64), strict=True))
    counts = np.bincount(segments.owner, minlength=len(sequences))[:, None]
    summed = np.zeros((len(sequences), classes))
    np.add.at(summed, segments.owner, logs)
    joined = np.stack([codes[at] for at in range(len(order))])
    mean = np.zeros((len(sequences), joined.shape[1]))
    np.add.at(mean, segments.owner, joined)
    shares = np.exp(summed / counts)
    return Outputs(shares / shares.sum(axis=1, keepdims=True), mean / counts)


def _unit(rows: FloatArray) -> FloatArray:
    unit: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
