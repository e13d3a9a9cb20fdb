"""The rows of a report: every detector by name. A row is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from loglynx.bench.calibrated import Calibrated
from loglynx.bench.task import Detector

Group = Literal["ours", "baseline", "deep", "trained"]


@dataclass(frozen=True, slots=True)
class Row:
    """``make`` gives a fresh, unfitted detector; it may raise ImportError."""

    name: str
    group: Group
    what: str
    make: Callable[[], Detector]

    @property
    def extra(self) -> str:
        """What has to be installed for it: ``pip install 'loglynx[EXTRA]'``."""
        return {"ours": "detector", "baseline": "bench", "deep": "trainer", "trained": "detector"}[self.group]


def _class(module: str, name: str) -> Any:
    return getattr(import_module(f"loglynx.bench.detectors.{module}"), name)


def _ours(name: str, what: str) -> Row:
    def make() -> Detector:
        detector: Detector = _class("ours", "Ours")(name)
        return detector

    return Row(name, "ours", what, make)


def _baseline(name: str, module: str, of: str, what: str) -> Row:
    return Row(name, "baseline", what, lambda: Calibrated(_class(module, of)()))


def _deep(name: str, what: str) -> Row:
    def make() -> Detector:
        detector: Detector = _class("deep", "DeepDetector")(name)
        return detector

    return Row(name, "deep", what, make)


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        _ours("fusion", "Loglynx: all scorers, fused"),
        _ours("head", "the model's anomaly head alone"),
        _ours("context", "how well the model predicts lines from their neighbours"),
        _ours("knn", "distance to the nearest normal window"),
        _ours("ae", "autoencoder of window embeddings"),
        _ours("ocnn", "one-class network"),
        _ours("centroid", "distance to the mean normal window"),
        _ours("variance", "variance of the lines' surprise"),
        _ours("counts", "template counts against the nearest normal window"),
        _ours("relations", "counts of two templates that never stood together"),
        _ours("order", "steps from template to template that are unheard of"),
        _ours("novelty", "how far an unseen template lies from the seen ones"),
        _ours("rarity", "how few windows hold the window's templates"),
        _ours("value", "the strangest quantity of a known template"),
        _ours("pause", "the strangest pause between two known templates"),
        _ours("pace", "lines that come faster or slower than they usually do"),
        _ours("words", "words of trouble, against what is usual here"),
        _baseline("new-template", "new_template", "NewTemplate", "templates never seen before"),
        _baseline("length", "length", "Length", "length of the window"),
        _baseline("ecvc", "ecvc", "NearestCounts", "idf-weighted count vectors, nearest neighbour"),
        _baseline("bigram", "bigram", "Bigram", "least likely pair of neighbouring templates"),
        _baseline("pca", "pca", "PrincipalComponents", "reconstruction error of TF-IDF counts, 6 components"),
        _baseline("iforest", "isolation", "Isolation", "isolation forest on TF-IDF counts"),
        _baseline("severity-words", "severity_words", "SeverityWords", "a rule on levels and words of trouble"),
        _baseline("drain3", "drain", "Drain", "lines for which Drain3 has no cluster"),
        _deep("deeplog", "DeepLog: LSTM on template numbers"),
        _deep("logbert-distil", "LogBERT of distilled size, on template numbers"),
        _deep("tinylogbert", "tiny BERT on the words of the whole window"),
    )
}
DEFAULT_SCORER = "fusion"
DEFAULT_ROWS = (DEFAULT_SCORER, *(row.name for row in ROWS.values() if row.group == "baseline"))
OUR_SCORERS = tuple(row.name for row in ROWS.values() if row.group == "ours")


def rows_named(names: str) -> list[Row]:
    """Rows of a list such as ``fusion,ecvc``; ``all`` is every row, ``ours``, ``baseline`` and ``deep`` a group.

    Raises KeyError with the first unknown name. Each row once, in the order asked for.
    """
    found: dict[str, Row] = {}
    for name in (part.strip() for part in names.split(",") if part.strip()):
        group = [row for row in ROWS.values() if name in ("all", row.group)]
        for row in group or [ROWS[name]]:
            found[row.name] = row
    return list(found.values())
