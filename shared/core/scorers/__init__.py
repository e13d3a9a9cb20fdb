"""The scorers: each looks at one aspect of a window and says how far it lies from what is normal.

``SCORERS`` lists them by name. A scorer is fitted on windows believed normal (``fit(table)``) and then gives one
number per window, larger is stranger, in its own unit, NaN where it has nothing to say; some also say it per event.
They know nothing of thresholds: shared.core.fusion turns their numbers into p-values and fuses them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable
from shared.core.scorers.counts import CountDistance
from shared.core.scorers.density import Autoencoder, CentroidDistance, NearestWindow
from shared.core.scorers.novelty import Novelty, Rarity
from shared.core.scorers.one_class import OneClass
from shared.core.scorers.order import Order
from shared.core.scorers.readings import Context, Head, Length, Variance, Words
from shared.core.scorers.relations import Relations
from shared.core.scorers.values import Pace, Pauses, Values

Floats = NDArray[np.float64]


class Scorer(Protocol):
    """A fitted scorer."""

    def score(self, table: EvidenceTable) -> Floats:
        """(n,) one number per window."""
        ...

    def lines(self, table: EvidenceTable) -> Floats | None:
        """(N,) one number per event; None for a scorer that only sees whole windows."""
        ...


@dataclass(frozen=True, slots=True)
class Aspect:
    """One scorer as the fusion knows it.

    weight          its share of the fused score; 0: on request only
    smallest_scale  of its tail: the step beyond everything seen that makes a value e times less likely
    prequential     scores of each window by a scorer fitted on those before it; None: it is fitted without the window
    recent_share    of those scores that tell how it is now
    tail_shape      of the tail, where theory gives it: 0 for what is itself a -log p; None: fitted
    """

    fit: Callable[[EvidenceTable], Scorer]
    weight: float
    smallest_scale: float
    prequential: Callable[[EvidenceTable], Floats] | None = None
    recent_share: float = 1.0
    tail_shape: float | None = None


SCORERS: dict[str, Aspect] = {
    # log-odds of the sequence model's anomaly head
    "head": Aspect(Head, 0.5, 0.5),
    # mean surprise of the worst events, nats
    "context": Aspect(Context, 0.5, 0.25),
    # cosine distance to the nearest normal windows
    "knn": Aspect(NearestWindow, 0.5, 0.02, NearestWindow.prequential, 0.5),
    # what a low-rank autoencoder cannot rebuild
    "ae": Aspect(Autoencoder, 0.0, 0.02),
    # outside the one-class network's boundary
    "ocnn": Aspect(OneClass, 0.0, 0.05),
    # whitened distance to the mean window
    "centroid": Aspect(CentroidDistance, 0.0, 0.02),
    # log variance of the events' surprise
    "variance": Aspect(Variance, 0.0, 0.1),
    # idf-weighted count-vector distance to the nearest normal window
    "counts": Aspect(CountDistance, 1.0, 0.05, CountDistance.prequential, 0.5),
    # log1p of the pairs of counts that never stood in one window
    "relations": Aspect(Relations, 2.0, 0.7, Relations.prequential, 0.5),
    # transitions that are unheard of, nats
    "order": Aspect(Order, 1.0, 0.7, Order.prequential, 0.5),
    # how far the strangest unseen template lies from the seen ones
    "novelty": Aspect(Novelty, 2.0, 0.05, Novelty.prequential, 0.25),
    # mean inverse window frequency, nats
    "rarity": Aspect(Rarity, 0.5, 0.3),
    # the strangest quantity of a known template, nats
    "value": Aspect(Values, 1.5, 0.5, Values.prequential, tail_shape=0.0),
    # the strangest pause between two known templates, nats
    "pause": Aspect(Pauses, 0.25, 0.5, Pauses.prequential, tail_shape=0.0),
    # slower or faster than these lines usually are written
    "pace": Aspect(Pace, 0.25, 0.5, Pace.prequential),
    # log-odds of the worst words, level and rarity
    "words": Aspect(Words, 0.5, 0.7),
    # how seldom a window is so short or so long, nats
    "length": Aspect(Length, 0.5, 0.5, tail_shape=0.0),
}
FUSED = tuple(name for name, aspect in SCORERS.items() if aspect.weight > 0)
# What a window is made of, whatever its lines say: which templates, how many, which together, in which order.
COURSE = ("knn", "counts", "relations", "order", "novelty", "length")
