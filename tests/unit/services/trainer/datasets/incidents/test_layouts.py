from __future__ import annotations

import json

import pytest

from services.trainer.datasets.incidents.layouts import _OF_FAMILY, GENERIC, LAYOUTS, Entry, layouts_for
from services.trainer.datasets.incidents.templates import LEVELS
from shared.core.parsing import LineParser

MESSAGE = 'could not extend file "base/16384": 写入失败'
# Their message begins with what the parser takes for a part of it, or ends with the place.
NOT_CUT = {
    "windows",
    "batch",
    "time_only",
    "klog",
    "nginx",
    "mysql",
    "kafka",
    "python_colon",
    "compose",
    "json_service",
}


def an_entry(level: str = "ERROR") -> Entry:
    return Entry(MESSAGE, level, "postgresql", "db-01", "4242", "main-1", "com.acme.Store", 1_772_445_600_417.0)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_layout_holds_the_message_on_one_line_at_every_level(name: str, level: str):
    line = LAYOUTS[name](an_entry(level))
    assert MESSAGE in line or json.dumps(MESSAGE, ensure_ascii=False) in line
    assert "\n" not in line


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - NOT_CUT))
def test_the_parser_that_serves_finds_the_message_in_them(name: str):
    event = LineParser().parse(LAYOUTS[name](an_entry()), 1_772_445_600_417)
    assert event.message.strip().endswith(MESSAGE)
    assert len(event.message) <= len(MESSAGE) + 40


def test_every_family_names_layouts_that_exist_and_any_other_gets_the_general_ones():
    assert {name for names in _OF_FAMILY.values() for name in names} <= set(LAYOUTS)
    assert layouts_for("no-such-system") == GENERIC
