"""Words of trouble in two languages, and the words that take it back."""

import pytest

from shared.core.lexicon import is_grave, trouble
from shared.core.records import Level


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("connection refused by <IP>", "connection accepted from <IP>"),
        ("支付超时", "支付成功"),
        ("kernel: Out of memory: Killed process <NUM>", "kernel: memory ok"),
        ("java.net.SocketTimeoutException: Read", "java.net.Socket: Read"),
        ("磁盘空间不足", "磁盘空间检查"),
        ("upload failed", "upload failed = 0"),
        ("errors found", "no errors found"),
        ("重试", "重试成功"),
    ],
)
def test_trouble_outranks_calm(worse: str, better: str) -> None:
    assert trouble(worse) > 2 * trouble(better)


def test_level_moves_the_same_words() -> None:
    values = [trouble("pool state changed", level) for level in Level]
    assert values == sorted(values)
    assert values[-1] > 5 * values[0]


def test_terror_is_not_an_error() -> None:
    assert trouble("terrorbyte mirror") == trouble("plain words")


def test_a_tag_of_a_page_is_no_injection() -> None:
    assert trouble("rendered <code>x</code>") == trouble("rendered <b>x</b>")
    assert trouble("GET /a?q=<INJECTION> HTTP/1.1") > trouble("GET /a?q=<ODD> HTTP/1.1")


def test_a_long_line_costs_bounded_time() -> None:
    assert 0 < trouble("error " * 1_000_000) < 1


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("kernel panic - not syncing", None),
        ("write failed: no space left on device", Level.ERROR),
        ("worker 4 was killed by signal 9", Level.WARN),
        ("certificate has expired", Level.ERROR),
        ("交易失败，已放弃", Level.ERROR),
        ("data TLB error interrupt", Level.FATAL),
        ("start", Level.FATAL),
        ("CPU0: machine check exception, bank 4", None),
    ],
)
def test_grave_words_are_enough_to_look(text: str, level: Level | None) -> None:
    assert is_grave(text, level)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("connection refused", Level.ERROR),
        ("0 errors, no corruption found, check completed", Level.INFO),
        ("panic button service started, tests completed successfully", Level.INFO),
        ("请求超时，稍后重试", Level.WARN),
        ("Intel machine check architecture supported.", None),
        ("Intel machine check reporting enabled on CPU#0.", None),
    ],
)
def test_other_trouble_is_not_grave(text: str, level: Level | None) -> None:
    assert not is_grave(text, level)
