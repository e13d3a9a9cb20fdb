from __future__ import annotations

from collections import Counter

import pytest

from services.trainer.datasets.incidents.templates import (
    NORMAL,
    PUBLISHED,
    CatalogueError,
    load_catalogue,
    read_published,
    read_tables,
)
from shared.core.taxonomy import LANGUAGES, Category

FEWEST_TEMPLATES = 60
FEWEST_SYSTEMS = 12
# They are properties of a stream's past, which no line states: other sources must show them.
NOT_IN_LINES = {"new_behaviour", "missing_events", "volume_change"}


def problems_of(category: str, **tables: object) -> list[str]:
    problems: list[str] = []
    list(read_tables(category, tables, problems))
    return problems


def test_every_category_is_said_in_many_ways_by_many_systems_in_both_languages():
    templates = load_catalogue()
    ways = Counter((t.category, t.language) for t in templates)
    systems = Counter((t[0], t[1]) for t in {(t.category, t.language, t.system) for t in templates})
    wanted = {(name, language) for name in {NORMAL, *Category} - NOT_IN_LINES for language in LANGUAGES}
    assert {key: ways[key] for key in wanted if ways[key] < FEWEST_TEMPLATES} == {}
    assert {key: systems[key] for key in wanted if systems[key] < FEWEST_SYSTEMS} == {}


def test_ids_are_unique_and_do_not_depend_on_other_lines():
    templates = load_catalogue()
    assert len({t.id for t in templates}) == len(templates)
    alone = list(read_tables("disk_full", {"en": {"a": {"lines": ["no space"]}}}, []))
    among = list(read_tables("disk_full", {"en": {"a": {"lines": ["other", "no space"]}}}, []))
    assert alone[0].id == among[1].id


def test_lines_take_the_level_of_the_line_then_of_the_table_then_of_the_category():
    table = {"level": "WARN", "lines": ["one", {"text": "two", "level": "FATAL"}]}
    levels = [t.level for t in read_tables("timeout", {"en": {"a": table, "b": {"lines": ["three"]}}}, [])]
    assert levels == ["WARN", "FATAL", "ERROR"]


def test_what_breaks_the_format_is_named():
    assert (
        "unknown placeholders ['nonsense']" in problems_of("timeout", en={"a": {"lines": ["{nonsense} is late"]}})[0]
    )
    assert "level LOUD" in problems_of("timeout", en={"a": {"lines": [{"text": "late", "level": "LOUD"}]}})[0]
    assert "not written in zh" in problems_of("timeout", zh={"a": {"lines": ["too late"]}})[0]
    assert "not written in en" in problems_of("timeout", en={"a": {"lines": ["超时"]}})[0]
    assert "no such category" in problems_of("tiredness", en={"a": {"lines": ["late"]}})[0]
    assert "unknown keys ['line']" in problems_of("timeout", en={"a": {"line": ["late"]}})[0]
    assert problems_of("timeout", en={"a": {"lines": ['{"took": {ms}, "url": "{url}"}']}}) == []


def test_a_line_that_stands_twice_is_refused_even_with_other_placeholders(tmp_path):
    (tmp_path / "timeout.toml").write_text('[en.a]\nlines = ["{service} is late", "other"]\n')
    (tmp_path / "disk_full.toml").write_text('[en.b]\nlines = ["{host} is  LATE"]\n')
    with pytest.raises(CatalogueError, match="says the same as"):
        load_catalogue(tmp_path)


def test_messages_of_published_software_name_their_origin_and_a_permissive_licence():
    lines = {"disk_full": {"en": {"a": {"lines": ["no space"]}}}}
    notice = {"software": "A", "version": "1", "licence": "MIT", "origin": "src/messages"}
    problems: list[str] = []
    assert [t.category for t in read_published("a.toml", notice | lines, problems)] == ["disk_full"]
    assert problems == []
    list(read_published("a.toml", {"software": "A", "version": "1", "licence": "GPL-2.0"} | lines, problems))
    assert problems[0] == "a.toml: says no origin"
    assert "licence GPL-2.0 is none of" in problems[1]


def test_published_messages_join_the_rest_and_may_not_say_the_same(tmp_path):
    (tmp_path / PUBLISHED).mkdir()
    (tmp_path / "timeout.toml").write_text('[en.a]\nlines = ["{service} is late"]\n')
    notice = 'software = "B"\nversion = "1"\nlicence = "MIT"\norigin = "x"\n'
    (tmp_path / PUBLISHED / "b.toml").write_text(notice + '[disk_full.en.b]\nlines = ["full"]\n')
    assert {t.category for t in load_catalogue(tmp_path)} == {"timeout", "disk_full"}
    (tmp_path / PUBLISHED / "b.toml").write_text(notice + '[disk_full.en.b]\nlines = ["{host} is late"]\n')
    load_catalogue.cache_clear()
    with pytest.raises(CatalogueError, match="says the same as"):
        load_catalogue(tmp_path)


def test_what_two_programs_write_in_one_category_is_taken_once(tmp_path):
    (tmp_path / PUBLISHED).mkdir()
    notice = 'software = "B"\nversion = "1"\nlicence = "MIT"\norigin = "x"\n'
    for name, text in (("a", "{service} is late"), ("b", "{host} is LATE")):
        (tmp_path / PUBLISHED / f"{name}.toml").write_text(notice + f'[timeout.en.{name}]\nlines = ["{text}"]\n')
    assert [t.system for t in load_catalogue(tmp_path)] == ["a"]
