"""One answer out of several opinions: weighted sums, with weights fitted on templates that nobody trained on.

evidence    score of a line = its columns times ``evidence`` weights; the best line, and those within ``reach`` of it
category    for each line a softmax over the categories of its columns times ``category`` weights and ``bias``, what a
            category starts with; then their mean over the lines, each as likely as its score says. Fitted by
            likelihood, which makes the probabilities calibrated: a doubt between lines is a doubt between categories
unknown     said when the likeliest category is less likely than ``least``
Pure: numpy only. ``loglynx.fit_embedded`` fits, ``MixWeights`` is stored beside the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.analyzer.embedded.opinions import CATEGORIES, Opinions, softmax
from shared.core.taxonomy import Category

MOST_EVIDENCE = 3
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MixWeights:
    """One weight for each column of the opinions, and a bias, in nats, for each of CATEGORIES."""

    evidence: tuple[float, ...]
    category: tuple[float, ...]
    bias: tuple[float, ...]
    reach: float
    least: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """lines (ascending, from 0), likeliest category and its probability, and the runner-up."""

    lines: tuple[int, ...]
    main_line: int
    category: Category
    confidence: float
    runner_up: Category
    shares: FloatArray

    @property
    def has_abstained(self) -> bool:
        """Unknown was answered for want of confidence, not because it is the likeliest."""
        return self.category is Category.UNKNOWN and CATEGORIES[int(self.shares.argmax())] is not Category.UNKNOWN


def mix(
    opinions: Opinions,
    weights: MixWeights,
    excluded: frozenset[Category] = frozenset(),
    beside: frozenset[int] = frozenset(),
) -> Mixed:
    """``excluded`` categories are not answered, lines ``beside`` the trouble (from 0, never all) are not cited."""
    scores = line_scores(opinions, weights)
    scores[list(beside)] = -np.inf
    main = int(scores.argmax())
    near = [line for line in np.argsort(-scores, kind="stable") if scores[line] >= scores[main] - weights.reach]
    shares = category_shares(opinions, scores, weights, excluded)
    first, second = np.argsort(-shares, kind="stable")[:2]
    confidence = float(shares[first])
    category = CATEGORIES[first] if confidence >= weights.least else Category.UNKNOWN
    lines = tuple(sorted(int(line) for line in near[:MOST_EVIDENCE]))
    return Mixed(lines, main, category, confidence, CATEGORIES[second], shares)


def line_scores(opinions: Opinions, weights: MixWeights) -> FloatArray:
    """(lines,) nats that a line is the evidence, up to a constant."""
    return np.asarray(opinions.evidence @ np.array(weights.evidence, np.float32), np.float32)


def category_shares(
    opinions: Opinions, scores: FloatArray, weights: MixWeights, excluded: frozenset[Category] = frozenset()
) -> FloatArray:
    """(CATEGORIES,) probabilities, over lines that are the evidence as ``scores`` (lines,) say."""
    logits = opinions.category @ np.array(weights.category, np.float32) + np.array(weights.bias, np.float32)
    logits[:, [CATEGORIES.index(category) for category in excluded & set(CATEGORIES)]] = -np.inf
    return np.asarray(softmax(scores) @ softmax(logits), np.float32)
