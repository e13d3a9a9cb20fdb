"""How long a request waits between its own lines, however many requests are written side by side.

In: lines and their time stamps. Out: ``KIN_QUANTITIES`` numbers. Never raises. Lines are kin that share a number of a
request, a trace or a block; of several shared ones the rarest counts. A throttled processor shows as pauses near its
scheduling period, a slow network as pauses of its delay, where pauses between neighbouring lines show only traffic.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

NO_STAMP: Final = -1
_EDGES_MS = (-1, 0.5, 1.5, 3.5, 7.5, 15, 30, 60, 85, 115, 170, 230, 400, 1_000, 3_000, 10_000, 60_000, math.inf)
_QUANTILES = (0.5, 0.75, 0.9, 0.99)
KIN_QUANTITIES: Final = len(_EDGES_MS) - 1 + len(_QUANTILES) + 4
_ID = re.compile(r"(?<![0-9A-Za-z_-])(?=[A-Za-z_-]{0,63}[0-9])[0-9A-Za-z_-]{8,64}+(?![0-9A-Za-z_-])")
_MOST_IDS = 12
_MOST_CHARS = 1_000


def ids_of(line: str) -> list[str]:
    """Words of a line that may name a request: eight characters or more with a digit among them."""
    return list(dict.fromkeys(_ID.findall(line[:_MOST_CHARS])))[:_MOST_IDS]


def kin_pauses(ids: Sequence[Sequence[str]], templates: Sequence[int], stamps: Sequence[int]) -> list[float]:
    """ids: of each line, from ``ids_of``; stamps in milliseconds or NO_STAMP. All 0 where no two lines are kin."""
    often = Counter(name for own in ids for name in own)
    last: dict[str, int] = {}
    pauses: list[int] = []
    steps: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, own in enumerate(ids):
        telling = [name for name in own if 2 <= often[name] <= max(2, len(ids) // 2)]
        if telling:
            before = last.get(min(telling, key=lambda name: often[name]))
            if before is not None and NO_STAMP not in (stamps[before], stamps[at]):
                pause = max(0, stamps[at] - stamps[before])
                pauses.append(pause)
                steps[templates[before], templates[at]].append(pause)
        for name in telling:
            last[name] = at
    return _summed(pauses, steps.values()) if pauses else [0.0] * KIN_QUANTITIES


def _summed(pauses: Sequence[int], steps: Iterable[Sequence[int]]) -> list[float]:
    shares = np.sqrt(np.histogram(pauses, _EDGES_MS)[0] / len(pauses))
    usual = np.log1p([float(np.median(own)) for own in steps])
    return [
        *shares.tolist(),
        *np.log1p(np.quantile(pauses, _QUANTILES)).tolist(),
        float(usual.mean()),
        float(np.quantile(usual, 0.75)),
        float(usual.max()),
        math.log1p(len(pauses)),
    ]
