"""What a model that was fitted to sequences of templates says about other ones, whichever model it is.

A reader gets windows as tuples of templates and gives each one Impression. Equal windows are read once. Scoring draws
no random number: the same window always makes the same impression, whatever is read beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Templates = tuple[str, ...]
_HELD_OUT_SHARE = 0.1
W_contra = TypeVar("W_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Impression:
    """One window. strangeness: larger is stranger   surprise (L,) nats >= 0 of each event

    embedding  (dim,) where the window lies for the model; empty for a window without events
    """

    strangeness: float
    surprise: FloatArray
    embedding: FloatArray = field(default_factory=lambda: np.zeros(0))


NOTHING = Impression(0.0, np.zeros(0))
Arrays = Mapping[str, NDArray[Any]]
# Runs a graph: inputs by name -> its outputs in order. Whoever calls it does not know by which runtime.
Run = Callable[[Arrays], Sequence[NDArray[Any]]]
W = TypeVar("W", bound=tuple[Any, ...])


class SequenceReader(Protocol[W_contra]):
    """A fitted model. Windows are tuples, hashable, and empty when they hold nothing."""

    def read(self, windows: Sequence[W_contra]) -> list[Impression]: ...


def read_once(windows: Sequence[W], read: Callable[[list[W]], list[Impression]]) -> list[Impression]:
    """The impression of each window, ``read`` being asked for distinct and non-empty ones only."""
    distinct = [window for window in dict.fromkeys(windows) if window]
    known = dict(zip(distinct, read(distinct), strict=True)) if distinct else {}
    return [known.get(window, NOTHING) for window in windows]


def hold_out(windows: Sequence[W]) -> tuple[list[W], list[W]]:
    """(to train on, to stop by): the last tenth, at least one, is held out. Raises ValueError below two windows."""
    kept = [window for window in windows if window]
    if len(kept) < 2:
        raise ValueError("a model is fitted on at least two windows that are not empty")
    cut = len(kept) - max(round(_HELD_OUT_SHARE * len(kept)), 1)
    return kept[:cut], kept[cut:]
