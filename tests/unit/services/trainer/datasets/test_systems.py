"""Every simulated system keeps the promises that training and the demonstration rely on."""

from __future__ import annotations

import json
import re

import pytest

from services.trainer.datasets.simulators import CATEGORIES, SIMULATORS, plant, simulate
from shared.core.normalising import template_of
from shared.core.parsing import LineParser

NAMES = sorted(SIMULATORS)
_CJK = re.compile(r"[\u4e00-\u9fff]")
_LINES = 500


def test_there_are_enough_systems_languages_and_categories() -> None:
    assert len(NAMES) >= 18
    assert {system.language for system in SIMULATORS.values()} == {"en", "zh", "mixed"}
    seen = {fault.category for system in SIMULATORS.values() for fault in system.faults}
    assert seen == CATEGORIES, "each category must be seen by training"


@pytest.mark.parametrize("name", NAMES)
def test_system_is_rich_enough(name: str) -> None:
    system = SIMULATORS[name]
    assert len(system.normal_patterns()) >= 30
    assert len(system.faults) >= 4
    assert all(fault.zh and fault.en and _CJK.search(fault.zh) for fault in system.faults)
    assert len({fault.name for fault in system.faults}) == len(system.faults)


@pytest.mark.parametrize("name", NAMES)
def test_normal_life_holds_no_fault_and_many_templates(name: str) -> None:
    lines = simulate(name, 11, _LINES)
    assert len(lines) == _LINES
    assert all(line.fault is None for line in lines)
    times = [line.timestamp_ms for line in lines]
    assert times == sorted(times)
    parser = LineParser()
    templates = {template_of(parser.parse(line.text, line.timestamp_ms).message) for line in lines}
    assert len(templates) >= 18
    assert lines[:150] == simulate(name, 11, 150)


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_appears_where_it_is_planted_and_adds_new_templates(name: str) -> None:
    faults = [fault.name for fault in SIMULATORS[name].faults]
    planted = [(fault, 50 + 100 * turn) for turn, fault in enumerate(faults)]
    lines = plant(name, 5, 150 + 100 * len(faults), planted)
    for fault, at_line in planted:
        where = [i for i, line in enumerate(lines) if line.fault == fault]
        assert len(where) >= 5, fault
        assert at_line <= where[0] <= at_line + 60, fault
    assert all(line.fault is None for line in lines[:50])


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_read_with_the_time_that_they_were_written(name: str) -> None:
    parser = LineParser()
    lines = simulate(name, 2, 200, 0.2)
    events = [parser.parse(line.text, line.timestamp_ms) for line in lines]
    timed = [(line, event) for line, event in zip(lines, events, strict=True) if event.timestamp_ms is not None]
    assert len(timed) >= 0.97 * len(lines)
    right = sum(abs(line.timestamp_ms - (event.timestamp_ms or 0)) <= 1000 for line, event in timed)
    assert right >= 0.99 * len(timed)


@pytest.mark.parametrize("name", [n for n in NAMES if SIMULATORS[n].language == "zh"])
def test_chinese_system_writes_chinese_that_fits_gbk(name: str) -> None:
    lines = simulate(name, 3, 500, 0.1)
    for line in lines:
        line.text.encode("gbk")
    assert sum(bool(_CJK.search(line.text)) for line in lines) >= 400


@pytest.mark.parametrize("name", ["go_orders", "node_api"])
def test_json_system_writes_json(name: str) -> None:
    assert all("msg" in json.loads(line.text) for line in simulate(name, 4, 500, 0.3))


@pytest.mark.parametrize("name", NAMES)
def test_no_field_is_left_unfilled(name: str) -> None:
    left = re.compile(r"\{[~@^]?[a-z_]+[0-9]?(?::[<>]\d+)?\}")
    fields = SIMULATORS[name].fields
    for line in simulate(name, 6, 400, 0.3):
        assert not [m for m in left.findall(line.text) if m.strip("{}~@^").split(":")[0] in fields], line.text
        assert line.text == line.text.rstrip(" ")
