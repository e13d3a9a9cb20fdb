"""The window reader at work: lines as shown, and what the line model made of them, to a reading of the whole window.

In: texts of lines, the line model's odds. Out: a WindowReading whose categories stand in ``categories``' order. The
same lines give the same reading; memory is bounded by MOST_LINES lines, those beyond are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shared.artefacts.window_reader import load_window_reader
from shared.core.compact_window import MOST_LINES
from shared.core.line_features import LineFeaturiser, features_of
from shared.core.line_scoring import FloatArray
from shared.core.normalising import template_of
from shared.core.taxonomy import Category
from shared.core.window_network import LineInputs, WindowNetwork, WindowReading
from shared.template_encoder import TemplateEncoder


class WindowReader:
    """``load`` makes one. Not safe between threads: its featuriser holds a parser.

    line_model  SHA-256 of the line model behind which it was trained
    """

    def __init__(
        self,
        network: WindowNetwork,
        encoder: TemplateEncoder,
        categories: tuple[Category, ...],
        version: str,
        line_model: str,
    ) -> None:
        self._network, self._encoder, self._featuriser = network, encoder, LineFeaturiser()
        self.categories, self.version, self.line_model = categories, version, line_model

    @classmethod
    def load(cls, directory: Path, threads: int = 1) -> WindowReader:
        """Raises ArtefactInvalid."""
        manifest, network, encoder = load_window_reader(directory, threads)
        return cls(network, encoder, manifest.categories, manifest.version, manifest.line_model)

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
