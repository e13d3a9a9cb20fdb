"""A cluster in words: how many, what its sequences show and lack, how they differ, and lines to look at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from services.trainer.pipelines.deeplog.clusters import NOISE, NOT_CLUSTERED
from services.trainer.pipelines.deeplog.features import Features
from services.trainer.pipelines.deeplog.sequences import Corpus
from shared.core.sequences.key_book import IntArray

_TELLING, _LACKING, _DIFFERING, _EXAMPLES = 6, 3, 4, 3
_LEAST_SHARE = 0.3  # of the cluster's sequences that hold a telling template
_LONGEST = 300
_ONE_NUMBER_BLOCKS = ("deviation", "statistics", "patterns")


def describe(corpus: Corpus, features: Features, clusters: IntArray) -> list[dict[str, Any]]:
    """One description per cluster of the fitting part, by number; noise last, where there is any."""
    fitting = ~features.is_test
    numbers = [own for own in np.unique(clusters[fitting]).tolist() if own != NOT_CLUSTERED]
    normal = np.flatnonzero(fitting & ~features.is_anomalous).tolist()
    shares = {own: _shares(corpus, np.flatnonzero(fitting & (clusters == own)).tolist()) for own in numbers}
    shares[NOT_CLUSTERED] = _shares(corpus, normal)
    clustered = features.rows[fitting & (clusters != NOT_CLUSTERED)].astype(np.float64)
    centre, spread = clustered.mean(axis=0), np.maximum(clustered.std(axis=0), 1e-9)
    found = []
    for own in sorted(numbers, key=lambda number: (number == NOISE, number)):
        members = np.flatnonzero(fitting & (clusters == own)).tolist()
        telling = _telling(own, shares)
        found.append(
            {
                "cluster": own,
                "sequences": len(members),
                "median_lines": int(np.median([len(corpus.rows[at].lines) for at in members])),
                "telling": telling,
                "lacking": _lacking(shares[own], shares[NOT_CLUSTERED]),
                "differs": _differs(features, members, centre, spread),
                "held": {template: round(share, 3) for template, share in shares[own].items() if share >= 0.05},
                "examples": _examples(corpus, members, [each["template"] for each in telling]),
            }
        )
        found[-1]["words"] = _words(found[-1])
    return found


def _shares(corpus: Corpus, members: Sequence[int]) -> dict[str, float]:
    """template -> share of the sequences that hold it"""
    held: Counter[str] = Counter()
    for at in members:
        held.update(set(corpus.parsed[at].templates))
    return {template: count / max(len(members), 1) for template, count in held.items()}


def _telling(own: int, shares: dict[int, dict[str, float]]) -> list[dict[str, Any]]:
    """Templates that this cluster holds and others, or normal life, do not: by share times log-odds of shares."""
    scored = []
    for template, share in shares[own].items():
        if share < _LEAST_SHARE:
            continue
        others = [held.get(template, 0.0) for number, held in shares.items() if number != own]
        elsewhere = max(float(np.mean(others)) if others else 0.0, shares[NOT_CLUSTERED].get(template, 0.0))
        scored.append((share * math.log((share + 0.02) / (elsewhere + 0.02)), template, share, elsewhere))
    best = sorted(scored, key=lambda each: (-each[0], each[1]))[:_TELLING]
    return [
        {"template": template[:_LONGEST], "share": round(share, 3), "elsewhere": round(elsewhere, 3)}
        for score, template, share, elsewhere in best
        if score > 0.05
    ]


def _lacking(own: dict[str, float], normal: dict[str, float]) -> list[dict[str, Any]]:
    """What most normal sequences hold and few of these."""
    gaps = sorted(((normal[t] - own.get(t, 0.0), t) for t in normal), key=lambda each: (-each[0], each[1]))
    return [
        {"template": t[:_LONGEST], "share": round(own.get(t, 0.0), 3), "normal": round(normal[t], 3)}
        for gap, t in gaps[:_LACKING]
        if gap > 0.4
    ]


def _differs(features: Features, members: Sequence[int], centre: Any, spread: Any) -> list[dict[str, Any]]:
    """Quantities in which this cluster lies apart from all clustered sequences, in standard deviations."""
    apart = (features.rows[members].astype(np.float64).mean(axis=0) - centre) / spread
    allowed = [at for at, block in enumerate(features.blocks) if block in _ONE_NUMBER_BLOCKS]
    best = sorted(allowed, key=lambda at: -abs(apart[at]))[:_DIFFERING]
    return [
        {"feature": features.names[at], "deviations": round(float(apart[at]), 2)}
        for at in best
        if abs(apart[at]) > 0.5
    ]


def _examples(corpus: Corpus, members: Sequence[int], telling: Sequence[str]) -> list[str]:
    """A line of each of the most telling templates; of none, the first lines of a sequence."""
    wanted = list(telling[:_EXAMPLES])
    found: dict[str, str] = {}
    for at in members:
        for template, line in zip(corpus.parsed[at].templates, corpus.rows[at].lines, strict=True):
            if template[:_LONGEST] in wanted:
                found.setdefault(template[:_LONGEST], line[:_LONGEST])
        if len(found) == len(wanted):
            break
    lines = [found[template] for template in wanted if template in found]
    return lines or [line[:_LONGEST] for line in corpus.rows[members[0]].lines[:_EXAMPLES]]


def _words(said: dict[str, Any]) -> str:
    parts = [f"{said['sequences']} sequences of about {said['median_lines']} lines"]
    if said["cluster"] == NOISE:
        parts.append("each unlike the others")
    if said["telling"]:
        first = said["telling"][0]
        parts.append(
            f"{first['share']:.0%} hold “{first['template'][:100]}”, elsewhere {first['elsewhere']:.0%}"
            + _and_others(each["template"] for each in said["telling"][1:3])
        )
    if said["lacking"]:
        first = said["lacking"][0]
        parts.append(f"lacking “{first['template'][:100]}”, which {first['normal']:.0%} of normal sequences hold")
    for each in said["differs"][:2]:
        parts.append(f"{'high' if each['deviations'] > 0 else 'low'}: {each['feature']}")
    return "; ".join(parts)


def _and_others(templates: Iterable[str]) -> str:
    quoted = [f"“{template[:60]}”" for template in templates]
    return f" (also {', '.join(quoted)})" if quoted else ""
