"""How good the experts are at what they are for: telling the next event of normal sequences they did not train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from services.trainer.pipelines.deeplog.ranks import TOP_G, Expert, read_deviations
from shared.core.sequences.impressions import Templates

TOP_KS = (1, 3, 5, TOP_G)
_POSITIONS = 30  # the first so many events; later ones together
_RANK_EDGES = (0, 1, 2, 3, 5, 9, 20, 50, 1 << 40)


def diagnose(experts: Mapping[str, Expert], normal: Mapping[str, Sequence[Templates]]) -> dict[str, Any]:
    """normal: sequences by the name of the expert that did not train on them.

    top_k_accuracy         share of events among the k likeliest
    accuracy_per_position  [[from position 0, events, share among the likeliest, ... among the TOP_G likeliest], ...]
    rank_histogram         [[least rank, events], ...]
    """
    read = [each for name, own in normal.items() for each in read_deviations(experts[name], own)]
    ranks = np.concatenate([each.ranks for each in read])
    positions = np.concatenate([np.minimum(np.arange(len(each.ranks)), _POSITIONS) for each in read])
    surprise = np.concatenate([each.surprise for each in read])
    counts = np.histogram(ranks, _RANK_EDGES)[0]
    return {
        "events": len(ranks),
        "top_k_accuracy": {str(k): round(float((ranks < k).mean()), 5) for k in TOP_KS},
        "accuracy_per_position": [
            [at, int(own.sum()), *(round(float((ranks[own] < k).mean()), 5) for k in (1, TOP_G))]
            for at in range(_POSITIONS + 1)
            if (own := positions == at).any()
        ],
        "rank_histogram": [[edge, int(count)] for edge, count in zip(_RANK_EDGES, counts, strict=False)],
        "median_surprise": round(float(np.median(surprise)), 5),
    }
