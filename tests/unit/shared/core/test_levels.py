import pytest

from shared.core.levels import (
    level_of_mark,
    level_of_number,
    level_of_otlp_number,
    level_of_priority,
    level_of_word,
)
from shared.core.records import Level


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("TRACE", Level.TRACE), ("Debug", Level.DEBUG), ("info", Level.INFO), ("Notice", Level.NOTICE),
        ("WARNING", Level.WARN), (" error ", Level.ERROR), ("SEVERE", Level.ERROR), ("CRITICAL", Level.FATAL),
        ("eMeRg", Level.FATAL), ("错误", Level.ERROR), ("警告", Level.WARN), ("信息", Level.INFO), ("严重", Level.ERROR),
        ("致命", Level.FATAL), ("调试", Level.DEBUG), ("banana", None), ("", None),
    ],
)  # fmt: skip
def test_word(word: str, level: Level | None) -> None:
    assert level_of_word(word) is level


def test_priority_keeps_the_severity_and_drops_the_facility() -> None:
    assert level_of_priority(34) is Level.FATAL
    assert level_of_priority(165) is Level.NOTICE
    assert level_of_priority(191) is Level.DEBUG
    assert level_of_priority(192) is None


def test_numbers_of_json_loggers() -> None:
    assert [level_of_number(n) for n in (3, 30, 50, 60, 7, 99)] == [
        Level.ERROR, Level.INFO, Level.ERROR, Level.FATAL, Level.DEBUG, None,
    ]  # fmt: skip
    assert [level_of_otlp_number(n) for n in (1, 9, 17, 24, 25)] == [
        Level.TRACE,
        Level.INFO,
        Level.ERROR,
        Level.FATAL,
        None,
    ]


def test_marks() -> None:
    assert [level_of_mark(m) for m in "EW#*?"] == [Level.ERROR, Level.WARN, Level.WARN, Level.NOTICE, None]
