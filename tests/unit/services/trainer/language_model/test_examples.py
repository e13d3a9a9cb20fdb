"""What the language model is trained on: targets where something is asked, and nowhere else."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tiny_readers import tiny_vocabulary

from services.trainer.language_model.examples import (
    CATEGORY,
    MARGIN,
    NO_TARGET,
    POINTER,
    batches,
    example_of,
    sequence_of,
    thinned,
)
from shared.core.compact_window import ASK, CONTROL_NAMES, END, FIRST_LINE, PAD


def a_row(**changes: Any) -> dict[str, Any]:
    row = {
        "language": "en",
        "window": ["INFO job started", "ERROR no space left", "INFO job done", "ERROR no space left again"],
        "line_categories": ["", "disk_full", "", "disk_full"],
        "target": {"evidence": [2, 4], "category": "disk_full"},
    }
    return row | changes


def test_lines_are_judged_at_their_end_then_the_evidence_then_the_category() -> None:
    ids, targets, kinds = sequence_of(example_of(a_row()), tiny_vocabulary(), Random(0))
    margins = [(ids[n], CONTROL_NAMES[targets[n]]) for n, kind in enumerate(kinds) if kind == MARGIN]
    trouble, calm = (END, "<|is disk_full|>"), (END, "<|is ordinary|>")
    assert margins == [calm, trouble, calm, trouble]
    assert (ids[-2], kinds[-2], targets[-2]) == (ASK, POINTER, ids[-1])
    assert ids[-1] in (FIRST_LINE + 1, FIRST_LINE + 3)
    assert (kinds[-1], CONTROL_NAMES[targets[-1]]) == (CATEGORY, "<|is disk_full|>")


def test_nothing_else_is_a_target() -> None:
    _, targets, kinds = sequence_of(example_of(a_row()), tiny_vocabulary(), Random(0))
    assert sum(target != NO_TARGET for target in targets) == 6 == sum(kind > 0 for kind in kinds)


def test_every_line_of_the_evidence_is_pointed_at_in_turn() -> None:
    example = example_of(a_row())
    pointed = {sequence_of(example, tiny_vocabulary(), Random(seed))[0][-1] for seed in range(30)}
    assert pointed == {FIRST_LINE + 1, FIRST_LINE + 3}


@pytest.mark.parametrize("seed", range(20))
def test_thinning_takes_ordinary_lines_alone_and_keeps_the_evidence_where_it_is(seed: int) -> None:
    example = example_of(a_row())
    thin = thinned(example, Random(seed))
    assert [name for name in thin.classes if name != "ordinary"] == ["disk_full"] * 2
    assert [thin.lines[n] for n in thin.evidence] == [example.lines[n] for n in example.evidence]


def test_batches_hold_about_as_many_tokens_as_asked_for_and_lose_no_window() -> None:
    examples = [example_of(a_row()) for _ in range(50)]
    made = list(batches(examples, tiny_vocabulary(), Random(0), tokens=600))
    assert sum(len(batch.ids) for batch in made) == 50
    assert all(batch.ids.numel() <= 600 for batch in made)
    assert all((batch.targets[batch.ids == PAD] == NO_TARGET).all() for batch in made)


def test_window_without_evidence_is_not_trained_on() -> None:
    row = a_row(target={"evidence": [], "category": "unknown"})
    assert list(batches([example_of(row)], tiny_vocabulary(), Random(0), 600)) == []
