"""Which lines of a window normal life wrote too, give or take a name.

In: the evidence that a baseline learnt. Out: for each event of another window, whether its template was among them,
or one whose words are nearly the same: what masking leaves of a client's random name makes no new template.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.core.evidence import BoolArray, WindowEvidence

SAME_WORDS = 0.8  # of the words of both, this share at least in common
_FEWEST_WORDS = 6  # of both together; fewer tell nothing apart


class UsualTemplates:
    """Ids and words (distinct ones, hashed) of the templates in some windows."""

    def __init__(self, windows: Sequence[WindowEvidence]) -> None:
        self._ids = np.unique(np.concatenate([window.template_ids for window in windows]))
        worded = [window.words for window in windows if window.words is not None]
        rows = np.unique(np.concatenate(worded), axis=0) if worded else np.zeros((0, 1), dtype=np.uint32)
        self._words = rows  # (templates, WORD_SLOTS), 0 where there are fewer
        self._sizes = (rows > 0).sum(axis=1)

    def usual(self, window: WindowEvidence) -> BoolArray:
        """(L,) whether normal life wrote each event's template."""
        usual = np.isin(window.template_ids, self._ids)
        if window.words is not None:
            for at in np.flatnonzero(~usual).tolist():
                usual[at] = self._is_alike(window.words[at])
        return usual

    def _is_alike(self, words: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> bool:
        own = words[words > 0]
        both = self._sizes + len(own)
        common = np.isin(self._words, own).sum(axis=1)
        return bool(((2 * common >= SAME_WORDS * both) & (both >= _FEWEST_WORDS)).any())
