"""For scores from anywhere: how well they tell anomalies, as figures and as pictures.

from loglynx.score_quality import evaluate_scores, visualize_results

found = evaluate_scores([0.2, 0.8, 0.3, 0.9, 0.1], [0, 1, 0, 1, 0])
float(found)                # ROC-AUC
visualize_results([0.2, 0.8, 0.3, 0.9, 0.1], [0, 1, 0, 1, 0], "results")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from loglynx.bench.metrics import quality
from loglynx.bench.ranking import BoolArray, FloatArray
from loglynx.comparison.compare import Oracle, oracle


@dataclass(frozen=True, slots=True)
class ScoreQuality:
    """roc_auc, pr_auc  over all thresholds, NaN without both classes

    precision, recall, f1  at ``threshold``, NaN where none was given
    oracle  the best threshold that labels could pick: a ceiling, not a result
    """

    windows: int
    anomalies: int
    roc_auc: float
    pr_auc: float
    precision: float
    recall: float
    f1: float
    oracle: Oracle

    def __float__(self) -> float:
        """ROC-AUC."""
        return self.roc_auc


def evaluate_scores(scores: ArrayLike, labels: ArrayLike, threshold: float | None = None) -> ScoreQuality:
    """scores (n,), larger is stranger; labels (n,), truthy for an anomaly. Raises ValueError for other shapes."""
    strangeness, is_anomaly = _arrays(scores, labels)
    is_flagged = strangeness > (np.inf if threshold is None else threshold)
    found = quality(is_anomaly, strangeness, is_flagged)
    own = (found.precision, found.recall, found.f1) if threshold is not None else (np.nan,) * 3
    return ScoreQuality(
        len(strangeness), found.anomalies, found.roc_auc, found.average_precision, *own,
        oracle(is_anomaly, strangeness),
    )  # fmt: skip


def visualize_results(
    scores: ArrayLike,
    labels: ArrayLike,
    output: Path | str,
    embeddings: ArrayLike | None = None,
    threshold: float | None = None,
    name: str = "scores",
) -> list[Path]:
    """ROC, precision and recall, score distributions and, given embeddings (n, dim), their t-SNE, as PNG files.

    Needs matplotlib and scikit-learn (extra ``bench``). The files written.
    """
    from loglynx.comparison.bare_scores import comparison_of
    from loglynx.comparison.figures import draw

    strangeness, is_anomaly = _arrays(scores, labels)
    points = None if embeddings is None else np.asarray(embeddings, dtype=np.float64)
    if points is not None and (points.ndim != 2 or len(points) != len(strangeness)):
        raise ValueError("embeddings are a row of numbers for each score")
    limit = np.inf if threshold is None else threshold
    directory = Path(output)
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for picture, content in draw(comparison_of(name, strangeness, is_anomaly, limit, points)).items():
        path = directory / f"{picture}.png"
        path.write_bytes(content)
        written.append(path)
    return written


def _arrays(scores: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, BoolArray]:
    strangeness, is_anomaly = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if strangeness.ndim != 1 or is_anomaly.shape != strangeness.shape:
        raise ValueError("scores and labels are two rows of numbers of the same length")
    return strangeness, is_anomaly.astype(bool)


__all__: Sequence[str] = ("ScoreQuality", "evaluate_scores", "visualize_results")
