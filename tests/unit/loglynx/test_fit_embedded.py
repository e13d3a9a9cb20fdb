"""Which readers serve which field: validation chooses, and the card says so."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from tiny_readers import EVEN, tiny_line_model

from loglynx.embedded_card import CARD, EngineFigures, write_section
from loglynx.fit_embedded import READERS, SETS, WITHOUT_LANGUAGE, Choice, choose
from services.analyzer.embedded.engine import Readers


def test_lines_are_chosen_by_who_finds_them_and_the_category_by_who_names_it() -> None:
    def figures(choice: Choice) -> dict[str, float]:
        return {
            "evidence_f1": 0.9 if choice.evidence == WITHOUT_LANGUAGE else 0.5,
            "category_right": 0.8 if choice == Choice(WITHOUT_LANGUAGE, READERS) else 0.4,
        }

    assert choose(figures, SETS) == Choice(WITHOUT_LANGUAGE, READERS)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    readers = Readers(None, tiny_line_model(), EVEN)
    (tmp_path / CARD).write_text("# The line model\n\nWhat it is.\n")
    (tmp_path / "mix.json").write_text(json.dumps({"fitted": {readers.identity: asdict(EVEN)}}))
    measured = dict.fromkeys(
        (
            "main_line_right",
            "evidence_f1",
            "category_right",
            "macro_f1",
            "right_in_surest_70",
            "calibration_error",
            "category_served_right",
            "entity_precision",
            "entity_recall",
            "entity_f1",
        ),
        0.5,
    )
    figures = EngineFigures(
        100,
        1,
        {"linear": (measured, measured | {"category_right": 0.25})},
        {readers.identity: (("linear", "linear + rules"), measured, measured)},
    )
    write_section(tmp_path, readers, figures)
    write_section(tmp_path, readers, figures)
    return tmp_path / CARD


def test_section_stands_once_behind_what_was_there(card: Path) -> None:
    text = card.read_text()
    assert text.startswith("# The line model\n\nWhat it is.\n")
    assert text.count("## The embedded engine") == 1


def test_card_says_who_serves_and_with_which_figures(card: Path) -> None:
    text = card.read_text()
    assert "| evidence | linear |" in text
    assert "linear + rules, a softmax" in text
    assert "0.500 / 0.250" in text
