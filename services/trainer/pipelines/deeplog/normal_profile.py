"""What normal sequences are made of: which templates they hold, and which runs of two and three of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.core.sequences.impressions import Templates

_CORE_SHARE = 0.9
_EDGE = ""  # before the first and after the last template


@dataclass(frozen=True, slots=True)
class NormalProfile:
    """held  template -> share of normal sequences that hold it    core  what nearly all of them hold

    usual_count  template -> mean of log(1 + count) over all normal sequences
    """

    held: dict[str, float]
    core: frozenset[str]
    usual_count: dict[str, float]
    pairs: frozenset[tuple[str, ...]]
    triples: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, sequences: Sequence[Templates]) -> NormalProfile:
        """Raises ValueError for no sequence."""
        if not sequences:
            raise ValueError("there is no normal sequence")
        counts = [Counter(each) for each in sequences]
        held: Counter[str] = Counter()
        logs: Counter[str] = Counter()
        for own in counts:
            held.update(own.keys())
            for template, count in own.items():
                logs[template] += math.log1p(count)  # type: ignore[assignment]
        n = len(sequences)
        shares = {template: count / n for template, count in held.items()}
        return cls(
            shares,
            frozenset(template for template, share in shares.items() if share >= _CORE_SHARE),
            {template: total / n for template, total in logs.items()},
            frozenset(gram for each in sequences for gram in grams(each, 2)),
            frozenset(gram for each in sequences for gram in grams(each, 3)),
        )


def grams(templates: Templates, size: int) -> Iterable[tuple[str, ...]]:
    """Runs of ``size`` neighbours, the edges of the sequence included."""
    framed = (_EDGE, *templates, _EDGE)
    return zip(*(framed[at:] for at in range(size)), strict=False)
