"""The numbers that describe one sequence, in blocks: how it deviates, what it counts, which patterns it shows.

Every function gives one row; the names stand beside it. All logarithms are natural, of 1 + the count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from services.trainer.pipelines.deeplog.normal_profile import NormalProfile, grams
from services.trainer.pipelines.deeplog.ranks import TOP_G, Deviations
from shared.core.lexicon import trouble
from shared.core.records import Level
from shared.core.sequences.impressions import Templates
from shared.core.sequences.key_book import UNSEEN
from shared.core.sequences.parsed_lines import NO_STAMP, Parsed

Row = list[float]
_THIRDS = ("first", "second", "last")

DEVIATION: Final = (
    "surprise: mean", "surprise: median", "surprise: 90 %", "surprise: largest", "surprise: spread",
    *(f"surprise: mean of the {third} third" for third in _THIRDS),
    "surprise at the end of the sequence",
    "rank: mean log", "rank: largest log", "share of events not the likeliest", "share of events not in the top 3",
    f"share of events not in the top {TOP_G}", "share of events that the expert never met",
    "first deviation: place, 0 to 1", "deviations: log count", "deviations: longest run",
)  # fmt: skip


def deviation_row(read: Deviations) -> Row:
    """A deviation is an event that is not among the TOP_G likeliest."""
    surprise, ranks = read.surprise, read.ranks
    strays = ranks >= TOP_G
    thirds = [float(part.mean()) if len(part) else 0.0 for part in np.array_split(surprise, len(_THIRDS))]
    logs = np.log1p(ranks)
    first = int(np.argmax(strays)) / len(ranks) if strays.any() else 1.0
    return [
        float(surprise.mean()), float(np.median(surprise)), float(np.quantile(surprise, 0.9)), float(surprise.max()),
        float(surprise.std()), *thirds, float(surprise[-1]),
        float(logs.mean()), float(logs.max()), float((ranks > 0).mean()), float((ranks >= 3).mean()),
        float(strays.mean()), float((read.keys == UNSEEN).mean()),
        first, math.log1p(int(strays.sum())), math.log1p(longest_run(strays.tolist())),
    ]  # fmt: skip


def surprise_at_row(read: Deviations, templates: Templates, asked: Sequence[str]) -> Row:
    """The log of the surprise summed over the deviating events of each template ``asked``, and of all others."""
    sums: Counter[str] = Counter()
    for template, nats, rank in zip(templates, read.surprise.tolist(), read.ranks.tolist(), strict=False):
        if rank >= TOP_G:
            sums[template] += nats
    own = [math.log1p(sums.pop(template, 0.0)) for template in asked]
    return [*own, math.log1p(sum(sums.values()))]


_LEVELS = (Level.WARN, Level.ERROR, Level.FATAL)
_GAPS = (0.5, 0.9, 0.99, 1.0)
STATISTICS: Final = (
    "lines: log count", "templates: root of the count", "templates per line", "entropy of templates, nats",
    *(f"{level.name} lines: log count" for level in _LEVELS), "share of WARN and worse",
    "words of trouble: mean", "words of trouble: log count",
    *(f"pause: {share:.0%}, log ms" for share in _GAPS), "duration: log ms", "lines a second: log",
)  # fmt: skip


def statistics_row(parsed: Parsed) -> Row:
    """Levels and times count where lines tell them."""
    n = max(len(parsed.templates), 1)
    counts = Counter(parsed.templates)
    shares = np.array(list(counts.values()), dtype=np.float64) / n
    levels = Counter(parsed.levels)
    loud = sum(levels[int(level)] for level in _LEVELS)
    bad = {template: trouble(template) for template in counts}
    worst = sum(count for template, count in counts.items() if bad[template] > 0.5)
    stamps = [stamp for stamp in parsed.stamps if stamp != NO_STAMP]
    gaps = [max(later - sooner, 0) for sooner, later in pairwise(stamps)] or [0]
    lasted = max(stamps) - min(stamps) if stamps else 0
    return [
        math.log1p(n), math.sqrt(len(counts)), len(counts) / n, float(-(shares * np.log(shares)).sum()),
        *(math.log1p(levels[int(level)]) for level in _LEVELS), loud / n,
        sum(bad[template] * count for template, count in counts.items()) / n, math.log1p(worst),
        *np.log1p(np.quantile(gaps, _GAPS)).tolist(), math.log1p(lasted), math.log1p(n / (lasted + 1000) * 1000),
    ]  # fmt: skip


PATTERNS: Final = (
    "share of lines whose template is not normal", "templates that are not normal: log count",
    "share of pairs that are not normal", "share of triples that are not normal",
    "share missing of what normal sequences hold", "templates missing: log count",
    "longest repetition of one template: log", "share of lines that repeat the one before",
    "share of the commonest template", "share of pairs that occur twice or more",
)  # fmt: skip


def pattern_row(templates: Templates, normal: NormalProfile) -> Row:
    """n-grams, missing and extra templates, repetition, against ``normal``."""
    n = max(len(templates), 1)
    extra = [template for template in templates if template not in normal.held]
    pairs, triples = list(grams(templates, 2)), list(grams(templates, 3))
    missing = normal.core - set(templates)
    repeats = [left == right for left, right in pairwise(templates)]
    again = Counter(pairs)
    return [
        len(extra) / n, math.log1p(len(set(extra))),
        sum(pair not in normal.pairs for pair in pairs) / max(len(pairs), 1),
        sum(triple not in normal.triples for triple in triples) / max(len(triples), 1),
        len(missing) / max(len(normal.core), 1), math.log1p(len(missing)),
        math.log1p(longest_run(repeats)), sum(repeats) / n,
        max(Counter(templates).values(), default=0) / n,
        sum(count for count in again.values() if count > 1) / max(len(pairs), 1),
    ]  # fmt: skip


def excess_row(templates: Templates, usual: Mapping[str, float], asked: Sequence[str]) -> Row:
    """How much oftener each template ``asked`` occurs than in the mean normal sequence, in logs."""
    counts = Counter(templates)
    return [math.log1p(counts[template]) - usual.get(template, 0.0) for template in asked]


def longest_run(claims: Sequence[bool]) -> int:
    """How many in a row are true at most."""
    longest = run = 0
    for claim in claims:
        run = run + 1 if claim else 0
        longest = max(longest, run)
    return longest
