"""How much of the trouble in one file unfolds: the same words alone are an oddity, together they are an episode.

In: a filled template table. Out: for each template that tells of trouble, the weight in nats of the strongest
episode that it takes part in; above ``UNFOLDS`` it is more than a system in good health writes by chance.

A span of ``SPAN`` events holds some kinds of trouble (templates that say nearly the same are one kind). Each kind
adds its weight of words times what is unusual about meeting it here: nothing if the file writes it now and then
anyhow, and the more often it repeats within the span the more. One surprise is free: a file is as many spans as it
has, so in one of them any single thing is met. A lone error therefore weighs next to nothing however rare, two that
never came before weigh as much as the file is long, and a file that writes errors all its life needs more of them.

Other ways to stand out, in no need of an episode: words after which nothing goes on (a panic, a full disk), a flood,
the only trouble of a file, and a file of errors alone.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.core.lexicon import INJECTION, is_grave, tells_of_attack
from shared.core.template_table import TemplateRow, TemplateTable, log_odds, rarity_of, says_the_same

SPAN = 60  # events
UNFOLDS = 3.7
ALONE = 6.0  # nats, of what needs no episode
PLAIN_TROUBLE = 1.5  # log-odds of an error level with a failing word
_REPEAT = 3.0
_HABIT = 1.3
_WORDS_SHIFT = 1.0
_FEWEST_RARITY = 1.0  # nats; what a third of the neighbourhoods hold is how this file talks
_FEWEST_SPANS = 25  # a shorter file is no proof of a shorter life
_MOST_KINDS = 200
_LONG = 10_000  # events, in which a habit would have shown
_FLOOD = 100  # lines
_FEWEST_INJECTIONS = 20  # requests that carry code; a few a day reach every public site
_FLOOD_SHARE = 0.02  # of the file, of lines at the level error
_ERROR_LOG_SHARE = 0.2  # of such lines: no life that is normal, or a file to which only errors are written
_NOTHING = -math.inf


@dataclass(slots=True)
class _Kind:
    """Templates that say the same. ``runs``: its stretches of neighbouring blocks of SPAN events, first to last."""

    leader: TemplateRow
    odds: float
    positions: list[int] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)

    def occasions_elsewhere(self, start: int) -> int:
        """Blocks in the runs of this kind that keep clear of the span at ``start`` and a block before and after."""
        first, last = start // SPAN - 1, (start + 2 * SPAN) // SPAN
        return sum(b - a + 1 for a, b in self.runs if b < first or a > last)


def episodes(table: TemplateTable) -> dict[str, float]:
    """Template -> weight of its strongest episode; templates without words of trouble are left out."""
    kinds, kind_of = _kinds(table)
    weight: dict[int, float] = defaultdict(lambda: _NOTHING)
    depth = math.log(max(table.events, 2 * SPAN) / SPAN)
    for start, counts in _spans(kinds):
        surprise = -max(depth, math.log(_FEWEST_SPANS))
        for number, count in counts.items():
            kind = kinds[number]
            habit = math.log(kind.occasions_elsewhere(start) + 1)
            novelty = max(0.0, 1.0 - _HABIT * habit / depth)
            surprise += word_weight(kind.odds) * novelty * (depth + math.log(2) + _REPEAT * math.log(count))
        for number in counts:
            weight[number] = max(weight[number], surprise)
    if (only := _only_trouble(kinds, table.events)) is not None:
        weight[only] = max(weight[only], ALONE)
    found = {template: weight[number] for template, number in kind_of.items()}
    plain = sum(row.count for row in table.rows.values() if log_odds(row.trouble) >= PLAIN_TROUBLE)
    plain_share = plain / max(table.events, 1)
    is_under_attack = table.injections >= _FEWEST_INJECTIONS
    for template, row in table.rows.items():
        if (is_under_attack and INJECTION in template) or _stands_alone(row, table.events, plain_share):
            found[template] = max(found.get(template, _NOTHING), ALONE)
    return found


def word_weight(odds: float) -> float:
    """0..1: how much trouble of these words counts for in an episode; a mild warning for half."""
    return 1.0 / (1.0 + math.exp(-(odds + _WORDS_SHIFT)))


def _stands_alone(row: TemplateRow, events: int, plain_share: float) -> bool:
    """Grave words, so many lines that it does not matter whether they lie together, or a log of errors alone."""
    if any(is_grave(row.template, level) for level in row.levels):
        return True
    if row.count >= _FLOOD and tells_of_attack(row.template):
        return True
    is_flood = row.count >= _FLOOD and row.count >= _FLOOD_SHARE * events
    return log_odds(row.trouble) >= PLAIN_TROUBLE and (is_flood or plain_share >= _ERROR_LOG_SHARE)


def _kinds(table: TemplateTable) -> tuple[list[_Kind], dict[str, int]]:
    kinds: list[_Kind] = []
    kind_of: dict[str, int] = {}
    rows = [row for row in table.rows.values() if row.positions and rarity_of(row, table) > _FEWEST_RARITY]
    for row in sorted(rows, key=lambda row: -log_odds(row.trouble)):
        number = next(
            (i for i, k in enumerate(kinds[:_MOST_KINDS]) if says_the_same(k.leader.places[0], row.places[0])), None
        )
        if number is None:
            number = len(kinds)
            kinds.append(_Kind(row, log_odds(row.trouble)))
        kind_of[row.template] = number
        kind = kinds[number]
        kind.positions.extend(row.positions)
    for kind in kinds:
        kind.positions.sort()
        kind.runs = list(_runs(kind.positions))
    return kinds, kind_of


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    first = last = positions[0] // SPAN
    for position in positions:
        block = position // SPAN
        if block > last + 1:
            yield first, last
            first = block
        last = block
    yield first, last


def _spans(kinds: list[_Kind]) -> Iterator[tuple[int, Mapping[int, int]]]:
    """Each event of trouble as the start of a span: its position, and how often each kind is in the span."""
    events = sorted((position, number) for number, kind in enumerate(kinds) for position in kind.positions)
    starts = [position for position, _ in events]
    counts: Counter[int] = Counter()
    end = 0
    for start, number in events:
        further = bisect_right(starts, start + SPAN - 1, lo=end)
        counts.update(kind for _, kind in events[end:further])
        end = further
        yield start, counts
        counts[number] -= 1
        if not counts[number]:
            del counts[number]


def _only_trouble(kinds: list[_Kind], events: int) -> int | None:
    """The worst-worded kind of a file whose trouble all lies within one span; mild words count in a long file."""
    if not kinds or (kinds[0].odds < PLAIN_TROUBLE and events < _LONG):
        return None
    first = min(kind.positions[0] for kind in kinds)
    last = max(kind.positions[-1] for kind in kinds)
    return 0 if last - first < SPAN else None
