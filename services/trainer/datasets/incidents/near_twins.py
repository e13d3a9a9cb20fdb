"""Which lines cannot be background, because they say what a line of trouble, or of benign or unknown, says too.

In: all templates. Out: ids of background lines, each with why. Such a line would teach that the same words are
trouble in one window and none in the next, so nobody uses it; what it repeats stays. Two rules:

- It nearly says what a template of another kind says. A line is its pieces of four letters (of two characters where
  it is Chinese), placeholders and digits out: LIKENESS of all pieces in common, or CONTAINMENT of the other's, or,
  where the other has fewer than LONG pieces, all of it word for word. Both were read off a list of pairs: at .6
  nearly every pair says the same, at .5 half. What has fewer than FEWEST pieces is not compared: of "GET /x HTTP/2"
  429 little but the protocol's name remains. A line without a word of failure repeats none that has one: "Accepted
  password for" beside "Failed password for" is its opposite.
- It tells of something that went wrong and did no harm, since it is tried again, or was done before: that is benign.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from services.trainer.datasets.incidents.templates import NORMAL, Template, shape_of

LIKENESS = 0.6
CONTAINMENT = 0.8
FEWEST, LONG = 12, 24
BENIGN = "benign: tried again, or done before"
_NO_HARM = re.compile(
    r"\bretr(?:y|ied|ying)\b|\bduplicate\b.*\b(?:ignored|skipped)\b|重试|补发|重复提交", re.IGNORECASE
)
_FAILURE = re.compile(
    r"\b(?:no|not|fail\w*|error\w*|refused|denied|disallowed|lost|cannot|could|unable|unauth\w*|unexpected|unknown"
    r"|unreachable|invalid|timeout|timed|abort\w*|fatal|bad|reset|closed)\b|失败|错误|未|无法|不|拒绝|超时|异常"
)
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Line:
    template: Template
    shape: str
    pieces: frozenset[str]


def unfit_for_background(templates: Iterable[Template]) -> dict[str, str]:
    """Id of a background line -> the id of the template of another kind that it repeats, or BENIGN.

    What repeats a line shares at least LIKENESS of that line's pieces, so one of any 1 - LIKENESS of them (and one
    more): only so many are looked up, those that background knows least.
    """
    known = [_line_of(template) for template in templates]
    background = [line for line in known if line.template.category == NORMAL]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(background):
        for piece in line.pieces:
            holders[piece].append(number)
    found = {line.template.id: BENIGN for line in background if _NO_HARM.search(line.template.text)}
    for telling in known:
        count = len(telling.pieces)
        if telling.template.category == NORMAL or count < FEWEST:
            continue
        rarest = sorted(telling.pieces, key=lambda piece: (len(holders.get(piece, ())), piece))
        looked_up = rarest[: count - math.ceil(LIKENESS * count) + 1]
        for number in {number for piece in looked_up for number in holders.get(piece, ())}:
            if _repeats(background[number], telling):
                found.setdefault(background[number].template.id, telling.template.id)
    return found


def _repeats(line: _Line, telling: _Line) -> bool:
    if line.template.language != telling.template.language:
        return False
    if _FAILURE.search(telling.shape) and not _FAILURE.search(line.shape):
        return False
    shared = len(line.pieces & telling.pieces)
    if shared >= LIKENESS * len(line.pieces | telling.pieces):
        return True
    if len(telling.pieces) < LONG:
        return f" {telling.shape} " in f" {line.shape} "
    return shared >= CONTAINMENT * len(telling.pieces)


def _line_of(template: Template) -> _Line:
    shape = shape_of(template.text)
    length = 2 if _HAN.search(shape) else 4
    pieces = frozenset(shape[start : start + length] for start in range(len(shape) - length + 1))
    return _Line(template, shape, pieces)
