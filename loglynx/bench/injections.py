"""Faults put into real logs, with the truth about what they changed: parameters, order of events, foreign lines.

Pure: the same generator gives the same faults. Parameter faults change text; the others rearrange anything in a row.
An injection that finds nothing to change gives None, so that nothing is called anomalous that is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")
Alter = Callable[[str], str]


class Injected(NamedTuple, Generic[T]):
    """What the row of items became, and which of them are the fault's doing."""

    items: list[T]
    wrong: list[bool]


_UNIT = r"\s?(?:ms|msecs?|milliseconds?|[uµ]s|secs?|seconds?|s|毫秒|秒)(?![A-Za-z0-9_])"
_SLOW = re.compile(
    rf"""(?ix)
    (?P<key>(?<![A-Za-z0-9])(?:[a-z]{{1,12}}_)?(?:elapsed|took|duration|latency|cost|time)(?:_?[mu]?s)?["']?\s*[:=]?\s*
        |(?:耗时|用时)[:：=]?\s*)
    (?P<named>\d+(?:\.\d+)?)(?![\d.:/-]*[:/-]\d)
    | (?<![A-Za-z0-9_.:/-])(?P<plain>\d+(?:\.\d+)?)(?={_UNIT})"""
)
_STATUS = re.compile(
    r"""(?i)(HTTP/\d(?:\.\d)?" (?:status: )?|\bstatus(?:_code)?["']?\s*[:=]\s*|状态码[:：=]?\s*)[123]\d\d(?!\d)"""
)
_SIZE = re.compile(
    r"""(?ix)(?P<access>HTTP/\d(?:\.\d)?"\ \d{3}\ )\d+
    | (?P<key>\b(?:size|len|length|bytes)["']?\s*[:=]?\s*|响应)\d+(?:\.\d+)?
    | (?P<count>(?<![\w.]))\d+(?=\ bytes\b|字节)"""
)
_KILO = re.compile(r"(?<=\b0 bytes) \([\d.]+ [KMGT]B\)")  # the same size said again
_RETRY = re.compile(
    r"(?i)((?:\bretr(?:y|ies)|\battempts?|\btried|failcount|重试)(?:次数)?[ a-z]{0,12}[ :=#(]{0,3}第?)(\d+)"
)
_SLOWER, _MORE_RETRIES = 5, 10
_LARGEST = 100_000_000  # a larger number is a moment, not a duration


def slow(text: str) -> str:
    """Durations, told by their unit or their name, five times as long."""
    return _SLOW.sub(_slower, text)


def _slower(match: re.Match[str]) -> str:
    number = match["named"] or match["plain"]
    if float(number) >= _LARGEST:
        return match[0]
    _, _, fraction = number.partition(".")
    return f"{match['key'] or ''}{float(number) * _SLOWER:.{len(fraction)}f}"


def fail_status(text: str) -> str:
    """Every answer of a server that did not fail is a 500."""
    return _STATUS.sub(r"\g<1>500", text)


def empty(text: str) -> str:
    """Sizes and lengths are 0."""
    return _KILO.sub("", _SIZE.sub(lambda match: f"{match['access'] or match['key'] or ''}0", text))


def retry_more(text: str) -> str:
    """The first count of retries or attempts is ten times as large, and 10 where it was 0."""
    return _RETRY.sub(lambda match: f"{match[1]}{max(int(match[2]), 1) * _MORE_RETRIES}", text, count=1)


PARAMETER_FAULTS: Final[Mapping[str, Alter]] = {
    "latency": slow, "status": fail_status, "size": empty, "retry": retry_more,
}  # fmt: skip


def alter_some(texts: Sequence[str], alter: Alter, rng: np.random.Generator, most: int = 3) -> Injected[str] | None:
    """One to ``most`` of the lines that the fault can change are changed."""
    altered = [alter(text) for text in texts]
    able = [at for at, (before, after) in enumerate(zip(texts, altered, strict=True)) if before != after]
    if not able:
        return None
    chosen = set(rng.choice(able, min(len(able), int(rng.integers(1, most + 1))), replace=False).tolist())
    items = [altered[at] if at in chosen else text for at, text in enumerate(texts)]
    return Injected(items, [at in chosen for at in range(len(texts))])


def drop_run(items: Sequence[T], rng: np.random.Generator, share: float = 0.25) -> Injected[T] | None:
    """A run of neighbours is missing; what follows the hole is marked, or at the end what precedes it."""
    count = max(1, round(share * len(items)))
    if len(items) < count + 2:
        return None
    start = int(rng.integers(1, len(items) - count + 1))
    left = [*items[:start], *items[start + count :]]
    mark = min(start, len(left) - 1)
    return Injected(left, [at == mark for at in range(len(left))])


def reorder_run(
    items: Sequence[T], rng: np.random.Generator, key: Callable[[T], Hashable], share: float = 0.5
) -> Injected[T] | None:
    """A run stands in reverse; its items whose kind now is another than was there are marked."""
    count = max(2, round(share * len(items)))
    if len(items) < count:
        return None
    start = int(rng.integers(0, len(items) - count + 1))
    mixed = [*items[:start], *reversed(items[start : start + count]), *items[start + count :]]
    wrong = [key(before) != key(after) for before, after in zip(items, mixed, strict=True)]
    return Injected(mixed, wrong) if any(wrong) else None


def repeat_one(items: Sequence[T], rng: np.random.Generator, times: tuple[int, int] = (5, 10)) -> Injected[T] | None:
    """One item comes again and again; the copies are marked."""
    if not items:
        return None
    at, copies = int(rng.integers(0, len(items))), int(rng.integers(times[0], times[1] + 1))
    grown = [*items[: at + 1], *[items[at]] * copies, *items[at + 1 :]]
    return Injected(grown, [at < place <= at + copies for place in range(len(grown))])


def shift_ratio(
    items: Sequence[T], rng: np.random.Generator, key: Callable[[T], Hashable], share: float = 0.5
) -> Injected[T] | None:
    """A share of the items are copies of one that is there, in place of others: no kind is new, the counts are."""
    counts = Counter(key(item) for item in items)
    if len(counts) < 2:
        return None
    more = list(counts)[int(rng.integers(0, len(counts)))]
    source = next(item for item in items if key(item) == more)
    others = [at for at, item in enumerate(items) if key(item) != more]
    chosen = set(rng.choice(others, max(1, round(share * len(others))), replace=False).tolist())
    return Injected(
        [source if at in chosen else item for at, item in enumerate(items)],
        [at in chosen for at in range(len(items))],
    )


def replace_some(
    items: Sequence[T], foreign: Sequence[T], rng: np.random.Generator, most: int = 3
) -> Injected[T] | None:
    """One to ``most`` items, never all, give way to foreign ones: the length tells nothing."""
    most = min(most, len(items) - 1, len(foreign))
    if most < 1:
        return None
    count = int(rng.integers(1, most + 1))
    places = rng.choice(len(items), count, replace=False).tolist()
    strangers = rng.choice(len(foreign), count, replace=False).tolist()
    swapped = dict(zip(places, strangers, strict=True))
    mixed = [foreign[swapped[at]] if at in swapped else item for at, item in enumerate(items)]
    return Injected(mixed, [at in swapped for at in range(len(items))])
