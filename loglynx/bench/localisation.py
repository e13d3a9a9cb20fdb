"""Does a detector point at the right line? Only windows are asked whose wrong lines are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.ranking import BoolArray, FloatArray, Ranking, average_precision, oracle_f1
from loglynx.bench.task import Case


@dataclass(frozen=True, slots=True)
class Localisation:
    """hits  flagged true windows with a known wrong line

    top1, top3   share of them with a wrong line first, or among the first three
    lines        lines whose truth is known; they may be too few to say anything
    average_precision, oracle_f1  of the line scores over all of these
    """

    hits: int
    top1: float
    top3: float
    lines: int
    wrong_lines: int
    average_precision: float
    oracle_f1: float


def localise(cases: Sequence[Case], lines: Sequence[FloatArray], is_flagged: BoolArray) -> Localisation:
    """``lines`` has one array per case; equal line scores stand in the order of the window.

    A detector that reads only the first events of a long window has fewer scores than the window has lines: the rest
    are its least strange.
    """
    first, hits = [], 0
    truths: list[BoolArray] = []
    scores: list[FloatArray] = []
    for case, given, flagged in zip(cases, lines, is_flagged.tolist(), strict=True):
        if case.wrong is None or not case.events:
            continue
        truth = np.array(case.wrong, dtype=bool)
        score = np.full(len(truth), -np.inf)
        score[: len(given)] = given[: len(truth)]
        truths.append(truth)
        scores.append(score)
        if flagged and case.is_anomaly and truth.any():
            hits += 1
            first.append(int(np.flatnonzero(truth[np.argsort(-score, kind="stable")])[0]))
    places = np.array(first)
    all_truths = np.concatenate(truths) if truths else np.zeros(0, dtype=bool)
    steps = Ranking.of(all_truths, np.concatenate(scores) if scores else np.zeros(0)).steps(np.ones((1, 1)))
    return Localisation(
        hits=hits,
        top1=float(np.mean(places < 1)) if hits else float("nan"),
        top3=float(np.mean(places < 3)) if hits else float("nan"),
        lines=len(all_truths),
        wrong_lines=int(all_truths.sum()),
        average_precision=float(average_precision(*steps)[0]),
        oracle_f1=float(oracle_f1(*steps)[0]),
    )
