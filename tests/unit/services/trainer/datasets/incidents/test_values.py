from __future__ import annotations

import json
from random import Random

import pytest

from services.trainer.datasets.incidents.templates import PLACEHOLDERS
from services.trainer.datasets.incidents.values import Cast


@pytest.mark.parametrize("name", sorted(PLACEHOLDERS))
def test_every_placeholder_has_values_that_no_layout_must_escape(name: str):
    cast = Cast(Random(name))
    values = [cast.value(name) for _ in range(200)]
    assert all(value and json.dumps(value, ensure_ascii=False) == f'"{value}"' for value in values)
    assert len(set(values)) > 1


def test_names_return_within_a_window_and_quantities_do_not():
    cast = Cast(Random(3))
    assert len({cast.value("host") for _ in range(40)}) < 30
    assert len({cast.value("uuid") for _ in range(40)}) == 40


def test_the_same_seed_casts_the_same_names():
    one, other = Cast(Random(5)), Cast(Random(5))
    assert [one.value(name) for name in sorted(PLACEHOLDERS)] == [other.value(name) for name in sorted(PLACEHOLDERS)]


def test_what_is_full_is_full_and_what_is_nearly_gone_is_nearly_gone():
    cast = Cast(Random(7))
    assert all(float(cast.value("high_pct")) >= 90 for _ in range(200))
    assert all(0 < float(cast.value("low_pct")) <= 10 for _ in range(200))
    assert all(float(cast.value("high_pct")) <= 100 for _ in range(200))
    for name, mark in (("full", "/"), ("full_of", " of ")):
        used, most = cast.value(name).split(mark)
        assert used == most
