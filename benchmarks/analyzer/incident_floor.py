"""How hard are the generated incidents? TF-IDF and logistic regression, on rows of known and of held-out templates.

    python benchmarks/analyzer/incident_floor.py --rows 5000

Needs scikit-learn (the extra ``bench``). Trains on the training split and judges rows that share its templates (what
a split by rows would call a test), and the rows of validation and test. Three readers: one sees a window as a bag;
one classifies every line and names the one that least looks normal; one is given the root's first line.
"""

from __future__ import annotations

import argparse
import warnings
from random import Random
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from services.trainer.datasets.incidents.compose import compose
from services.trainer.datasets.incidents.pools import pools_of
from services.trainer.datasets.incidents.rows import Row, row_of
from services.trainer.datasets.incidents.splitting import Split

NORMAL = "normal"
NORMAL_LINES_KEPT = 0.25


class Reader:
    """Words and pairs of words, and pieces of two to four characters, into a logistic regression."""

    def __init__(self, texts: list[str], labels: list[str]) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=30_000, sublinear_tf=True)
        self._pieces = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), min_df=3, max_features=30_000, sublinear_tf=True
        )
        features = hstack([self._words.fit_transform(texts), self._pieces.fit_transform(texts)])
        self._model = LogisticRegression(C=10, max_iter=100).fit(features.tocsr(), labels)
        self.classes = list(self._model.classes_)

    def probabilities(self, texts: list[str]) -> Any:
        return self._model.predict_proba(
            hstack([self._words.transform(texts), self._pieces.transform(texts)]).tocsr()
        )

    def read(self, texts: list[str]) -> list[str]:
        return [self.classes[best] for best in self.probabilities(texts).argmax(axis=1)]


def rows_of(split: Split, count: int, seed: int) -> list[Row]:
    return [row_of(compose(pools_of(split), Random(f"{seed}:{i}")), str(i), split, "") for i in range(count)]


def labelled_lines(rows: list[Row], rng: Random) -> tuple[list[str], list[str]]:
    lines = [
        (text, category or NORMAL)
        for row in rows
        for text, category in zip(row["window"], row["line_categories"], strict=True)
        if category or rng.random() < NORMAL_LINES_KEPT
    ]
    return [text for text, _ in lines], [label for _, label in lines]


def read_by_lines(reader: Reader, row: Row) -> tuple[int, str]:
    """Number of the line that least looks normal, and what it is otherwise."""
    found = reader.probabilities(row["window"])
    found[:, reader.classes.index(NORMAL)] *= -1
    at = int(found[:, reader.classes.index(NORMAL)].argmax())
    return at + 1, reader.classes[int(found[at].argmax())]


def share(hits: list[bool]) -> float:
    return float(np.mean(hits))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--judged", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    train = rows_of(Split.TRAIN, chosen.rows, chosen.seed)
    whole = Reader(["\n".join(row["window"]) for row in train], [row["target"]["category"] for row in train])
    lines = Reader(*labelled_lines(train, Random(chosen.seed)))
    print("| rows | window: accuracy | macro-F1 | lines: category | evidence | one fault | story | given the line |")
    print("|---|---|---|---|---|---|---|---|")
    judged = {
        "split by rows": rows_of(Split.TRAIN, chosen.judged, chosen.seed + 1),
        "validation": rows_of(Split.VALIDATION, chosen.judged, chosen.seed + 2),
        "test": rows_of(Split.TEST, chosen.judged, chosen.seed + 3),
    }
    for name, rows in judged.items():
        truth = [row["target"]["category"] for row in rows]
        bags = whole.read(["\n".join(row["window"]) for row in rows])
        pairs = [read_by_lines(lines, row) for row in rows]
        right = [category == true for (_, category), true in zip(pairs, truth, strict=True)]
        cited = [number in row["target"]["evidence"] for (number, _), row in zip(pairs, rows, strict=True)]
        given = lines.read([row["window"][row["target"]["evidence"][0] - 1] for row in rows])
        figures = [
            share([bag == true for bag, true in zip(bags, truth, strict=True)]),
            float(f1_score(truth, bags, average="macro")),
            share(right),
            share(cited),
            *(
                share([r for r, row in zip(right, rows, strict=True) if row["kind"] == kind])
                for kind in ("fault", "story")
            ),
            share([category == true for category, true in zip(given, truth, strict=True)]),
        ]
        print(f"| {name} | {' | '.join(f'{figure:.3f}' for figure in figures)} |")


if __name__ == "__main__":
    main()
