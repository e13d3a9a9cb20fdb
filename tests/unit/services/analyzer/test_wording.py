"""What is quoted of a line that is too long."""

from __future__ import annotations

import pytest

from services.analyzer.wording import MAX_TITLE_CHARS, doubted_title, excerpt

LONG = "ciod: Error loading /home/g/raptor.new.exe: invalid or missing program image, No such file or directory"


def test_a_short_line_stays_as_it_is() -> None:
    assert excerpt("  all of it ", limit=20) == "all of it"


@pytest.mark.parametrize("limit", range(20, len(LONG)))
def test_words_stay_whole_at_the_end(limit: int) -> None:
    said = excerpt(LONG, limit=limit)
    assert said.endswith("…") and len(said) <= limit + 1
    kept = said.removesuffix("…")
    assert LONG.startswith(kept)
    assert not (kept[-1].isalnum() and LONG[len(kept)].isalnum()), said


@pytest.mark.parametrize("word", ["loading", "image", "such"])
def test_the_matched_part_is_always_there_and_whole(word: str) -> None:
    start = LONG.index(word)
    said = excerpt(LONG, start, start + len(word), limit=30)
    assert word in said
    assert set(said.strip("…").split()) - set(LONG.split()) == set() or "/" in said


def test_a_word_without_a_break_is_cut_where_it_must_be() -> None:
    assert excerpt("x" * 100, limit=40) == "x" * 40 + "…"


def test_chinese_is_cut_anywhere() -> None:
    assert excerpt("数据库连接失败" * 10, limit=20) == ("数据库连接失败" * 10)[:20] + "…"


def test_a_doubted_title_keeps_its_length_and_its_words() -> None:
    said = doubted_title("Disk full: “write failed” (/p/gb2/draeger/" + "x" * 60 + " " + "y" * 30 + ")", "en")
    assert said.startswith("Perhaps: Disk full") and said.endswith("…") and len(said) <= MAX_TITLE_CHARS
    assert doubted_title("磁盘已满：“写入失败”", "zh") == "可能是磁盘已满：“写入失败”"
