"""Log text that is quoted to people holds nothing active and nothing invisible, and is else as it stands."""

from __future__ import annotations

import pytest

from services.analyzer.displaying import shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "![x](http://a.example/p.png)", "[a] (javascript:alert(1))", "data:text/html;base64,AA",
        "\x1b[31mred\x1b[0m", "a\u202eb\u200bc\ufeff", "\x00\x85\x9b", "\U000e0041tag", "VBScript : x",
    ],
)  # fmt: skip
def test_nothing_active_or_invisible_is_left(text: str) -> None:
    out = shown(text)
    for part in (
        "<",
        ">",
        "](",
        "] (javascript:",
        "data:",
        "script :",
        "\x1b",
        "\u202e",
        "\u200b",
        "\x00",
        "\U000e0041",
    ):
        assert part not in out.lower(), out
    assert shown(out) == out


def test_ordinary_lines_stay_as_they_are() -> None:
    for line in (
        "2025-03-04 ERROR [pool-1] order - connect to 10.0.0.5:6379 failed (errno=111) {a=1}",
        "ERROR 订单：连接失败，重试 3 次（共 5 次）",
        "a\nb",
    ):
        assert shown(line) == line


def test_secrets_are_masked() -> None:
    assert "hunter2" not in shown("password=hunter2")
