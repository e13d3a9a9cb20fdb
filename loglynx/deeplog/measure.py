"""How good clusters and classifier are, by labels that clusters never saw, on sequences that nothing learnt from.

Accuracy and F1 are of sequences whose label was learnt, for classifier and baseline alike: "unknown" is wrong there.
How many of the others, whose label no training sequence had, are called unknown stands apart. Without labels nothing
is measured.
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
    learnt = [(str(label), each) for label, each in told if label in known]
    wanted = [label for label, _ in learnt]
    named, likeliest = [each.name for _, each in learnt], [each.likeliest for _, each in learnt]
    of_known = [name == UNKNOWN for name in named]
    of_others = [each.name == UNKNOWN for (label, each) in told if label not in known]
    return {
        "sequences": len(told),
        "of_learnt_labels": len(learnt),
        "accuracy": _mean([one == other for one, other in zip(wanted, named, strict=True)]),
        "macro_f1": macro_f1(wanted, named),
        "macro_f1_without_reject": macro_f1(wanted, likeliest),
        "unknown_share_of_known": _mean(of_known),
        "unknown_share_of_unknown": _mean(of_others),
        "confusion": confusion([str(label) for label, _ in told], [each.name for _, each in told]),
    }


def baseline_measured(rows: Sequence[Row], is_test: Any) -> dict[str, Any] | None:
    """TF-IDF with logistic regression on the same split; None without labels on either side."""
    told = [(row, bool(test)) for row, test in zip(rows, is_test, strict=True) if row.label is not None]
    fit, test = ([_labelled(row) for row, own in told if own is part] for part in (False, True))
    learnt = {row.label for row in fit}
    test = [row for row in test if row.label in learnt]
    if len(learnt) < 2 or not test:
        return None
    model = TfidfBaseline()
    model.fit(lambda: iter(fit))
    named = [name for name, _, _ in model.judge(test)]
    wanted = [row.label for row in test]
    return {
        "name": BASELINE,
        "accuracy": _mean([a == b for a, b in zip(wanted, named, strict=True)]),
        "macro_f1": macro_f1(wanted, named),
        "confusion": confusion(wanted, named),
    }


def macro_f1(wanted: Sequence[str], named: Sequence[str]) -> float | None:
    """The mean F1 of the labels in ``wanted``, None without any.

    A label that is only ever named wrongly costs the others' recall."""
    scores = []
    for label in sorted(set(wanted)):
        hits = sum(one == other == label for one, other in zip(wanted, named, strict=True))
        scores.append(2 * hits / (wanted.count(label) + list(named).count(label)))
    return _mean(scores)


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


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
