"""Random systems that log: each with its own words, its own grammar of events and its own clock.

Hundreds of small, different systems teach what no few realistic ones can: to find the regularity of an unknown
system within the window at hand. Four characters: *workflow* (concurrent sessions walk through steps with options
and loops), *markov* (a sparse random chain), *monotone* (long runs of few lines) and *varied* (many independent
lines). Some log warnings and errors as a matter of course, some log no levels, some mislabel everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from services.trainer.datasets.grammar import Dialect, Lexicon, Shape, Tone, draw_shape
from services.trainer.datasets.harvest import Message
from services.trainer.datasets.streams import Draft, IntArray, Stream, TemplateBook
from shared.core.normalising import numbers_in, template_of
from shared.core.records import Level
from shared.core.side_channel import EVENT_DIM, measure

_RENDERINGS = 4  # messages drawn per template, so that its numbers vary
_START_MS = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class _Voice:
    """How one system words and labels its lines."""

    dialect: Dialect
    lexicon: Lexicon
    labelling: str  # "levels", "none" or "flat": every line with the same level
    borrowed: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Saying:
    """One template and the features of a few of its renderings (_RENDERINGS, EVENT_DIM)."""

    kind: int
    source: int
    features: np.ndarray[tuple[int, int], np.dtype[np.float32]]


def draw_system(seed: int, events: int, book: TemplateBook, borrowed: tuple[Message, ...]) -> Stream:
    """One random system's stream of about ``events`` events; new templates go into ``book``."""
    rng = Random(seed)
    labelling = rng.choices(("levels", "none", "flat"), (65, 28, 7))[0]
    voice = _Voice(Dialect.draw(rng), Lexicon.draw(rng), labelling, borrowed)
    character = rng.choices(("workflow", "markov", "monotone", "varied"), (50, 18, 12, 20))[0]
    count = {"workflow": (10, 40), "markov": (8, 30), "monotone": (2, 8), "varied": (25, 110)}[character]
    sayings = [_say(rng, voice, book, _everyday_tone(rng)) for _ in range(rng.randint(*count))]
    order, times, sessions = _LIVES[character](rng, sayings, events)
    failures = [_say(rng, voice, book, "failure") for _ in range(6)]
    news = [_say(rng, voice, book, "normal") for _ in range(4)]
    return Stream(
        f"{character}-{seed}",
        _draft(rng, sayings, order, times),
        sessions,
        _draft(rng, failures, np.arange(6), np.zeros(6, np.int64)),
        _draft(rng, news, np.arange(4), np.zeros(4, np.int64)),
    )


def _everyday_tone(rng: Random) -> Tone:
    return rng.choices(("normal", "warning", "failure"), (91, 6, 3))[0]


def _say(rng: Random, voice: _Voice, book: TemplateBook, tone: Tone) -> _Saying:
    """One more thing this system says: usually from the grammar, sometimes borrowed from real software."""
    pool = [m for m in rng.sample(voice.borrowed, min(8, len(voice.borrowed))) if m.tone == tone]
    is_borrowed = voice.dialect.language == "en" and bool(pool) and rng.random() < 0.35
    shape = draw_shape(rng, voice.dialect, voice.lexicon, tone)
    texts = [pool[0].text] * _RENDERINGS if is_borrowed else [shape.render(rng) for _ in range(_RENDERINGS)]
    lines = rng.randint(3, 40) if rng.random() < {"failure": 0.2, "warning": 0.03, "normal": 0.01}[tone] else 1
    features = np.zeros((_RENDERINGS, EVENT_DIM), dtype=np.float32)
    level = _level(rng, voice, tone)
    for row, text in zip(features, texts, strict=True):
        row[len(Level) if level is None else int(level)] = 1.0
        row[len(Level) + 1 :] = measure(text, lines, numbers_in(text))
    return _Saying(book.number(template_of(texts[0]), tone), _source(voice, shape), features)


def _level(rng: Random, voice: _Voice, tone: Tone) -> Level | None:
    if voice.labelling != "levels":
        return None if voice.labelling == "none" else Level.INFO
    options: dict[Tone, tuple[tuple[Level, ...], tuple[int, ...]]] = {
        "normal": ((Level.INFO, Level.DEBUG, Level.NOTICE), (86, 10, 4)),
        "warning": ((Level.WARN, Level.INFO, Level.NOTICE), (75, 20, 5)),
        "failure": ((Level.ERROR, Level.FATAL, Level.WARN, Level.INFO), (62, 8, 14, 16)),
    }
    return rng.choices(*options[tone])[0]


def _source(voice: _Voice, shape: Shape) -> int:
    return voice.lexicon.components.index(shape.component)


def _draft(rng: Random, sayings: list[_Saying], order: IntArray, times: IntArray) -> Draft:
    """The events ``sayings[order]`` at ``times``, each in one of its renderings."""
    rendering = np.random.default_rng(rng.getrandbits(32)).integers(0, _RENDERINGS, len(order))
    features = np.stack([saying.features for saying in sayings])  # (sayings, _RENDERINGS, EVENT_DIM)
    return Draft(
        np.array([saying.kind for saying in sayings], dtype=np.int64)[order],
        features[order, rendering],
        times.astype(np.int64) + _START_MS,
        np.array([saying.source for saying in sayings], dtype=np.int64)[order],
        np.zeros(len(order), dtype=bool),
    )


Life = tuple[IntArray, IntArray, tuple[IntArray, ...]]


@dataclass(frozen=True, slots=True)
class _Step:
    saying: int
    chance: float
    repeat: float  # chance to say it once more
    pause_ms: float


def _workflow_life(rng: Random, sayings: list[_Saying], events: int) -> Life:
    """Sessions of a few kinds, concurrent, with heartbeats between them."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    workflows = [_draw_workflow(rng, len(sayings)) for _ in range(rng.randint(1, 6))]
    weights = numbers.dirichlet(np.full(len(workflows), 0.8))
    session_ms = np.mean([sum(step.pause_ms for step in steps) for steps in workflows])
    between_ms = session_ms / rng.choice((0.3, 0.7, 1.0, 2.0, 4.0))  # the last: four sessions at once
    said: list[int] = []
    at: list[float] = []
    session_of: list[int] = []
    clock, session = 0.0, 0
    while len(said) < events:
        clock += numbers.exponential(between_ms)
        now = clock
        for step in workflows[int(numbers.choice(len(workflows), p=weights))]:
            if rng.random() >= step.chance:
                continue
            while True:
                now += step.pause_ms * numbers.lognormal(0.0, 0.5)
                said.append(step.saying)
                at.append(now)
                session_of.append(session)
                if rng.random() >= step.repeat:
                    break
        session += 1
    if rng.random() < 0.4:
        _add_heartbeat(rng, len(sayings), said, at, session_of)
    order = np.argsort(np.array(at), kind="stable")
    owner = np.array(session_of)[order]
    rows = [np.flatnonzero(owner == s) for s in range(0, session, max(1, session // 150))]
    sessions = tuple(r for r in rows if 4 <= len(r) <= 64)
    return np.array(said, dtype=np.int64)[order], np.array(at)[order].astype(np.int64), sessions


def _draw_workflow(rng: Random, sayings: int) -> list[_Step]:
    pace = rng.choice((2.0, 20.0, 150.0, 1500.0))
    return [
        _Step(
            rng.randrange(sayings),
            1.0 if rng.random() < 0.75 else rng.choice((0.05, 0.2, 0.5, 0.9)),
            0.0 if rng.random() < 0.85 else rng.choice((0.3, 0.6, 0.8)),
            pace * rng.lognormvariate(0.0, 1.0),
        )
        for _ in range(rng.randint(3, 14))
    ]


def _add_heartbeat(rng: Random, sayings: int, said: list[int], at: list[float], session_of: list[int]) -> None:
    beats = max(2, int(len(said) * rng.choice((0.02, 0.08, 0.2))))
    which = rng.randrange(sayings)
    for moment in np.linspace(0.0, max(at), beats):
        said.append(which)
        at.append(float(moment))
        session_of.append(-1)


def _markov_life(rng: Random, sayings: list[_Saying], events: int) -> Life:
    numbers = np.random.default_rng(rng.getrandbits(32))
    size = len(sayings)
    chain = numbers.dirichlet(np.full(size, rng.choice((0.03, 0.08, 0.25))), size=size) + 1e-6
    steps = np.cumsum(chain / chain.sum(axis=1, keepdims=True), axis=1)
    draws = numbers.random(events)
    order = np.zeros(events, dtype=np.int64)
    for index in range(1, events):
        order[index] = min(int(np.searchsorted(steps[order[index - 1]], draws[index])), size - 1)
    return order, _clock(rng, numbers, events), ()


def _monotone_life(rng: Random, sayings: list[_Saying], events: int) -> Life:
    numbers = np.random.default_rng(rng.getrandbits(32))
    weights = numbers.dirichlet(np.full(len(sayings), 0.4))
    lengths = numbers.geometric(1.0 / rng.choice((3, 8, 25, 80)), size=events)
    runs = np.repeat(numbers.choice(len(sayings), size=events, p=weights), lengths)[:events]
    return runs.astype(np.int64), _clock(rng, numbers, events), ()


def _varied_life(rng: Random, sayings: list[_Saying], events: int) -> Life:
    numbers = np.random.default_rng(rng.getrandbits(32))
    weights = 1.0 / np.arange(1, len(sayings) + 1) ** rng.choice((0.6, 1.0, 1.5))
    order = numbers.choice(len(sayings), size=events, p=weights / weights.sum())
    return order.astype(np.int64), _clock(rng, numbers, events), ()


def _clock(rng: Random, numbers: np.random.Generator, events: int) -> IntArray:
    pace = rng.choice((1.0, 30.0, 400.0, 5000.0, 60000.0))
    return np.cumsum(pace * numbers.lognormal(0.0, rng.choice((0.3, 1.0, 1.8)), events)).astype(np.int64)


_LIVES = {
    "workflow": _workflow_life,
    "markov": _markov_life,
    "monotone": _monotone_life,
    "varied": _varied_life,
}
