"""Does a line give the label of a generated sequence away, or does it take the sequence?

``python benchmarks/accuracy/sequence_giveaways.py --count 8000 --language zh``

Four ways to judge, each of which sees more: a list of words of trouble; logistic regression on the words of one line,
a sequence being as suspicious as its most telling line; on the words of the whole sequence; on its words and, for
each two of them, which was met last. Learnt on 80 %, threshold chosen on 10 %, measured on 10 %. Messages alone are
read, without stamps, numbers and ids; words rarer than one line in 500 are dropped, services' names among them.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from services.trainer.datasets.sequences.generate import sequence_rows
from shared.core.parsing import LineParser

TROUBLE = re.compile(
    r"error|fail|exception|timeout|timed out|refused|reset|exhaust|reject|denied|wrong"
    r"|失败|错误|异常|超时|拒绝|重置|耗尽|无法",
    re.IGNORECASE,
)
_WITH_DIGITS = re.compile(r"[\w./:-]*\d[\w./:-]*")
_WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]+")
Words = list[str]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows in three parts: up to ``fit``, up to ``choose``, and the rest."""

    texts: list[list[str]]
    words: list[list[Words]]
    labels: np.ndarray
    fit: int
    choose: int


def words_of(message: str) -> Words:
    """Latin words, and pairs of Chinese characters."""
    found: Words = []
    for word in _WORD.findall(_WITH_DIGITS.sub(" ", message).lower()):
        found += [word] if word[0] <= "z" else [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found


def draw(count: int, seed: int, language: Any) -> Sample:
    rows = list(sequence_rows(count, seed, language))
    parser = LineParser()
    texts = [[parser.parse(line, 0).message for line in row["lines"]] for row in rows]
    words = [[words_of(text) for text in lines] for lines in texts]
    fit, choose = int(0.8 * count), int(0.9 * count)
    met = Counter(word for lines in words[:fit] for line in lines for word in set(line))
    least = sum(map(len, words[:fit])) / 500
    kept = [[[word for word in line if met[word] >= least] for line in lines] for lines in words]
    return Sample(texts, kept, np.array([row["label"] for row in rows]), fit, choose)


def by_word_list(sample: Sample) -> np.ndarray:
    return np.array([float(any(map(TROUBLE.search, lines))) for lines in sample.texts])


def by_most_telling_line(sample: Sample) -> np.ndarray:
    lines = [line for sequence in sample.words[: sample.fit] for line in sequence]
    labels = np.repeat(sample.labels[: sample.fit], [len(sequence) for sequence in sample.words[: sample.fit]])
    seen = CountVectorizer(analyzer=lambda line: line, binary=True)
    model = LogisticRegression(max_iter=300).fit(seen.fit_transform(lines), labels)
    return np.array([model.predict_proba(seen.transform(sequence))[:, 1].max() for sequence in sample.words])


def by_words(sample: Sample) -> np.ndarray:
    return _learnt(sample, lambda lines: [word for line in lines for word in line], least=1, c=0.3)


def by_order(sample: Sample) -> np.ndarray:
    return _learnt(sample, lambda lines: list(_last_met(lines)), least=max(5, sample.fit // 1000), c=0.02)


def _last_met(lines: Sequence[Words]) -> Iterator[str]:
    """Every word, and every two of which the second was met after the first had been met for the last time."""
    last = {word: at for at, line in enumerate(lines) for word in line}
    yield from last
    yield from (f"{one}>{other}" for one in last for other in last if last[one] < last[other])


def _learnt(sample: Sample, analyze: Callable[[list[Words]], list[str]], least: int, c: float) -> np.ndarray:
    seen = CountVectorizer(analyzer=analyze, binary=True, min_df=least, dtype=np.float32)
    fitted = seen.fit_transform(sample.words[: sample.fit])
    model = LogisticRegression(C=c, solver="liblinear").fit(fitted, sample.labels[: sample.fit])
    rest = model.predict_proba(seen.transform(sample.words[sample.fit :]))[:, 1]
    return np.concatenate([np.zeros(sample.fit), rest])


WAYS: dict[str, Callable[[Sample], np.ndarray]] = {
    "a word of trouble": by_word_list,
    "most telling line": by_most_telling_line,
    "words of the sequence": by_words,
    "words and their order": by_order,
}


def measure(sample: Sample, scores: np.ndarray) -> dict[str, float]:
    """F1 at the threshold that is best on the middle part, and the two areas, on the last part."""
    chosen, test = slice(sample.fit, sample.choose), slice(sample.choose, None)
    labels = sample.labels
    thresholds = np.unique(scores[chosen])
    best = max(thresholds, key=lambda at: f1_score(labels[chosen], scores[chosen] >= at, zero_division=0))
    return {
        "f1": float(f1_score(labels[test], scores[test] >= best, zero_division=0)),
        "roc_auc": float(roc_auc_score(labels[test], scores[test])),
        "average_precision": float(average_precision_score(labels[test], scores[test])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="What gives the label of a generated sequence away?")
    parser.add_argument("--count", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--language", choices=("zh", "en", "both"), default="both")
    asked = parser.parse_args()
    sample = draw(asked.count, asked.seed, asked.language)
    everything = np.ones(len(sample.labels))
    for name, way in {"flag everything": lambda _: everything, **WAYS}.items():
        found = measure(sample, way(sample))
        print(f"{name:<24}" + "  ".join(f"{key} {value:.3f}" for key, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
