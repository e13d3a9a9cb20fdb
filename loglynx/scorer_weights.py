"""``--weights head=0.5,knn=0.3``: which scorers are fused, and how much each counts."""

from __future__ import annotations

from loglynx.failures import CommandFailed
from shared.core.scorers import SCORERS

_MOST = 1e6


def read_weights(text: str) -> dict[str, float]:
    """Weights above 0 by scorer; only their ratios matter. Raises CommandFailed."""
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in SCORERS:
            raise CommandFailed(f"there is no scorer {name[:40]!r}", f"one of: {', '.join(SCORERS)}")
        try:
            weight = float(number)
        except ValueError:
            weight = 0.0
        if not 0 < weight <= _MOST or name in weights:
            raise CommandFailed(f"--weights gives {name} no weight above 0, or two", "head=0.5,knn=0.3,ae=0.2")
        weights[name] = weight
    return weights
