"""The taxonomy is closed, whole and in both languages."""

from __future__ import annotations

import re

import pytest

from shared.core.actions import ACTIONS, ACTIONS_FOR
from shared.core.taxonomy import GROUP_NAMES, LANGUAGES, TAXONOMY, Category, Group

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_category_has_its_entry_and_every_group_a_category() -> None:
    assert list(TAXONOMY) == list(Category)
    assert {info.group for info in TAXONOMY.values()} == set(Group)
    expected = {"infrastructure", "application", "data", "resource", "network", "security", "benign", "unknown"}
    assert expected <= {group.value for group in Group}


@pytest.mark.parametrize("category", Category)
def test_a_category_speaks_both_languages_and_has_advice(category: Category) -> None:
    info = TAXONOMY[category]
    for texts in (info.name, info.cause):
        assert set(texts) == set(LANGUAGES)
        assert not HAN.search(texts["en"])
        assert HAN.search(texts["zh"])
    assert ACTIONS_FOR[category]
    assert set(ACTIONS_FOR[category]) <= ACTIONS.keys()


def test_groups_have_names_in_both_languages() -> None:
    assert list(GROUP_NAMES) == list(Group)
    assert all(set(names) == set(LANGUAGES) for names in GROUP_NAMES.values())
