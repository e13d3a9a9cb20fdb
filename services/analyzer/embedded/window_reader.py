"""The window reader at work: lines as shown, and what the line model made of them, to a reading of the whole window.

In: texts of lines, the line model's odds. Out: a WindowReading whose categories stand in ``categories``' order. The
same lines give the same reading; memory is bounded by MOST_LINES lines, those beyond are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from shared.artefacts.window_reader import load_window_reader
from shared.core.line_features import LineFeaturiser, features_of
from shared.core.line_scoring import FloatArray
from shared.core.normalising import template_of
from shared.core.taxonomy import Category
from shared.core.window_network import LineInputs, WindowNetwork, WindowReading
from shared.template_encoder import TemplateEncoder

MOST_LINES: Final = 32


class WindowReader:
    """``load`` makes one. Not safe between threads: its featuriser holds a parser."""

    def __init__(
        self, network: WindowNetwork, encoder: TemplateEncoder, categories: tuple[Category, ...], version: str = ""
    ) -> None:
        self._network, self._encoder, self._featuriser = network, encoder, LineFeaturiser()
        self.categories, self.version, self.line_model = categories, version, ""

    @classmethod
    def load(cls, directory: Path, threads: int = 1) -> WindowReader:
        """Raises ArtefactInvalid."""
        manifest, network, encoder = load_window_reader(directory, threads)
        reader = cls(network, encoder, manifest.categories, manifest.version)
        reader.line_model = manifest.line_model
        return reader

    def read(self, lines: Sequence[str], log_odds: FloatArray) -> WindowReading:
        """``lines`` must not be empty. log_odds (n, k) of the line model, by ``categories``, against ordinary."""
        events = [self._featuriser.parse(line) for line in lines[:MOST_LINES]]
        ordinary = np.zeros((len(events), 1), np.float32)
        return self._network.read(
            LineInputs(
                [features_of(event) for event in events],
                [event.level for event in events],
                self._encoder.encode([template_of(event.message) for event in events]),
                np.concatenate([ordinary, log_odds[: len(events)]], axis=1),
            )
        )
