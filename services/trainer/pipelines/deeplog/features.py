"""Stage 2: every sequence as a row of numbers, its deviations measured by an expert that did not train on it.

Written: ``features.npy`` (n, d) float32, ``labels.npy`` (n,) int64, -1 where nothing is said, ``names.json``: names
and blocks of the columns, names of the labels, whether each row tests, who counts as anomalous. None is a pickle.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.pipelines.deeplog import feature_blocks as blocks
from services.trainer.pipelines.deeplog.expert import Experts
from services.trainer.pipelines.deeplog.normal_profile import NormalProfile
from services.trainer.pipelines.deeplog.ranks import Deviations, read_deviations
from services.trainer.pipelines.deeplog.sequences import NORMAL, Corpus
from services.trainer.ranking import area_under_curve

FEATURES, LABELS, NAMES = "features.npy", "labels.npy", "names.json"
UNTOLD = -1
_OTHERS = "other templates"
_MOST_ASKED = 64  # templates with columns of their own
_LONGEST_NAME = 90
_TIE = 1e-3  # nothing is more surprising than what was never met, so that many sequences are equally strange


@dataclass(frozen=True, slots=True)
class Features:
    """n sequences, d columns.

    rows (n, d)   names, blocks (d)   labels (n,) of label_names, UNTOLD where nothing is said
    is_test, is_anomalous (n,) bool: anomalous by label or, where nothing is labelled, among the strangest
    """

    rows: NDArray[np.float32]
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    labels: NDArray[np.int64]
    label_names: tuple[str, ...]
    is_test: NDArray[np.bool_]
    is_anomalous: NDArray[np.bool_]


def extract_features(corpus: Corpus, experts: Experts, anomalous_share: float) -> Features:
    """anomalous_share: of sequences that count as anomalous where none is labelled, the strangest ones."""
    judges = [experts.judge_of(corpus, at) for at in range(len(corpus.rows))]
    profiles = _profiles(corpus, set(judges))
    deviations = _deviations(corpus, experts, judges)
    if corpus.is_told:
        is_anomalous = ~corpus.is_normal
    else:
        strange = np.array([each.surprise.max() + _TIE * each.surprise.mean() for each in deviations])
        is_anomalous = strange > np.quantile(strange[~corpus.is_test], 1 - anomalous_share)
    asked = _asked(corpus, is_anomalous & ~corpus.is_test)
    rows = []
    for at, (read, judge) in enumerate(zip(deviations, judges, strict=True)):
        parsed, normal = corpus.parsed[at], profiles[judge]
        rows.append(
            [
                *blocks.deviation_row(read),
                *blocks.surprise_at_row(read, parsed.templates, asked),
                *blocks.statistics_row(parsed),
                *blocks.pattern_row(parsed.templates, normal),
                *blocks.excess_row(parsed.templates, normal.usual_count, asked),
            ]
        )
    short = [each[:_LONGEST_NAME] for each in asked]
    parts = {
        "deviation": blocks.DEVIATION,
        "surprise at": (*(f"surprise at: {each}" for each in short), f"surprise at: {_OTHERS}"),
        "statistics": blocks.STATISTICS,
        "patterns": blocks.PATTERNS,
        "excess of": tuple(f"excess of: {each}" for each in short),
    }
    names = tuple(name for own in parts.values() for name in own)
    label_names = tuple(sorted({row.label for row in corpus.rows if row.label is not None}))
    number = {name: at for at, name in enumerate(label_names)}
    labels = np.array([UNTOLD if row.label is None else number[row.label] for row in corpus.rows], dtype=np.int64)
    return Features(
        np.array(rows, dtype=np.float32),
        names,
        tuple(block for block, own in parts.items() for _ in own),
        labels,
        label_names,
        np.asarray(corpus.is_test),
        is_anomalous,
    )


def write_features(features: Features, output: Path) -> dict[str, Any]:
    """Into ``output``; what there is to say of them."""
    np.save(output / FEATURES, features.rows, allow_pickle=False)
    np.save(output / LABELS, features.labels, allow_pickle=False)
    said = {
        "features": features.names,
        "blocks": features.blocks,
        "labels": features.label_names,
        "is_test": features.is_test.astype(int).tolist(),
        "is_anomalous": features.is_anomalous.astype(int).tolist(),
    }
    (output / NAMES).write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
    return {
        "sequences": len(features.rows),
        "features": len(features.names),
        "test": int(features.is_test.sum()),
        "anomalous": int(features.is_anomalous.sum()),
        "auc_of_largest_surprise": _auc(features),
    }


def load_features(directory: Path) -> Features:
    """What ``write_features`` wrote."""
    said = json.loads((directory / NAMES).read_text(encoding="utf-8"))
    return Features(
        np.load(directory / FEATURES, allow_pickle=False),
        tuple(said["features"]),
        tuple(said["blocks"]),
        np.load(directory / LABELS, allow_pickle=False),
        tuple(said["labels"]),
        np.array(said["is_test"], dtype=bool),
        np.array(said["is_anomalous"], dtype=bool),
    )


def _profiles(corpus: Corpus, judges: set[str]) -> dict[str, NormalProfile]:
    """What the normal sequences that each expert trained on are made of."""
    normal = np.flatnonzero(corpus.is_normal & ~corpus.is_test).tolist()
    return {
        name: NormalProfile.of(
            [corpus.parsed[at].templates for at in normal if name != f"fold-{int(corpus.folds[at])}"]
        )
        for name in sorted(judges)
    }


def _deviations(corpus: Corpus, experts: Experts, judges: list[str]) -> list[Deviations]:
    found: dict[int, Deviations] = {}
    for name in sorted(set(judges)):
        own = [at for at, judge in enumerate(judges) if judge == name]
        read = read_deviations(experts.by_name[name], [corpus.parsed[at].templates for at in own])
        found |= dict(zip(own, read, strict=True))
    return [found[at] for at in range(len(judges))]


def _asked(corpus: Corpus, is_learnt: NDArray[np.bool_]) -> list[str]:
    """Templates that some of the anomalous sequences that are learnt from hold, and others do not."""
    held: Counter[str] = Counter()
    chosen = np.flatnonzero(is_learnt).tolist()
    for at in chosen:
        held.update(set(corpus.parsed[at].templates))
    n = max(len(chosen), 1)
    varied = {template: (count / n) * (1 - count / n) for template, count in held.items() if count > 1}
    return sorted(varied, key=lambda template: (-varied[template], template))[:_MOST_ASKED]


def _auc(features: Features) -> float | None:
    """How well the largest surprise alone orders the sequences of the test part; None where nothing is labelled."""
    column = features.rows[:, features.names.index("surprise: largest")]
    chosen = features.is_test if features.is_test.any() else np.ones(len(column), dtype=bool)
    told = chosen & (features.labels != UNTOLD)
    if not told.any():
        return None
    is_bad = np.array([features.label_names[at] != NORMAL for at in features.labels[told]])
    area = area_under_curve(column[told], is_bad)
    return None if np.isnan(area) else round(area, 5)
