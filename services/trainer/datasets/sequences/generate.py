"""Rows of sequences, from a count and a seed. The same arguments give the same rows, more the same first."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Literal

from services.trainer.datasets.sequences.compose import NORMAL_SHARES, Kind, Sequence, Tongue, compose
from services.trainer.datasets.sequences.script import Part, load_faults
from shared.core.actions import ACTIONS_FOR
from shared.core.taxonomy import TAXONOMY, Category, Language

SOURCE = "loglynx-sequences-1"
NORMAL = "normal"
ANOMALY_SHARE = 0.25
Wanted = Literal["zh", "en", "both"]
Row = dict[str, Any]


def sequence_rows(count: int, seed: int, language: Wanted = "both", share: float = ANOMALY_SHARE) -> Iterator[Row]:
    """Labelled sequences: ``lines``, ``label`` 1 for a fault, ``category`` of the taxonomy or ``normal``."""
    for index in range(count):
        yield _row(f"seq-{seed}-{index:06d}", _sequence("sequences", seed, index, language, share))


def classification_rows(count: int, seed: int, language: Wanted = "both") -> Iterator[Row]:
    """Faults, and harmless ones at a sixth of them, with what a classifier or a language model is to answer."""
    for index in range(count):
        sequence = _sequence("classification", seed, index, language, 6 / 7)
        yield _classified(f"cls-{seed}-{index:06d}", sequence)


def _sequence(what: str, seed: int, index: int, language: Wanted, share: float) -> Sequence:
    """Each has a source of randomness of its own: none depends on how many are made."""
    rng = Random(f"{what}:{seed}:{index}")
    tongue: Tongue = rng.choices(("zh", "en", "mixed"), (0.4, 0.3, 0.3))[0] if language == "both" else language
    normal = rng.choices(list(NORMAL_SHARES), list(NORMAL_SHARES.values()))[0]
    kind = Kind.FAULT if rng.random() < share else normal
    return compose(rng, kind, rng.choice(list(load_faults())), tongue)


def _row(row_id: str, sequence: Sequence) -> Row:
    return {
        "id": row_id,
        "lines": list(sequence.lines),
        "label": int(sequence.kind is Kind.FAULT),
        "category": sequence.category.value if sequence.category else NORMAL,
        "kind": sequence.kind.value,
        "language": sequence.language,
        "roles": list(sequence.parts),
        "source": SOURCE,
    }


def _classified(row_id: str, sequence: Sequence) -> Row:
    category = sequence.category or Category.BENIGN
    info = TAXONOMY[category]
    language: Language = "en" if sequence.language == "en" else "zh"
    cited = [at for at, part in enumerate(sequence.parts, start=1) if part == Part.TROUBLE]
    row: Row = {
        "id": row_id,
        "lines": list(sequence.lines),
        "label": category.value,
        "name": info.name[language],
        "severity": info.severity.value,
        "probable_cause": info.cause[language],
        "actions": list(ACTIONS_FOR[category]),
        "lang": language,
        "language": language,
        "group": row_id,
        "source": SOURCE,
    }
    return row | ({"evidence": cited} if cited and sequence.category else {})
