"""What a generated sequence may hold, and that its label is in the sequence and not in a line."""

from __future__ import annotations

from random import Random

import pytest
from sequence_giveaways import WAYS, draw, measure

from services.trainer.datasets.sequences.compose import MAX_LINES, MIN_LINES, Kind, Sequence, compose
from services.trainer.datasets.sequences.script import Part, load_faults
from shared.core.taxonomy import Category


def composed(kind: Kind, count: int = 150) -> list[Sequence]:
    faults = list(load_faults())
    return [compose(Random(f"{kind}:{at}"), kind, faults[at % len(faults)], "mixed") for at in range(count)]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_six_to_fifteen_lines_each_one_line(kind: Kind) -> None:
    for sequence in composed(kind):
        assert MIN_LINES <= len(sequence.lines) <= MAX_LINES
        assert len(sequence.parts) == len(sequence.lines)
        assert not any("\n" in line or "{" + "req" in line for line in sequence.lines)


def test_a_fault_comes_again_and_is_felt_elsewhere() -> None:
    for sequence in composed(Kind.FAULT):
        assert sequence.category is not None
        assert sequence.parts.count(Part.TROUBLE) >= 2
        assert Part.SPREAD in sequence.parts


def test_what_recovers_shows_the_same_parts_and_is_no_fault() -> None:
    for sequence in composed(Kind.RECOVERED):
        assert sequence.category is None
        assert sequence.parts.count(Part.TROUBLE) >= 2
        assert Part.SPREAD in sequence.parts
        assert "cure" in sequence.parts[len(sequence.parts) - sequence.parts[::-1].index("trouble") :]


def test_faults_hold_cures_benign_errors_and_routine_too() -> None:
    parts = {part for sequence in composed(Kind.FAULT) for part in sequence.parts}
    assert parts >= {"sign", "trouble", "spread", "cure", "routine", "benign", "slow"}


def test_the_asked_fault_types_are_there_and_eight_more() -> None:
    asked = {Category.TIMEOUT, Category.CONNECTION_FAILURE, Category.DATABASE_ERROR}
    assert asked <= set(load_faults())
    assert len(load_faults()) >= len(asked) + 8


def test_it_takes_the_sequence_to_tell_a_fault() -> None:
    sample = draw(2_000, 0, "zh")
    found = {name: measure(sample, way(sample)) for name, way in WAYS.items()}
    always = 2 * sample.labels.mean() / (1 + sample.labels.mean())
    assert found["a word of trouble"]["f1"] < always + 0.1
    assert found["most telling line"]["roc_auc"] < found["words of the sequence"]["roc_auc"] - 0.1
    assert found["words of the sequence"]["average_precision"] < found["words and their order"]["average_precision"]
