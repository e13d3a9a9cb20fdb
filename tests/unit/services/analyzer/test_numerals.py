"""Numbers in words are numbers."""

from __future__ import annotations

import pytest

from services.analyzer.numerals import numerals_in


@pytest.mark.parametrize(
    "text, found",
    [
        ("it failed seventeen times", [("seventeen", "17")]),
        ("two hundred and five hosts", [("two hundred and five", "205")]),
        ("twenty-three of six thousand", [("twenty-three", "23"), ("six thousand", "6000")]),
        ("dozens of hosts, twice", [("dozens", ""), ("twice", "")]),
        ("one of the first lines", []),
        ("失败三次，影响两百台主机", [("三次"[:1], "3"), ("两百", "200")]),
        ("百分之九十的请求", [("百分之九十", "90")]),
        ("一万二千条", [("一万二千", "12000")]),
        ("数十台主机", [("数十", "")]),
        ("第三方服务，一个节点，万一", []),
        ("someone attends the tenth often", []),
    ],
)
def test_numerals_are_found_with_their_value(text: str, found: list[tuple[str, str]]) -> None:
    assert numerals_in(text) == found
