"""Compose a window: background, a trouble that unfolds, decoys, text that speaks to the model; and the truth of it.

In: the pools of one split and a source of randomness. Out: a Window whose every line knows its part. Nothing here is
a label that somebody guessed: the composer writes a line because of its part.
- kinds: BENIGN (decoys only), UNKNOWN (odd lines), FAULT (one trouble), STORY (a root, and what others suffer);
- a trouble's lines come from one system; they stand where they unfold, or anywhere;
- an injected line stands in windows with a trouble only: alone among harmless lines it would be the trouble itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from services.trainer.datasets.incidents.injections import SLOT
from services.trainer.datasets.incidents.layouts import GENERIC, LAYOUTS, Entry, layouts_for
from services.trainer.datasets.incidents.pools import Pools, fill
from services.trainer.datasets.incidents.splitting import family_of
from services.trainer.datasets.incidents.templates import LEVELS, Template
from services.trainer.datasets.incidents.traces import as_trace
from services.trainer.datasets.incidents.values import Cast
from shared.core.taxonomy import Category, Language

FEWEST_LINES, MOST_LINES = 5, 15
MOST_ROOT_LINES = 3


class Kind(StrEnum):
    BENIGN = "benign"
    UNKNOWN = "unknown"
    FAULT = "fault"
    STORY = "story"


class Role(StrEnum):
    NORMAL = "normal"
    DECOY = "decoy"
    ROOT = "root"
    CONSEQUENCE = "consequence"
    INJECTED = "injected"


SHARES = {Kind.BENIGN: 0.15, Kind.UNKNOWN: 0.10, Kind.STORY: 0.30, Kind.FAULT: 0.45}
_INJECTED = 0.10 / (SHARES[Kind.STORY] + SHARES[Kind.FAULT])  # a tenth of all windows
_LANGUAGES = (("en", 42), ("zh", 42), ("mixed", 16))
_DECOY_BESIDE_FAULT = 0.35
_IN_ORDER = 0.7
_ONE_LAYOUT = 0.45
_OTHER_LEVEL = 0.12
_TRACED_LEVELS = frozenset(("ERROR", "FATAL"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line and why it stands there. ``category`` is the trouble that it reports; "" on background."""

    text: str
    message: str
    role: Role
    category: Category | None
    language: Language
    named: tuple[str, ...]
    template_ids: tuple[str, ...]
    system: str


@dataclass(frozen=True, slots=True)
class Window:
    """Lines in order, with the kind of story that they tell. ``language`` is "en", "zh" or "mixed"."""

    kind: Kind
    language: str
    lines: tuple[Line, ...]

    @property
    def is_injected(self) -> bool:
        return any(line.role is Role.INJECTED for line in self.lines)


@dataclass(slots=True)
class _Draft:
    """A line before it has its place."""

    template: Template
    message: str
    role: Role
    category: Category | None
    named: tuple[str, ...] = ()
    extra_ids: tuple[str, ...] = ()


def compose(pools: Pools, rng: Random) -> Window:
    """One window. The same state of ``rng`` gives the same window."""
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    language = rng.choices([name for name, _ in _LANGUAGES], [share for _, share in _LANGUAGES])[0]
    composer = _Composer(pools, rng, language)
    told = composer.tell(kind)
    size = max(rng.randint(FEWEST_LINES, MOST_LINES), min(MOST_LINES, len(told) + 2))
    background = composer.background(size - len(told))
    drafts = composer.merged(told, background)
    return Window(kind, language, composer.laid_out(drafts))


class _Composer:
    def __init__(self, pools: Pools, rng: Random, language: str) -> None:
        self._pools, self._rng, self._mode = pools, rng, language
        self._cast = Cast(rng)

    def _language(self) -> Language:
        if self._mode == "mixed":
            return "en" if self._rng.random() < 0.5 else "zh"
        return "zh" if self._mode == "zh" else "en"

    def tell(self, kind: Kind) -> list[_Draft]:
        """The lines that matter, in the order of the story."""
        rng, language = self._rng, self._language()
        if kind in (Kind.BENIGN, Kind.UNKNOWN):
            category = Category(kind.value)
            return self._drafts(category, language, Role.ROOT, 2)
        told: list[_Draft] = []
        if kind is Kind.STORY:
            stories = self._pools.stories(language)
            story = rng.choices(stories, [s.weight for s in stories])[0]
            told += self._drafts(story.root, language, Role.ROOT, 2)
            count = rng.randint(1, min(3, len(story.then)))
            for at in sorted(rng.sample(range(len(story.then)), count)):
                told += self._drafts(story.then[at], language, Role.CONSEQUENCE, 2)
        else:
            told += self._drafts(rng.choice(self._pools.faults(language)), language, Role.ROOT, MOST_ROOT_LINES)
        if rng.random() >= _IN_ORDER:
            rng.shuffle(told)
        if rng.random() < _DECOY_BESIDE_FAULT:
            told.insert(rng.randint(0, len(told)), self._drafts(Category.BENIGN, language, Role.DECOY, 1)[0])
        if rng.random() < _INJECTED:
            told.insert(rng.randint(0, len(told)), self._injected(language))
        return told

    def background(self, count: int) -> list[_Draft]:
        """``count`` normal lines, as far as possible in runs that belong together."""
        drafts: list[_Draft] = []
        while len(drafts) < count:
            for template, text in self._pools.background.run(self._rng, self._language(), count - len(drafts)):
                message = fill(template, self._cast)[0] if text is None else text
                drafts.append(_Draft(template, message, Role.NORMAL, None))
        return drafts

    def merged(self, told: list[_Draft], background: list[_Draft]) -> list[_Draft]:
        """Both in their own order, interleaved; half of the time the story is told without a break."""
        rng, total = self._rng, len(told) + len(background)
        if rng.random() < 0.5:
            start = rng.randint(0, len(background))
            return [*background[:start], *told, *background[start:]]
        places = set(rng.sample(range(total), len(told)))
        tellers, others = iter(told), iter(background)
        return [next(tellers) if place in places else next(others) for place in range(total)]

    def laid_out(self, drafts: list[_Draft]) -> tuple[Line, ...]:
        """Stamps, levels and origins put around the messages: by one collector, or by each system's own habit."""
        rng = self._rng
        one = rng.choice(GENERIC) if rng.random() < _ONE_LAYOUT else ""
        habits: dict[str, tuple[str, str, str, str]] = {}
        at_ms = 1_704_067_200_000.0 + rng.randrange(94_608_000_000)
        host, pace = self._cast.value("host"), 10 ** rng.uniform(0.5, 4.5)
        lines = []
        for draft in drafts:
            family = family_of(draft.template.system)
            if family not in habits:
                thread, place = self._cast.value("thread"), self._cast.value("class")
                habits[family] = (one or rng.choice(layouts_for(family)), self._cast.value("pid"), thread, place)
            layout, pid, thread, place = habits[family]
            at_ms += rng.expovariate(1.0) * pace
            level = self._level(draft.template.level)
            message = draft.message
            if draft.role is not Role.NORMAL and level in _TRACED_LEVELS:
                message = as_trace(message, layout, draft.template.language, rng)
            entry = Entry(message, level, family.replace("_", "-"), host, pid, thread, place, at_ms)
            ids = (draft.template.id, *draft.extra_ids)
            text = LAYOUTS[layout](entry)
            language = draft.template.language
            lines.append(Line(text, draft.message, draft.role, draft.category, language, draft.named, ids, family))
        return tuple(lines)

    def _level(self, level: str) -> str:
        """Programs disagree about what is an error: now and then the level is the next one up or down."""
        if self._rng.random() >= _OTHER_LEVEL:
            return level
        at = LEVELS.index(level) + self._rng.choice((-1, 1))
        return LEVELS[max(0, min(len(LEVELS) - 1, at))]

    def _drafts(self, category: Category, language: Language, role: Role, most: int) -> list[_Draft]:
        drafts = []
        for template in self._pools.pick(self._rng, category, language, most):
            message, named = fill(template, self._cast)
            drafts.append(_Draft(template, message, role, category, named))
        return drafts

    def _injected(self, language: Language) -> _Draft:
        payloads, carriers = self._pools.injections[language]
        payload, carrier = self._rng.choice(payloads), self._rng.choice(carriers)
        message = fill(carrier, self._cast)[0].replace(SLOT, payload.text)
        return _Draft(carrier, message, Role.INJECTED, None, (), (payload.id,))
