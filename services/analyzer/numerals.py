"""Numbers written in words, English and Chinese: "seventeen", "two hundred", "三次", "两百台".

In: a text, case folded. Out: what was said, with its value as digits; "" where the words say a number that is not
worked out ("dozens"), which only the same words can support. "One", "一个" and ordinals are no claims. Pure.
"""

from __future__ import annotations

import re

_SMALL: dict[str, int] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_VAGUE = "dozen|dozens|hundreds|thousands|millions|billions|twice|thrice|double|triple|quadruple|halves|halved"
_WORDS = "|".join([*_SMALL, *_LARGE])
_ENGLISH = re.compile(rf"\b(?:(?:{_WORDS})(?:[ -](?:and )?(?=(?:{_WORDS})\b))?)+\b|\b(?:{_VAGUE})\b")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_POWERS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_CHINESE = re.compile(
    r"百分之[零〇一二两三四五六七八九十百]+|(?<!第)[零〇一二两三四五六七八九十百千万亿]+(?=个|次|条|台|秒|分钟|小时|毫秒|倍|天|行|名|位|"
    r"份|笔|节点|连接|线程|请求|字节|兆|年|月|周|轮)|数[十百千万]|几[十百千万]|[十百千]余"
)
NUMBER_WORDS = frozenset((*_SMALL, *_LARGE, *_VAGUE.split("|")))
_PLAIN = frozenset(("one", "zero", "一", "零"))


def numerals_in(text: str) -> list[tuple[str, str]]:
    """(words, value) of every number that is written out."""
    found = [(match[0], _english(match[0])) for match in _ENGLISH.finditer(text)]
    found += [(match[0], _chinese(match[0])) for match in _CHINESE.finditer(text)]
    return [(said, value) for said, value in found if said not in _PLAIN]


def _english(said: str) -> str:
    total = part = 0
    for word in re.split(r"[ -]+", said):
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _LARGE:
            total, part = total + max(part, 1) * _LARGE[word], 0
        elif word != "and":
            return ""
    return str(total + part)


def _chinese(said: str) -> str:
    if not all(char in _DIGITS or char in _POWERS for char in said.removeprefix("百分之")):
        return ""
    total = part = digit = 0
    for char in said.removeprefix("百分之"):
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _POWERS[char] >= 10_000:
            total, part, digit = (total + part + digit or 1) * _POWERS[char], 0, 0
        else:
            part, digit = part + (digit or 1) * _POWERS[char], 0
    return str(total + part + digit)
