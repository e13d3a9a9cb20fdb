"""A stream as the trainer sees it: arrays over events, templates as numbers into one shared book.

No text survives here but the templates themselves: a training window is a few small arrays, cut and altered in
numpy, and turned into model input by the same ``shared.core.side_channel`` that serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.grammar import Language, Tone
from shared.core.records import Event
from shared.core.side_channel import event_features, source_ids, times_of

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(slots=True)
class TemplateBook:
    """Every distinct template once. ``tones`` is what the line claims of itself, by its level or its maker."""

    templates: list[str] = field(default_factory=list)
    tones: list[Tone] = field(default_factory=list)
    languages: list[Language] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, template: str, tone: Tone) -> int:
        """The template's number, new or known; the first tone given stays."""
        known = self._numbers.get(template)
        if known is None:
            known = self._numbers[template] = len(self.templates)
            self.templates.append(template)
            self.tones.append(tone)
            self.languages.append(language_of(template))
        return known

    def __len__(self) -> int:
        return len(self.templates)


def language_of(template: str) -> Language:
    """zh if the template holds a Chinese character."""
    return "zh" if any("\u4e00" <= character <= "\u9fff" for character in template) else "en"


@dataclass(frozen=True, slots=True)
class Draft:
    """A run of n events, as arrays that corruptions may rebuild.

    kind (n,) number in the TemplateBook   features (n, EVENT_DIM)   times_ms (n,)   source (n,)
    wrong (n,) True where an event was made to be out of place
    """

    kind: IntArray
    features: FloatArray
    times_ms: IntArray
    source: IntArray
    wrong: BoolArray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: IntArray | slice) -> Draft:
        return Draft(self.kind[rows], self.features[rows], self.times_ms[rows], self.source[rows], self.wrong[rows])

    def marked(self, rows: IntArray | slice) -> Draft:
        """The same with these rows marked wrong."""
        wrong = self.wrong.copy()
        wrong[rows] = True
        return Draft(self.kind, self.features, self.times_ms, self.source, wrong)

    @staticmethod
    def join(parts: Sequence[Draft]) -> Draft:
        return Draft(
            np.concatenate([p.kind for p in parts]),
            np.concatenate([p.features for p in parts]),
            np.concatenate([p.times_ms for p in parts]),
            np.concatenate([p.source for p in parts]),
            np.concatenate([p.wrong for p in parts]),
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """One system's normal life, with what it could also have said.

    sessions    rows of each session, when the system has any
    failures    events in this system's own words that report trouble and never occur in ``events``
    news        harmless events in its own words that never occur in ``events``
    faults      another run of the same system, in which things break; ``wrong`` marks what a fault wrote
    """

    name: str
    events: Draft
    sessions: tuple[IntArray, ...] = ()
    failures: Draft | None = None
    news: Draft | None = None
    faults: Draft | None = None

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """Everything that windows of this stream can hold."""
        return tuple(d for d in (self.events, self.failures, self.news, self.faults) if d is not None)


def draft_of(events: Sequence[Event], kinds: Sequence[int], wrong: Sequence[bool] | None = None) -> Draft:
    """The arrays of parsed events."""
    return Draft(
        np.asarray(kinds, dtype=np.int64),
        event_features(events),
        times_of(events),
        source_ids(events),
        np.zeros(len(events), dtype=bool) if wrong is None else np.asarray(wrong, dtype=bool),
    )


def tone_of(event: Event) -> Tone:
    """What the line's level claims."""
    if event.level is None or event.level < 4:
        return "normal"
    return "warning" if event.level == 4 else "failure"
