"""What each type of sequence model sees of a window of events, and how its reader is put together.

``MODEL_TYPES`` names them. A reader is built from the same settings, whichever runtime runs the graph: the trainer
writes them, serving reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from shared.core.calibration import Tail
from shared.core.records import Event
from shared.core.sequences.impressions import Run, SequenceReader
from shared.core.sequences.key_book import KeyBook
from shared.core.sequences.linked_rows import LinkedRows, subjects_beside
from shared.core.sequences.masked_reader import MaskedReader
from shared.core.sequences.masked_rows import KeyRows
from shared.core.sequences.next_key import NextKeyReader
from shared.core.sequences.subjects import link
from shared.core.sequences.template_reader import TemplateReader
from shared.core.sequences.token_rows import Tokenize, TokenRows
from shared.core.sequences.window_vectors import VectorReader
from shared.core.user_names import mask_users

ModelType = Literal["deeplog", "logbert", "logbert_distil", "tinylogbert", "autoencoder", "gnn"]
MODEL_TYPES: Final[tuple[ModelType, ...]] = (
    "tinylogbert", "logbert_distil", "logbert", "deeplog", "autoencoder", "gnn"
)  # fmt: skip
EXPERIMENTAL: Final = frozenset({"gnn"})
# In the unit of strangeness, nats: beyond everything seen, the step that makes a value e times less likely.
SMALLEST_SCALE: Final = 0.25
NOISE: Final = 1e-3  # nats; what a window may differ by from its equal
_LONGEST_HISTORY = 256
_MOST_LINES = 100_000  # that a Seer remembers from call to call
Window = tuple[Any, ...]


class Seer:
    """Turns windows of events into what one model type reads: templates without user names.

    It remembers lines, so that repeated ones cost little, and forgets them all when they are too many.
    """

    def __init__(self, model_type: ModelType) -> None:
        self.model_type = model_type
        self._templates = TemplateReader()
        self._nameless: list[str] = []

    def see(self, windows: Sequence[Sequence[Event]]) -> list[Window]:
        """One tuple per window, an element per event."""
        if self._templates.lines > _MOST_LINES:
            self._templates, self._nameless = TemplateReader(), []
        read = self._templates.read(windows)
        self._nameless += map(mask_users, self._templates.texts[len(self._nameless) :])
        seen = [tuple(self._nameless[number] for number in numbers) for numbers in read]
        if self.model_type != "gnn":
            return list(seen)
        return [
            link(templates, [event.message for event in events])
            for templates, events in zip(seen, windows, strict=True)
        ]


def threshold_of(tail: Tail, budget: float) -> float:
    """Nats above which a window is flagged. Equal windows read in other batches, or stored rounded, differ a little:
    without NOISE a system that always says the same would be flagged for it."""
    return tail.threshold(budget) + NOISE


def settings_of(reader: object) -> dict[str, Any]:
    """What ``reader_of`` needs besides graph and tokenizer, as plain values."""
    match reader:
        case NextKeyReader():
            return {"book": reader.book.to_json(), "history": reader.history}
        case MaskedReader():
            centre = [float(value) for value in reader.centre]
            return {"book": reader.book.to_json(), "centre": centre, "usual_distance": reader.usual_distance}
        case VectorReader():
            return {"book": reader.book.to_json()}
    raise TypeError(f"no such reader: {type(reader).__name__}")


def reader_of(
    model_type: ModelType, settings: Mapping[str, Any], run: Run, tokenize: Tokenize | None = None
) -> SequenceReader[Window]:
    """The reader of a graph. Raises KeyError, TypeError or ValueError for settings that no reader has."""
    book = KeyBook.from_json(settings["book"])
    match model_type:
        case "deeplog":
            history = int(settings["history"])
            if not 1 <= history <= _LONGEST_HISTORY:
                raise ValueError("a history holds a few events")
            return NextKeyReader(run, book, history)
        case "autoencoder":
            return VectorReader(run, book)
    centre = np.array(settings["centre"], dtype=np.float64)
    usual = float(settings["usual_distance"])
    if centre.ndim != 1 or not np.isfinite(centre).all() or not usual > 0:
        raise ValueError("a centre is a row of numbers, a distance above 0")
    if model_type == "gnn":
        return MaskedReader(run, LinkedRows(book), book, centre, usual, subjects_beside)
    if model_type in ("logbert", "logbert_distil"):
        return MaskedReader(run, KeyRows(book), book, centre, usual)
    if tokenize is None:
        raise ValueError("this model reads words, and has no tokenizer")
    return MaskedReader(run, TokenRows(tokenize, book), book, centre, usual)


GRAPH_INPUTS: Final[Mapping[ModelType, tuple[str, ...]]] = {
    "deeplog": ("histories", "wanted"),
    "autoencoder": ("counts",),
    "logbert": ("shown", "is_real", "at", "wanted"),
    "logbert_distil": ("shown", "is_real", "at", "wanted"),
    "tinylogbert": ("shown", "is_real", "at", "wanted"),
    "gnn": ("shown", "is_real", "at", "wanted", "subjects"),
}
GRAPH_OUTPUTS: Final[Mapping[ModelType, tuple[str, ...]]] = {
    "deeplog": ("surprise", "state"),
    "autoencoder": ("log_share", "code"),
    "logbert": ("surprise", "summary"),
    "logbert_distil": ("surprise", "summary"),
    "tinylogbert": ("surprise", "summary"),
    "gnn": ("surprise", "summary"),
}
