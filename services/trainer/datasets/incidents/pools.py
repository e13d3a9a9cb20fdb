"""What one split may use: its templates by category, language and system, its background, its injections.

In: the catalogue and a Split. Out: ``pick`` and its like, all of them from that split alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from random import Random

from services.trainer.datasets.incidents.background import Background, simulated_templates
from services.trainer.datasets.incidents.injections import load_injections
from services.trainer.datasets.incidents.near_twins import unfit_for_background
from services.trainer.datasets.incidents.splitting import Split, split_templates
from services.trainer.datasets.incidents.stories import Story, load_stories
from services.trainer.datasets.incidents.templates import PLACEHOLDERS, Template, load_catalogue
from services.trainer.datasets.incidents.values import Cast
from shared.core.taxonomy import Category, Language

NO_FAULT = frozenset((Category.BENIGN, Category.UNKNOWN))
# fmt: off
QUANTITIES = frozenset((
    "ms", "s", "n", "pct", "high_pct", "low_pct", "full", "full_of", "bytes", "pid", "hex", "version", "port",
    "country", "code",
))
# fmt: on
# Names that are pointed at last: they tell one case from another, not where to look.
_LAST = frozenset(("id", "uuid", "key", "method", "thread", "job"))
_SLOT = re.compile(r"\{(" + "|".join(sorted(PLACEHOLDERS, key=len, reverse=True)) + r")\}")


@cache
def usable_templates(catalogue: tuple[Template, ...]) -> tuple[Template, ...]:
    """The catalogue and the simulators' lines, but for what cannot be background."""
    templates = (*catalogue, *simulated_templates())
    unfit = unfit_for_background(templates)
    return tuple(template for template in templates if template.id not in unfit)


@cache
def splits_of(catalogue: tuple[Template, ...]) -> Mapping[str, Split]:
    """Id of a usable template -> its split."""
    return split_templates(usable_templates(catalogue))


class Pools:
    """Templates of one split."""

    def __init__(self, split: Split, catalogue: tuple[Template, ...]) -> None:
        splits = splits_of(catalogue)
        grouped: dict[tuple[Category, Language], dict[str, list[Template]]] = defaultdict(lambda: defaultdict(list))
        for template in catalogue:
            if splits.get(template.id) is split and template.category in Category._value2member_map_:
                key = (Category(template.category), template.language)
                grouped[key][template.system].append(template)
        self.split = split
        self._grouped = {key: dict(systems) for key, systems in grouped.items()}
        self.background = Background(split, splits, catalogue)
        self.injections = load_injections()[split]
        self._stories = load_stories()

    def faults(self, language: Language) -> list[Category]:
        """Categories of trouble that this split can tell of, in the order of the taxonomy."""
        return [c for c in Category if c not in NO_FAULT and (c, language) in self._grouped]

    def stories(self, language: Language) -> list[Story]:
        """The stories that this split can tell, with those of their consequences that it can."""
        told = [
            Story(story.root, tuple(c for c in story.then if (c, language) in self._grouped), story.weight)
            for story in self._stories
            if (story.root, language) in self._grouped
        ]
        return [story for story in told if story.then]

    def pick(self, rng: Random, category: Category, language: Language, most: int) -> list[Template]:
        """One to ``most`` different templates of one system."""
        systems = self._grouped[category, language]
        lines = systems[rng.choice(list(systems))]
        return rng.sample(lines, min(len(lines), rng.choices((1, 2, 3), (6, 3, 2))[0], most))


@cache
def pools_of(split: Split) -> Pools:
    """The pools of the shipped catalogue."""
    return Pools(split, load_catalogue())


@cache
def _parts(text: str) -> tuple[str, ...]:
    """Text and placeholder names in turn, text first."""
    return tuple(_SLOT.split(text))


def fill(template: Template, cast: Cast) -> tuple[str, tuple[str, ...]]:
    """The message, and the names in it that an answer may point at, the telling ones first (quantities are none)."""
    parts = _parts(template.text)
    out = [parts[0]]
    named: dict[str, str] = {}
    for slot, text in zip(parts[1::2], parts[2::2], strict=True):
        value = cast.value(slot)
        if slot not in QUANTITIES:
            named.setdefault(value, slot)
        out += (value, text)
    return "".join(out), tuple(sorted(named, key=lambda value: named[value] in _LAST))
