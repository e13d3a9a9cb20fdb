from __future__ import annotations

import subprocess
import sys

import pytest

from loglynx.bench.rows import DEFAULT_ROWS, DEFAULT_SCORER, OUR_SCORERS, ROWS, rows_named
from shared.core.scorers import SCORERS


def names(asked: str) -> list[str]:
    return [row.name for row in rows_named(asked)]


def test_names_groups_and_all_each_row_once() -> None:
    assert names("bigram, ecvc,bigram,") == ["bigram", "ecvc"]
    assert names("all") == list(ROWS)
    assert names("ecvc,baseline")[0] == "ecvc"
    assert len(names("ecvc,baseline")) == len(names("baseline"))
    assert names("ours") == list(OUR_SCORERS)
    assert names("") == []


def test_each_of_our_scorers_is_a_row() -> None:
    assert set(OUR_SCORERS) == {DEFAULT_SCORER, *SCORERS} - {"length"}, "the baseline of that name is the same"


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        rows_named("ecvc,nonsense")


def test_by_default_ours_stands_beside_every_simple_baseline() -> None:
    assert DEFAULT_ROWS[0] == DEFAULT_SCORER
    assert set(DEFAULT_ROWS) == {DEFAULT_SCORER, *names("baseline")}
    assert not set(DEFAULT_ROWS) & set(names("deep")), "they train"


@pytest.mark.parametrize("row", rows_named("baseline"), ids=lambda row: row.name)
def test_a_baseline_is_called_what_its_row_is(row: object) -> None:
    assert row.make().name == row.name  # type: ignore[attr-defined]


def test_listing_rows_imports_nothing_heavy() -> None:
    code = "import sys, loglynx.bench.rows; sys.exit(', '.join({'torch', 'sklearn', 'scipy', 'drain3'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
