"""Which lines cannot be background, because they say what a line of trouble, or of benign or unknown, says too.

In: all templates. Out: ids of background lines, each with why. Such a line would teach that the same words are
trouble in one window and none in the next, so nobody uses it; what it repeats stays. Two rules:

- It nearly says what a template of another kind says. A line is its pieces of four letters (of two characters where
  it is Chinese), placeholders and digits out: LIKENESS of all pieces in common, or CONTAINMENT of the other's. Both
  were read off a list of pairs: at .6 nearly every pair says the same; just below begin such as "Accepted password
  for" beside "Failed password for" (.56) and "Health check succeeded" beside "failed" (.52). What has fewer than
  FEWEST_PIECES is not compared: of "GET /x HTTP/2" 429 little but the protocol's name remains.
- It tells of something that went wrong and did no harm, since it is tried again, or was done before: that is benign.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable

from services.trainer.datasets.incidents.templates import NORMAL, Template, shape_of

LIKENESS = 0.6
CONTAINMENT = 0.8
FEWEST_PIECES = 12
BENIGN = "benign: tried again, or done before"
_NO_HARM = re.compile(
    r"\bretr(?:y|ied|ying)\b|\bduplicate\b.*\b(?:ignored|skipped)\b|重试|补发|重复提交", re.IGNORECASE
)
_HAN = re.compile("[\u4e00-\u9fff]")


def unfit_for_background(templates: Iterable[Template]) -> dict[str, str]:
    """Id of a background line -> the id of the template of another kind that it repeats, or BENIGN.

    What repeats a line shares at least LIKENESS of that line's pieces, so one of any 1 - LIKENESS of them (and one
    more): only so many are looked up, those that background knows least.
    """
    known = [(template, _pieces(template)) for template in templates]
    background = [pair for pair in known if pair[0].category == NORMAL]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, (_, pieces) in enumerate(background):
        for piece in pieces:
            holders[piece].append(number)
    found = {template.id: BENIGN for template, _ in background if _NO_HARM.search(template.text)}
    for telling, pieces in known:
        if telling.category == NORMAL or len(pieces) < FEWEST_PIECES:
            continue
        rarest = sorted(pieces, key=lambda piece: (len(holders.get(piece, ())), piece))
        looked_up = rarest[: len(pieces) - math.ceil(LIKENESS * len(pieces)) + 1]
        for number in {number for piece in looked_up for number in holders.get(piece, ())}:
            line, its_pieces = background[number]
            if line.language == telling.language and _repeats(its_pieces, pieces):
                found.setdefault(line.id, telling.id)
    return found


def _repeats(line: frozenset[str], telling: frozenset[str]) -> bool:
    shared = len(line & telling)
    return shared >= LIKENESS * len(line | telling) or shared >= CONTAINMENT * len(telling)


def _pieces(template: Template) -> frozenset[str]:
    shape = shape_of(template.text)
    length = 2 if _HAN.search(shape) else 4
    return frozenset(shape[start : start + length] for start in range(len(shape) - length + 1))
