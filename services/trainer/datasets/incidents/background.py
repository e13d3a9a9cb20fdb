"""Lines of normal life: the catalogue's, and whole walks through the simulators' workflows.

In: a Split. Out: runs of (Template, message) in one language. A workflow keeps its ids over its lines, as real life
does. Simulated lines are templates like the others, so that they are split by system and template too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from random import Random

from services.trainer.datasets.incidents.splitting import Split
from services.trainer.datasets.incidents.templates import LEVELS, NORMAL, Template
from services.trainer.datasets.simulators.catalogue import SIMULATORS
from services.trainer.datasets.simulators.engine import Simulator
from services.trainer.datasets.simulators.fields import Draw
from services.trainer.datasets.simulators.script import Scope, Step
from shared.core.taxonomy import LANGUAGES, Language

_HAN = re.compile("[\u4e00-\u9fff]{2}")
_CHANCE_OF_SIMULATION = 0.6


@dataclass(frozen=True, slots=True)
class _Walk:
    """The lines of one workflow that one split may use."""

    simulator: Simulator
    steps: tuple[tuple[Template, Step], ...]


@cache
def simulated_templates() -> tuple[Template, ...]:
    """Every distinct line that the simulators' normal workflows write, stack traces aside."""
    found = {t.id: t for simulator in SIMULATORS.values() for walk in _walks(simulator) for t, _ in walk}
    return tuple(found.values())


class Background:
    """What one split may use. A template that ``splits`` does not know is nobody's."""

    def __init__(self, split: Split, splits: Mapping[str, Split], catalogue: Sequence[Template]) -> None:
        self._simulated: dict[Language, list[_Walk]] = {language: [] for language in LANGUAGES}
        for simulator in SIMULATORS.values():
            for walk in _walks(simulator):
                for language in LANGUAGES:
                    steps = tuple((t, s) for t, s in walk if t.language == language and splits.get(t.id) is split)
                    if steps:
                        self._simulated[language].append(_Walk(simulator, steps))
        self._written: dict[Language, dict[str, list[Template]]] = {}
        for language in LANGUAGES:
            by_system: dict[str, list[Template]] = defaultdict(list)
            for template in catalogue:
                if (template.category, template.language) == (NORMAL, language) and splits.get(template.id) is split:
                    by_system[template.system].append(template)
            self._written[language] = dict(by_system)

    def run(self, rng: Random, language: Language, most: int) -> list[tuple[Template, str | None]]:
        """One to ``most`` lines that follow each other; the text is None where a template has yet to be filled."""
        walks = self._simulated[language]
        if walks and (rng.random() < _CHANCE_OF_SIMULATION or not self._written[language]):
            return list(_walked(rng.choice(walks), rng, most))
        by_system = self._written[language]
        lines = by_system[rng.choice(list(by_system))]
        return [(rng.choice(lines), None) for _ in range(rng.randint(1, min(3, most)))]


def _walks(simulator: Simulator) -> list[list[tuple[Template, Step]]]:
    return [
        [(_template_of(simulator, step), step) for step in workflow.steps if "\n" not in step.pattern]
        for workflow in simulator.flows
    ]


def _template_of(simulator: Simulator, step: Step) -> Template:
    language: Language = "zh" if _HAN.search(step.pattern) else "en"
    digest = sha256(step.pattern.encode()).hexdigest()[:8]
    level = step.level.upper()
    level = {"WARNING": "WARN", "#": "WARN", "CRITICAL": "FATAL"}.get(level, level if level in LEVELS else "INFO")
    where = f"{NORMAL}.{language}.{simulator.name}"
    return Template(f"{where}.{digest}", NORMAL, language, simulator.name, step.pattern, level)


def _walked(walk: _Walk, rng: Random, most: int) -> Iterator[tuple[Template, str]]:
    draw = Draw(rng, {}, 1_735_689_600_000.0 + rng.randrange(63_072_000) * 1000)
    scope = Scope(walk.simulator.fields, {}, draw)
    start = rng.randrange(len(walk.steps))
    for template, step in walk.steps[start : start + most]:
        if rng.random() < max(step.chance, 0.3):
            yield template, scope.render(step.message)
