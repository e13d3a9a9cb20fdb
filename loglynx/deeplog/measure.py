"""How good clusters and classifier are, by labels that clusters never saw, on sequences that nothing learnt from.

A label that no training sequence had is answered rightly by "unknown" alone; a known one by itself alone, so
"unknown" is wrong there. Without labels nothing is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from loglynx.evaluation.baseline import NAME as BASELINE
from loglynx.evaluation.baseline import TfidfBaseline
from loglynx.evaluation.labelled_rows import LabelledRow
from services.trainer.pipelines.deeplog.clusters import agreement
from services.trainer.pipelines.deeplog.features import UNTOLD, Features
from services.trainer.pipelines.deeplog.sequences import Row
from shared.core.sequences.class_reader import UNKNOWN, Judged


def clusters_measured(features: Features, clusters: Any) -> dict[str, Any]:
    """Purity and the like of the anomalous sequences, of either part."""
    told = features.is_anomalous & (features.labels != UNTOLD)
    return {
        part: agreement(clusters[chosen], features.labels[chosen])
        for part, chosen in (("fit", told & ~features.is_test), ("test", told & features.is_test))
    }


def classes_measured(rows: Sequence[Row], judged: Sequence[Judged], known: set[str]) -> dict[str, Any] | None:
    """Of the labelled ones among ``rows``; ``known`` are the labels that were learnt. None without any."""
    told = [(row.label, each) for row, each in zip(rows, judged, strict=True) if row.label is not None]
    if not told:
        return None
    wanted = [label if label in known else UNKNOWN for label, _ in told]
    named, likeliest = [each.name for _, each in told], [each.likeliest for _, each in told]
    right = [one == other for one, other in zip(wanted, named, strict=True)]
    of_known = [each.name == UNKNOWN for (label, each) in told if label in known]
    of_others = [each.name == UNKNOWN for (label, each) in told if label not in known]
    return {
        "sequences": len(told),
        "accuracy": round(float(np.mean(right)), 4),
        "macro_f1": round(macro_f1(wanted, named), 4),
        "macro_f1_without_reject": round(macro_f1(wanted, likeliest), 4),
        "unknown_share_of_known": _mean(of_known),
        "unknown_share_of_unknown": _mean(of_others),
        "confusion": confusion([str(label) for label, _ in told], named),
    }


def baseline_measured(rows: Sequence[Row], is_test: Any) -> dict[str, Any] | None:
    """TF-IDF with logistic regression on the same split; None without labels on either side."""
    told = [(row, bool(test)) for row, test in zip(rows, is_test, strict=True) if row.label is not None]
    fit, test = ([_labelled(row) for row, own in told if own is part] for part in (False, True))
    if len({row.label for row in fit}) < 2 or not test:
        return None
    model = TfidfBaseline()
    model.fit(lambda: iter(fit))
    named = [name for name, _, _ in model.judge(test)]
    wanted = [row.label for row in test]
    return {
        "name": BASELINE,
        "accuracy": round(float(np.mean([a == b for a, b in zip(wanted, named, strict=True)])), 4),
        "macro_f1": round(macro_f1(wanted, named), 4),
        "confusion": confusion(wanted, named),
    }


def macro_f1(wanted: Sequence[str], named: Sequence[str]) -> float:
    """The mean F1 of the labels in ``wanted``; a label that is only ever named wrongly costs the others' recall."""
    scores = []
    for label in sorted(set(wanted)):
        hits = sum(one == other == label for one, other in zip(wanted, named, strict=True))
        scores.append(2 * hits / (wanted.count(label) + list(named).count(label)))
    return float(np.mean(scores))


def confusion(wanted: Sequence[str], named: Sequence[str]) -> dict[str, Any]:
    """counts [row of each label] [column of each name]"""
    labels, names = sorted(set(wanted)), sorted(set(named), key=lambda name: (name == UNKNOWN, name))
    counted = Counter(zip(wanted, named, strict=True))
    return {
        "labels": labels,
        "names": names,
        "counts": [[counted[label, name] for name in names] for label in labels],
    }


def _labelled(row: Row) -> LabelledRow:
    return LabelledRow(row.lines, row.label or "", group=row.group)


def _mean(claims: Sequence[bool]) -> float | None:
    return round(float(np.mean(claims)), 4) if claims else None
