"""Every capability that the older designs promised, shown by its command (docs/lineage.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lineage.playing import Playing, playing
from lineage.table import ROWS, as_markdown

PAGE = (Path(__file__).parents[2] / "docs/lineage.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playing]:
    with playing(ROWS, tmp_path_factory.mktemp("lineage")) as play:
        yield play


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}")
def test_capability_is_shown(row: object, play: Playing) -> None:
    number = row.number  # type: ignore[attr-defined]
    shown = play.show(number)
    for place, check in enumerate(row.seen):  # type: ignore[attr-defined]
        assert check(shown), f"row {number}, check {place}:\n{shown!r}"


def test_there_are_70_rows() -> None:
    assert [row.number for row in ROWS] == list(range(1, 71))


def test_the_page_shows_the_table() -> None:
    assert re.findall(r"(?m)^\| \d+ \|.*$", PAGE) == [as_markdown(row) for row in ROWS]
