"""Multisets of templates: what the report's slices see of windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.task import Events
from shared.core.sequences.template_reader import IntArray, TemplateReader

__all__ = ["IntArray", "Multisets", "TemplateReader"]


class Multisets:
    """Numbers multisets of templates: equal numbers for windows that hold the same templates equally often."""

    def __init__(self) -> None:
        self._reader = TemplateReader()
        self._numbers: dict[bytes, int] = {}

    def of(self, windows: Sequence[Events]) -> IntArray:
        """(n,) one number per window."""
        keys = (np.sort(templates).tobytes() for templates in self._reader.read(windows))
        return np.array([self._numbers.setdefault(key, len(self._numbers)) for key in keys], dtype=np.int64)
