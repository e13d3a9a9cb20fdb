from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.ingest.dashboard
from services.ingest.dashboard.words import WORDS, Say, language_of

API = (Path(__file__).parents[4] / "docs/api.md").read_text(encoding="utf-8")
TEMPLATES = Path(services.ingest.dashboard.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("", "", "en"),
        ("zh", "", "zh"),
        ("zh-CN", "en", "zh"),
        ("en", "zh", "en"),
        ("fr", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "fr;q=0.9,zh;q=0.5,en;q=0.4", "zh"),
        ("", "fr,de", "en"),
        ("", ";;q=,zh;q=x,=", "en"),
    ],
)
def test_language_is_the_readers(asked: str, accepted: str, language: str) -> None:
    assert language_of(asked, accepted) == language


def test_every_word_is_said_in_both_languages() -> None:
    assert all(english and chinese for english, chinese in WORDS.values())


def test_every_word_of_the_templates_is_listed() -> None:
    used = {
        word
        for path in TEMPLATES.glob("*.html")
        for word in re.findall(r"say\('(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= WORDS.keys()


def test_every_reason_in_the_api_is_said_in_words() -> None:
    """The detector's codes; tests/unit/services/detector/test_score_windows.py holds the page to those it gives."""
    documented = set(re.findall(r"^\| `(\w+)` \|", API.split("`reasons` say", 1)[1].split("\n#", 1)[0], re.MULTILINE))
    assert "unusual_value" in documented
    assert documented <= WORDS.keys()


def test_unknown_words_are_said_as_they_are() -> None:
    assert Say("zh")("something_else") == "something_else"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")],
)
def test_ago_uses_the_largest_unit(seconds: float, said: str) -> None:
    assert Say("en").ago(seconds) == said
