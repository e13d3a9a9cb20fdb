"""Every text in both languages, and who chooses."""

from __future__ import annotations

import string
from itertools import chain

import pytest

from loglynx.language import TEXTS, words
from loglynx.settings import language_of_environment


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_something_about_the_same_things(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english
    assert places(english) == places(chinese)
    assert not any("\u4e00" <= character <= "\u9fff" for character in english)
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LOGLYNX_LANG": "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LOGLYNX_LANG": "en"}, "en"),
    ],
)
def test_the_environment_chooses(variables: dict[str, str], language: str) -> None:
    assert language_of_environment(variables) == language


def test_words_fill_in_values() -> None:
    assert words("zh")("line", numbers="7") == "第 7 行"
    assert len(set(chain.from_iterable(TEXTS.values()))) > len(TEXTS)
