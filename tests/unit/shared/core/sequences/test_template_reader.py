from __future__ import annotations

import pytest
from bench_cases import events_of

from shared.core.sequences import template_reader
from shared.core.sequences.template_reader import TemplateReader


def test_lines_that_differ_in_values_are_one_template() -> None:
    reader = TemplateReader()
    read = reader.read([events_of("sent 5 bytes", "lost 1 packet"), events_of(), events_of("sent 77 bytes")])
    assert [row.tolist() for row in read] == [[0, 1], [], [0]]
    assert len(reader.texts) == 2


def test_numbers_stay_and_new_ones_follow() -> None:
    reader = TemplateReader()
    reader.read([events_of("a", "b")])
    assert reader.read([events_of("c", "b", "a", "c")])[0].tolist() == [2, 1, 0, 2]


def test_parts_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [events_of(*"abcab"), events_of(), events_of(*"da"), events_of(*"eeb")]
    whole = [row.tolist() for row in TemplateReader().read(given)]
    monkeypatch.setattr(template_reader, "_EVENTS_AT_ONCE", 3)
    assert [row.tolist() for row in TemplateReader().read(given)] == whole
    assert len(whole) == len(given)
