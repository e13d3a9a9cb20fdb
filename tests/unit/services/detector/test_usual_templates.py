"""Lines that normal life wrote too are told from new ones."""

from __future__ import annotations

import numpy as np

from services.detector.usual_templates import UsualTemplates
from shared.core.evidence import WORD_SLOTS, WindowEvidence
from shared.core.normalising import template_id, words_in

LEFT = "member xgdu of the group billing has left and will be removed soon"
LEFT_TOO = LEFT.replace("xgdu", "ocpa")
FULL = "no space left on the data volume and writes are refused now"


def a_window(*templates: str, is_worded: bool = True) -> WindowEvidence:
    count = len(templates)
    words = np.zeros((count, WORD_SLOTS), dtype=np.uint32)
    for row, template in enumerate(templates):
        found = words_in(template, WORD_SLOTS)
        words[row, : len(found)] = found
    ids = np.array([template_id(template) for template in templates], dtype=np.uint64)
    zeros = np.zeros(count, dtype=np.float32)
    vectors, empty = np.zeros((count, 4), dtype=np.float32), np.full((count, 6), np.nan, dtype=np.float32)
    embedding = np.zeros(4, dtype=np.float32)
    return WindowEvidence(ids, vectors, zeros, zeros, 0.0, embedding, empty, zeros, words if is_worded else None)


def test_a_template_that_was_learnt_is_usual_and_another_is_not() -> None:
    normal = UsualTemplates([a_window(LEFT), a_window("done")])
    assert normal.usual(a_window(LEFT, FULL, "done")).tolist() == [True, False, True]


def test_a_name_that_was_not_masked_makes_nothing_new() -> None:
    assert UsualTemplates([a_window(LEFT)]).usual(a_window(LEFT_TOO)).tolist() == [True]


def test_two_short_lines_that_share_a_word_are_two() -> None:
    assert UsualTemplates([a_window("job done")]).usual(a_window("job lost", "done")).tolist() == [False, False]


def test_without_words_only_the_template_itself_is_usual() -> None:
    normal = UsualTemplates([a_window(LEFT, is_worded=False)])
    assert normal.usual(a_window(LEFT, LEFT_TOO)).tolist() == [True, False]
    assert UsualTemplates([a_window(LEFT)]).usual(a_window(LEFT_TOO, is_worded=False)).tolist() == [False]
