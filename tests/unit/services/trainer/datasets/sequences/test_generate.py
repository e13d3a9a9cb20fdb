"""Rows of sequences: the same from the same seed, in the languages asked for, with the answers a classifier needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from services.trainer.datasets.sequences.generate import classification_rows, sequence_rows
from shared.core.taxonomy import Category

HAN = re.compile("[\u4e00-\u9fff]")


def test_the_same_seed_gives_the_same_rows_and_more_begin_with_them() -> None:
    few, more = list(sequence_rows(20, 3)), list(sequence_rows(40, 3))
    assert few == more[:20]
    assert few != list(sequence_rows(20, 4))


def test_no_order_of_hashes_shows_in_a_row() -> None:
    code = "import json\nfrom services.trainer.datasets.sequences.generate import *\nprint(json.dumps(list(sequence_rows(8, 1))))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}, check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize(("language", "least", "most"), [("zh", 1.0, 1.0), ("en", 0.0, 0.0), ("both", 0.3, 0.8)])
def test_lines_are_in_the_language_that_was_asked_for(language: str, least: float, most: float) -> None:
    lines = [line for row in sequence_rows(60, 0, language) for line in row["lines"]]  # type: ignore[arg-type]
    assert least <= sum(HAN.search(line) is not None for line in lines) / len(lines) <= most


def test_a_bilingual_set_has_sequences_of_both_languages() -> None:
    mixed = [row for row in sequence_rows(60, 0) if row["language"] == "mixed"]
    assert any(0 < sum(HAN.search(line) is not None for line in row["lines"]) < len(row["lines"]) for row in mixed)


def test_about_a_quarter_is_faults_unless_asked_otherwise() -> None:
    assert 0.18 < sum(row["label"] for row in sequence_rows(400, 0)) / 400 < 0.32
    assert all(row["label"] == 0 and row["category"] == "normal" for row in sequence_rows(40, 0, share=0.0))


def test_times_go_forward_within_a_layout() -> None:
    checked = 0
    for row in sequence_rows(60, 5):
        if all(line.startswith("{") for line in row["lines"]):
            times = [json.loads(line)["@timestamp"] for line in row["lines"]]
            assert times == sorted(times)
            checked += 1
    assert checked > 0


def test_a_classified_window_cites_its_trouble() -> None:
    rows = list(classification_rows(80, 0))
    for row in rows:
        assert row["label"] in {category.value for category in Category}
        assert row["language"] in ("zh", "en")
        if row["label"] != "benign":
            assert len(row["evidence"]) >= 2
            assert 1 <= min(row["evidence"]) <= max(row["evidence"]) <= len(row["lines"])
    assert len({row["label"] for row in rows}) > 8
    assert any(row["label"] == "benign" for row in rows)
