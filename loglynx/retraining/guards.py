"""What may not teach a model, whoever says that it is normal. Pure.

A stolen key, a mistaken person and an attacker who has time all want the same: that trouble is learnt as normal. So
one key's false positives are a bounded share of what a stream learns from; what shares a telling line with a
confirmed or missed anomaly is never learnt; nor are windows whose own words tell of rare trouble, nor those that
normal logs in general never look like. Nothing here looks at what a model would make of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from typing import Final

from shared.archive.reader import ArchivedWindow, LabelledWindow
from shared.core.following import TROUBLED, TROUBLED_P
from shared.core.lexicon import trouble
from shared.core.records import Level

LEARNING: Final = "learning"
TROUBLED_NATS: Final = 6.9  # p < 1e-3, likewise
OUTLIER_NATS: Final = 9.2  # p < 1e-4 by what normal logs look like, in a stream that still learnt
SURPRISING: Final = 0.5  # of a window's most surprising line: what a verdict points at
COMMON: Final = 0.5  # a line in more of the normal windows tells of nothing, whatever its words or a person say
RARE: Final = 0.02  # a line without words of trouble tells of something only where it is no commoner
MOST_TROUBLED: Final = 0.2  # of a stream's windows; with more of them it is no normal life to learn from


def within_quota(labelled: Sequence[LabelledWindow], most: int) -> set[str]:
    """Ids of at most ``most`` windows of each key: of each of its false positives the latest first, in turns."""
    by_key: dict[str, dict[str, list[LabelledWindow]]] = {}
    for row in labelled:
        if row.feedback is not None:
            by_key.setdefault(row.feedback.key_id, {}).setdefault(row.feedback.feedback_id, []).append(row)
    admitted: set[str] = set()
    for said in by_key.values():
        latest = [sorted(rows, key=lambda row: -row.window.first_seq) for _, rows in sorted(said.items())]
        turns = [row.window.window_id for turn in zip_longest(*latest) for row in turn if row is not None]
        admitted.update(turns[:most])
    return admitted


def telling_templates(held: Iterable[LabelledWindow], normal: Sequence[ArchivedWindow]) -> frozenset[str]:
    """Templates that speak for the anomalies in ``held``: those cited for them, else the most surprising ones; of
    lines that a person named, these. What is common in the stream tells of nothing."""
    count = Counter(template for window in normal for template in _templates(window))

    def is_telling(template: str, is_plain: bool) -> bool:
        return count[template] <= (COMMON if is_plain else RARE) * len(normal)

    named = {t for row in held for t in _named(row)}
    strong = {t: level for row in held for t, level in _strongest(row.window).items()}
    worded = {t for t, level in strong.items() if trouble(t, level) >= TROUBLED}
    return frozenset(t for t in named | strong.keys() if is_telling(t, t in named or t in worded))


def _named(held: LabelledWindow) -> set[str]:
    lines = {line.strip() for line in held.feedback.lines} if held.feedback else set()
    return {line.template for line in held.window.lines if line.text.strip() in lines}


def _strongest(window: ArchivedWindow) -> dict[str, Level | None]:
    bar = SURPRISING * max((line.surprise for line in window.lines), default=0.0)
    strong = {line.template: _level(line.level) for line in window.lines if line.surprise >= bar}
    return {t: level for t, level in strong.items() if t in window.templates} or strong


def shares(window: ArchivedWindow, telling: Collection[str]) -> bool:
    return any(line.template in telling for line in window.lines)


def is_troubled(window: ArchivedWindow) -> bool:
    """Do its words tell of rare trouble, in a window as strange as hardly any? As shared.core.following asks of live
    windows; here of those that no baseline has judged, for one that has judged knows its stream's own trouble."""
    if window.state != LEARNING or window.strangeness <= TROUBLED_NATS:
        return False
    if window.p_values.get("words", 1.0) > TROUBLED_P:
        return False
    return any(trouble(line.template, _level(line.level)) >= TROUBLED for line in window.lines)


def is_outlier(window: ArchivedWindow) -> bool:
    """Did normal logs in general never look like it? Asked only of windows that no baseline has judged."""
    return window.state == LEARNING and window.strangeness > OUTLIER_NATS


def _templates(window: ArchivedWindow) -> frozenset[str]:
    return frozenset(line.template for line in window.lines)


def _level(name: str) -> Level | None:
    return Level[name.upper()] if name.upper() in Level.__members__ else None
