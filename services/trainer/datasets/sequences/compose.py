"""One sequence: who speaks when, and whether it is a fault.

A fault is a trouble that comes again, is felt in another service, and is not over at the end. Everything that it is
told with also happens in normal sequences: a trouble that recovers, a single one that nobody else feels, one that is
felt and cured, errors that are only the caller's, slow requests that are fine. And in faults: routine, benign errors,
a cure that did not last, and the cure of another trouble. So a line says little; what came before and after it, all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Literal

from services.trainer.datasets.sequences.cast import Clock, Values, three_actors, write
from services.trainer.datasets.sequences.script import Part, Phrase, load_faults, load_traffic
from shared.core.taxonomy import Category, Language

MIN_LINES, MAX_LINES = 6, 15
Tongue = Literal["zh", "en", "mixed"]


class Kind(StrEnum):
    """What a sequence tells; only FAULT is an anomaly."""

    FAULT = "fault"
    RECOVERED = "recovered"
    ISOLATED = "isolated"
    BENIGN = "benign"
    SLOW = "slow"
    ROUTINE = "routine"


# Of normal sequences.
NORMAL_SHARES = {Kind.RECOVERED: 0.45, Kind.ISOLATED: 0.2, Kind.BENIGN: 0.15, Kind.SLOW: 0.1, Kind.ROUTINE: 0.1}
_ROUTINE, _BENIGN, _SLOW = "routine", "benign", "slow"
_EARLY_CURE = 0.35  # a cure that is not the end of it, in faults and in what recovers alike
_OTHERS_CURE = 0.3  # the end of somebody else's trouble


@dataclass(frozen=True, slots=True)
class Beat:
    """A line before it is written. ``of`` is the trouble it belongs to, None for plain traffic."""

    part: str
    of: Category | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """category is None unless it is a fault; ``parts`` names what each line does in the story."""

    kind: Kind
    category: Category | None
    language: Tongue
    lines: tuple[str, ...]
    parts: tuple[str, ...]


def compose(rng: Random, kind: Kind, category: Category, language: Tongue) -> Sequence:
    """A sequence of 6 to 15 lines. ``category`` is the trouble of which it tells, also where it recovers."""
    core = _core(rng, kind, category)
    beats = _among_traffic(rng, kind, core)
    lines = _written(rng, beats, category, language)
    told = category if kind is Kind.FAULT else None
    return Sequence(kind, told, language, tuple(lines), tuple(str(beat.part) for beat in beats))


def _core(rng: Random, kind: Kind, category: Category) -> list[Beat]:
    """The lines of the story in their order."""
    trouble, spread, cure = (Beat(part, category) for part in (Part.TROUBLE, Part.SPREAD, Part.CURE))
    signs = [Beat(Part.SIGN, category)] * rng.randrange(0, 2)
    match kind:
        case Kind.FAULT:
            return [*signs, *_unfolding(rng, trouble, spread, cure)]
        case Kind.RECOVERED:
            return [*signs, *_unfolding(rng, trouble, spread, cure), *[cure] * rng.randint(1, 2)]
        case Kind.ISOLATED:
            other = rng.choice([each for each in load_faults() if each is not category])
            apart = [Beat(Part.SPREAD, other), Beat(Part.TROUBLE, other), Beat(Part.CURE, other)]
            return [*signs, trouble, *rng.sample(apart, rng.randint(0, 2))]
        case Kind.BENIGN:
            return [Beat(_BENIGN)] * rng.randint(1, 4)
        case Kind.SLOW:
            return [*signs, *[Beat(_SLOW)] * rng.randint(1, 4)]
        case _:
            return []


def _unfolding(rng: Random, trouble: Beat, spread: Beat, cure: Beat) -> list[Beat]:
    """A trouble that comes again and is felt elsewhere: the same in faults and in what recovers at last."""
    rest = [trouble] * rng.randint(1, 3) + [spread] * rng.randint(1, 3)
    rng.shuffle(rest)
    again = [at for at, beat in enumerate(rest) if beat is trouble]
    if rng.random() < _EARLY_CURE:
        rest.insert(rng.randint(0, again[-1]), cure)  # a trouble comes after it
    return [trouble, *rest]


def _among_traffic(rng: Random, kind: Kind, core: list[Beat]) -> list[Beat]:
    """The story among plain traffic, its order kept."""
    if kind in {Kind.FAULT, Kind.RECOVERED} and rng.random() < _OTHERS_CURE and len(core) < MAX_LINES:
        category = core[-1].of
        others = [each for each in load_faults() if each is not category]
        core = [*core, Beat(Part.CURE, rng.choice(others))]
    size = max(rng.randint(MIN_LINES, MAX_LINES), min(MAX_LINES, len(core) + 2))
    plain = [Beat(_plain(rng)) for _ in range(max(0, size - len(core)))]
    places = sorted(rng.sample(range(len(core) + len(plain)), len(core)))
    found: list[Beat] = []
    story, traffic = iter(core), iter(plain)
    for at in range(len(core) + len(plain)):
        found.append(next(story) if at in places else next(traffic))
    return found


def _plain(rng: Random) -> str:
    return rng.choices((_ROUTINE, _BENIGN, _SLOW), (0.8, 0.12, 0.08))[0]


def _written(rng: Random, beats: list[Beat], category: Category, language: Tongue) -> list[str]:
    actors = three_actors(rng, _languages(rng, language))
    peer = three_actors(rng, ("en",) * 3)[0].name
    story = Values(rng, peer, actors[0].name)
    clock = Clock(rng)
    own = sum(beat.of is category for beat in beats) or 1
    done, lines = 0, []
    for beat in beats:
        if beat.of is None:
            actor, values = rng.choice(actors), Values(rng, peer, actors[0].name)
            values.progress = rng.random() ** 2
            phrase = rng.choice(load_traffic()[actor.language][beat.part])
        else:
            is_own = beat.of is category
            actor = actors[1 if beat.part == Part.SPREAD else 0] if is_own else actors[2]
            values = story if is_own else Values(rng, actors[0].name, peer)
            values.progress = done / own if is_own else rng.random()
            values.attempt = max(1, values.attempt)
            phrase = _phrase(rng, beat, actor.language)
            done += is_own
        lines.append(write(actor, phrase, values, clock.tick(4_000 if beat.of else 1_500)))
        if beat.part == Part.TROUBLE:
            values.attempt += 1
    return lines


def _phrase(rng: Random, beat: Beat, language: Language) -> Phrase:
    assert beat.of is not None
    return rng.choice(load_faults()[beat.of][language][beat.part])


def _languages(rng: Random, language: Tongue) -> tuple[Language, Language, Language]:
    if language != "mixed":
        return (language,) * 3
    first: Language = rng.choice(("zh", "en"))
    second: Language = "en" if first == "zh" else "zh"
    return first, second, rng.choice((first, second))
