"""What everything is measured against: TF-IDF of words and character n-grams, and logistic regression.

In: rows to fit on and rows to judge, as often as asked for. Out: labels with their confidence. Needs scikit-learn
(extra ``bench``). Features are hashed, and a window gives at most ``MAX_CHARS`` characters to character n-grams, so
that memory stays bounded whatever the rows are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from loglynx.evaluation.labelled_rows import LabelledRow

NAME = "TF-IDF + LR"
MAX_CHARS = 20_000
_STRENGTH = 10.0
_WORD = r"(?u)[^\W\d_]\w+|[\u3400-\u9fff]"
Read = Callable[[], Iterable[LabelledRow]]


class TfidfBaseline:
    """``fit`` first; then ``judge`` gives (label, confidence, milliseconds) row by row."""

    def __init__(self) -> None:
        self._words = HashingVectorizer(n_features=2**16, token_pattern=_WORD, alternate_sign=False, norm=None)
        self._chars = HashingVectorizer(
            n_features=2**16, analyzer="char_wb", ngram_range=(3, 5), alternate_sign=False, norm=None
        )
        self._word_weights, self._char_weights = (
            TfidfTransformer(sublinear_tf=True),
            TfidfTransformer(sublinear_tf=True),
        )
        self._model = LogisticRegression(C=_STRENGTH, max_iter=1_000, class_weight="balanced")

    def fit(self, rows: Read) -> None:
        words = self._word_weights.fit_transform(self._words.transform(_text(row) for row in rows()))
        chars = self._char_weights.fit_transform(self._chars.transform(_sample(_text(row)) for row in rows()))
        self._model.fit(hstack([words, chars]).tocsr(), [row.label for row in rows()])

    def judge(self, rows: Iterable[LabelledRow]) -> Iterator[tuple[str, float, float]]:
        for row in rows:
            start = time.perf_counter()
            shares: Any = self._model.predict_proba(self._features(_text(row)))[0]
            best = int(np.argmax(shares))
            yield str(self._model.classes_[best]), float(shares[best]), (time.perf_counter() - start) * 1_000

    def _features(self, text: str) -> Any:
        words = self._word_weights.transform(self._words.transform([text]))
        return hstack([words, self._char_weights.transform(self._chars.transform([_sample(text)]))]).tocsr()


def _text(row: LabelledRow) -> str:
    return "\n".join(row.lines)


def _sample(text: str) -> str:
    """The whole, or ten pieces spread over it."""
    if len(text) <= MAX_CHARS:
        return text
    piece, step = MAX_CHARS // 10, len(text) // 10
    return "\n".join(text[at * step : at * step + piece] for at in range(10))
