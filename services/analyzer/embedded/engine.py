"""The engine that is there without a server: select, do not generate.

Evidence is chosen among the lines, names are spans cut out of them, the category is the likeliest of a closed set;
titles and explanations are made from slots. Four readers are weighed: the language model, the window reader, the
linear model of lines behind which it reads, and the rules; any of them may be missing. Where they name different
categories, the answer is marked as disputed. The same prompt gives the same reply, and nothing in a line can change
what is done with it: the reply has no field that is not chosen from a list.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.analyzer import wording
from services.analyzer.embedded.language_reader import LanguageReader
from services.analyzer.embedded.mixing import Mixed, MixWeights, mix
from services.analyzer.embedded.opinions import BEHAVIOURAL, CATEGORIES, Opinions, Said, opinions_of, votes
from services.analyzer.embedded.window_reader import WindowReader
from services.analyzer.line_model import LineModel
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt
from services.analyzer.reply_parsing import contradicts_benign
from services.analyzer.reply_schema import MAX_ENTITIES
from services.analyzer.schemas import Analysis, Entity
from services.analyzer.slots import title_quote
from services.analyzer.spans import message_of
from shared.core.actions import ACTIONS_FOR
from shared.core.records import Severity
from shared.core.taxonomy import TAXONOMY, Category, Language
from shared.errors import AnalysisFailed

ENGINE = "embedded"
# Quantities tell how bad it is, not where to look.
_QUANTITIES = frozenset(("duration", "amount"))
# Where such rules stand against the readers, on 1,500 validation windows, they are right in 6 of 52 cases and the
# readers in 7; elsewhere the readers win by far. On real logs, where no label says, such rules read better.
_STANDING_RULES = ((0.9, 1.0), (0.85, 0.6), (0.65, 0.4))  # (rules of at least, beside readers below)
# Nats. With these, two windows in 2,000 of validation, as the shipped detector sees them, lose the right line.
_STRANGE, _ORDINARY = 2.0, 0.5
_ERRORS = frozenset(("error", "fatal", "critical"))
_CALM = frozenset(("", "trace", "debug", "info", "notice"))
# A category that is likelier wrong than right is not stated as a fact.
_LIKELIER_THAN_NOT = 0.5


@dataclass(frozen=True, slots=True)
class Readers:
    """What there is to read with. ``language_version`` is "" without a language model.

    window  reads behind ``linear``: never without it
    """

    language: LanguageReader | None
    linear: LineModel | None
    mix: MixWeights
    language_version: str = ""
    window: WindowReader | None = None

    @property
    def identity(self) -> str:
        """Which weights: for caches, for the record, and to find the mix that was fitted for them."""
        parts = [f"language {self.language_version}"] if self.language else []
        parts += [f"windows {self.window.version}"] if self.window else []
        return ", ".join([*parts, *([f"lines {self.linear.sha256[:12]}"] if self.linear else [])])


class EmbeddedEngine:
    """A LanguageModel. Safe to use from several threads: they take turns."""

    name = ENGINE
    selects_only = True

    def __init__(self, readers: Readers) -> None:
        self._readers, self._turn = readers, threading.Lock()

    @property
    def identity(self) -> str:
        """Changes with the weights: what an answer is remembered under."""
        return f"{ENGINE} {self._readers.identity}"

    def analyze(self, prompt: Prompt) -> RawReply:
        """Raises AnalysisFailed for a prompt that shows no line."""
        opinions = self.opinions(prompt)
        found = mix(opinions, self._readers.mix, _excluded(prompt.rules), _beside(prompt))
        return RawReply(
            json.dumps(_reply(prompt, found), ensure_ascii=False),
            model_id=ENGINE,
            weights_hash=self._readers.identity,
            confidence=_confidence(prompt.rules, found),
            is_disputed=is_disputed(opinions, found),
        )

    def opinions(self, prompt: Prompt) -> Opinions:
        """What each reader makes of the lines shown."""
        if not prompt.lines:
            raise AnalysisFailed("the prompt shows no line")
        numbers, texts = list(prompt.lines), list(prompt.lines.values())
        with self._turn:
            readers = self._readers
            language = readers.language.read(texts, prompt.language) if readers.language else None
            linear = readers.linear.read(texts) if readers.linear else None
            window = readers.window.read(texts, linear.log_odds) if readers.window and linear else None
        return opinions_of(numbers, Said(language, window, linear, prompt.rules))


def is_disputed(opinions: Opinions, found: Mixed) -> bool:
    """Do most of the readers that have an opinion name another category than the one answered?"""
    said = [CATEGORIES[int(shares.argmax())] for shares in votes(opinions, found.main_line) if shares.any()]
    return found.category is not Category.UNKNOWN and 2 * said.count(found.category) < len(said)


def _excluded(rules: Analysis | None) -> frozenset[Category]:
    """Benign must not be said against clear signs of trouble."""
    return frozenset((Category.BENIGN,)) if rules is not None and contradicts_benign(rules) else frozenset()


def _beside(prompt: Prompt) -> frozenset[int]:
    """Lines (from 0) that are no evidence: ordinary to the detector and no worse than info, beside a strange error.

    The readers see words alone: "memory error corrected" is a grave one to them.
    """
    surprise, levels = prompt.surprise, prompt.levels
    if not any(levels.get(n) in _ERRORS and surprise.get(n, 0.0) >= _STRANGE for n in prompt.lines):
        return frozenset()
    return frozenset(
        place
        for place, number in enumerate(prompt.lines)
        if surprise.get(number, 0.0) < _ORDINARY and levels.get(number) in _CALM
    )


def _category(rules: Analysis | None, found: Mixed) -> Category:
    """The readers' choice, unless rules stand against it; where readers abstain, what the rules recognise.

    The latter is right in .12 of such validation windows, "unknown" in .02.
    """
    if rules is None:
        return found.category
    is_recognised = found.has_abstained and rules.category not in (Category.UNKNOWN, Category.BENIGN)
    return rules.category if is_recognised or _rules_stand(rules, found) else found.category


def _confidence(rules: Analysis | None, found: Mixed) -> float:
    is_rules_own = rules is not None and rules.category is not found.category and _rules_stand(rules, found)
    return rules.confidence if rules is not None and is_rules_own else found.confidence


def _rules_stand(rules: Analysis, found: Mixed) -> bool:
    """Rules that are certain do, and those that saw what no line says: missing, new or many lines."""
    is_calm = found.category in (Category.UNKNOWN, Category.BENIGN)
    is_surer = any(rules.confidence >= sure and found.confidence < unsure for sure, unsure in _STANDING_RULES)
    return is_surer or (rules.category in BEHAVIOURAL and is_calm)


def _reply(prompt: Prompt, found: Mixed) -> dict[str, object]:
    numbers = list(prompt.lines)
    rules, category = prompt.rules, _category(prompt.rules, found)
    evidence = [numbers[line] for line in found.lines]
    main = numbers[found.main_line]
    if rules is not None and category is rules.category and _has_better_lines(rules, main, found):
        evidence = [number for number in rules.evidence if number in prompt.lines] or evidence
        main = main if main in evidence else evidence[0]
    entities = _entities(prompt, main, evidence)
    is_sure = _confidence(rules, found) >= _LIKELIER_THAN_NOT
    title, explanation = _texts(prompt, category, main, evidence, entities, is_sure)
    others = [found.runner_up] if found.runner_up not in (category, Category.UNKNOWN, Category.BENIGN) else []
    return {
        "evidence": [main, *(number for number in evidence if number != main)],
        "entities": [{"line": entity.line, "span": entity.span} for entity in entities],
        "category": category.value,
        "severity": (TAXONOMY[category].severity if is_sure else Severity.LOW).value,  # the detector's own at least
        "confidence": round(_confidence(rules, found), 4),
        "title": title,
        "explanation": explanation,
        "probable_cause": TAXONOMY[category].cause[prompt.language],
        "actions": list(ACTIONS_FOR[category]),
        "ruled_out": [other.value for other in others],
    }


def _has_better_lines(rules: Analysis, main: int, found: Mixed) -> bool:
    """Do the rules cite more of the same, or do they alone know why it is what they say?"""
    is_overruled = rules.category is not found.category
    return bool(rules.evidence) and (
        main in rules.evidence or is_overruled or rules.confidence >= _STANDING_RULES[0][0]
    )


def _entities(prompt: Prompt, main: int, evidence: list[int]) -> list[Entity]:
    """What the cited lines name, the main line's first."""
    ordered = [main, *(number for number in evidence if number != main)]
    return picked([(prompt.lines[number], prompt.spans.get(number, ())) for number in ordered])


def picked(lines: Iterable[tuple[str, Sequence[Entity]]]) -> list[Entity]:
    """The names to give of (line, what it names) pairs: of its message, else of its head; no quantities."""
    named: dict[str, Entity] = {}
    for line, spans in lines:
        names = [entity for entity in spans if entity.kind not in _QUANTITIES]
        message = message_of(line)
        for entity in [entity for entity in names if entity.span in message] or names:
            named.setdefault(entity.span, entity)
    return list(named.values())[:MAX_ENTITIES]


def _texts(
    prompt: Prompt, category: Category, main: int, evidence: list[int], entities: list[Entity], is_sure: bool
) -> tuple[str, str]:
    """Title and explanation: the rules' own where they say the same of the same lines for sure, else from slots."""
    rules, language = prompt.rules, prompt.language
    is_doubted = not is_sure and category not in (Category.UNKNOWN, Category.BENIGN, *BEHAVIOURAL)
    line = prompt.lines[main]
    title = wording.title_of(category, title_quote(line), entities, language)
    if rules is not None and rules.category is category and set(evidence) == set(rules.evidence):
        if not is_doubted:
            return rules.title, rules.explanation
        title = rules.title
    says = _name_in_sentence(category, language)
    if is_doubted:
        title, says = wording.doubted_title(title, language), wording.doubted(says, language)
    more = [number for number in evidence if number != main]
    sentences = [
        wording.sentence_of(main, says, wording.excerpt(line), language),
        wording.also_sentence(more, language),
        wording.named_sentence(entities, language),
    ]
    return title, ("" if language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def _name_in_sentence(category: Category, language: Language) -> str:
    name = TAXONOMY[category].name[language]
    return name.lower() if name[1:2].islower() else name
