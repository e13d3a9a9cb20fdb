"""From a language model's raw reply to an ``Analysis`` that can be trusted as far as it goes.

In: the reply, the prompt it answers, the flag, the rules' analysis. Out: an Analysis in which every field has been
checked by code: categories and actions from the closed tables, evidence among the shown lines, entities among what
those lines name, severity not below the flag's, texts free of markup and links, and without any claim that the cited
lines do not carry; a text that fails falls back to the rules' wording.
Raises ReplyInvalid, and nothing else, with a complaint that can be sent back to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.analyzer import wording
from services.analyzer.grounding import unsupported_claims
from services.analyzer.languages import count_han
from services.analyzer.llm.protocol import RawReply
from services.analyzer.masking import mask_secrets
from services.analyzer.plain_text import LINK, clean_text
from services.analyzer.prompting import PROMPT_VERSION, Prompt
from services.analyzer.reply_schema import MAX_ACTIONS, MAX_ENTITIES, MAX_EVIDENCE, MAX_RULED_OUT
from services.analyzer.schemas import Analysis, Entity, RuledOut
from services.analyzer.slots import SlotTexts, slot_texts
from shared.core.records import Flag, Severity
from shared.core.taxonomy import TAXONOMY, Category, Group, Language, worse_of

MAX_REPLY_CHARS = 20_000
MAX_MODEL_CONFIDENCE = 0.95
MAX_CALIBRATED_CONFIDENCE = 0.99
# A model that contradicts clear signs in the lines is believed, but less.
DISAGREEING_CONFIDENCE = 0.6
CLEAR_RULES = 0.6
_OPENING = re.compile(r"^\s*(?:<think>.*?</think>)?\s*(?:```(?:json)?)?\s*", re.DOTALL)
_TEXT_LIMITS = {"title": 140, "explanation": 1500, "probable_cause": 800}


class ReplyInvalid(ValueError):
    """The reply cannot be used; the message says why, in words that are ours."""


class _Shape(BaseModel):
    """Unknown keys are ignored; types are not guessed."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Named(_Shape):
    line: int
    span: str


class _Reply(_Shape):
    evidence: list[int] = Field(max_length=64)
    entities: list[_Named] = Field(default_factory=list, max_length=64)
    category: str
    severity: str = "low"
    confidence: float = Field(ge=0.0, le=1.0)
    title: str = Field(min_length=1)
    explanation: str = Field(min_length=1)
    probable_cause: str = ""
    actions: list[str] = Field(default_factory=list, max_length=64)
    ruled_out: list[str] = Field(default_factory=list, max_length=64)


def parse_reply(reply: RawReply, prompt: Prompt, flag: Flag, rules: Analysis, engine: str) -> Analysis:
    """The checked analysis. Raises ReplyInvalid."""
    read = _read(reply.text)
    if read.category not in Category._value2member_map_:
        raise ReplyInvalid("category is not one of the allowed values")
    category = Category(read.category)
    shown = [number for number in dict.fromkeys(read.evidence) if number in prompt.lines][:MAX_EVIDENCE]
    if not shown:
        raise ReplyInvalid("evidence cites no line number that was shown")
    if category is Category.BENIGN and contradicts_benign(rules):
        raise ReplyInvalid("benign contradicts what the lines plainly say; cite the line that says it is over")
    evidence = tuple(sorted(shown))
    entities, is_invented = _entities(read.entities, prompt, evidence)
    cited = _cited_lines(flag, prompt, evidence)
    slots = rules if category is rules.category else slot_texts(category, shown, flag, prompt.language)
    texts, is_rejected = _checked_texts(read, slots, cited, evidence, len(flag.events), prompt.language)
    disagrees = category is not rules.category and rules.confidence >= CLEAR_RULES
    return Analysis(
        evidence=evidence,
        entities=entities,
        category=category,
        severity=_severity(read.severity, flag, category),
        confidence=_confidence(read.confidence, reply.confidence, disagrees),
        title=texts["title"],
        explanation=texts["explanation"],
        probable_cause=texts["probable_cause"],
        actions=wording.rendered_actions(read.actions, prompt.language)[:MAX_ACTIONS]
        or wording.actions_of(category, prompt.language),
        ruled_out=_ruled_out(read.ruled_out, category, rules, prompt.language),
        language=prompt.language,
        engine=engine,
        model_id=clean_text(reply.model_id, 120),
        weights_hash=clean_text(reply.weights_hash, 80),
        adapter=clean_text(reply.adapter, 120),
        prompt_version=PROMPT_VERSION,
        verified=not (is_rejected or is_invented or disagrees or reply.is_disputed),
    )


def _read(reply: str) -> _Reply:
    if len(reply) > MAX_REPLY_CHARS:
        raise ReplyInvalid("the reply is too long")
    text = _OPENING.sub("", reply, count=1)
    start = text.find("{")
    if start < 0:
        raise ReplyInvalid("there is no JSON object in it")
    try:
        value: Any = json.JSONDecoder().raw_decode(text[start:])[0]
        return _Reply.model_validate(value)
    except ValidationError as error:
        fields = sorted({str(part["loc"][0]) for part in error.errors(include_input=False) if part["loc"]})
        raise ReplyInvalid(f"these fields are missing or of the wrong kind: {', '.join(fields) or 'all'}") from error
    except (ValueError, RecursionError) as error:
        raise ReplyInvalid("the JSON is not complete or not valid") from error


def contradicts_benign(rules: Analysis) -> bool:
    """Clear signs of any trouble, or any sign of an attack: whoever attacks would like to be called harmless."""
    is_attack = TAXONOMY[rules.category].group is Group.SECURITY
    return rules.category is not Category.BENIGN and (is_attack or rules.confidence >= CLEAR_RULES)


def _entities(named: Sequence[_Named], prompt: Prompt, evidence: Sequence[int]) -> tuple[tuple[Entity, ...], bool]:
    """What was picked among the names of the cited lines, else all of those; and whether anything else was named."""
    offered = {(entity.line, entity.span): entity for number in evidence for entity in prompt.spans.get(number, ())}
    anywhere: dict[str, Entity] = {}
    for entity in offered.values():
        anywhere.setdefault(entity.span, entity)
    picked = [offered.get((name.line, name.span)) or anywhere.get(name.span) for name in named]
    kept = tuple(dict.fromkeys(entity for entity in picked if entity))[:MAX_ENTITIES]
    return kept or tuple(anywhere.values()), None in picked


def _cited_lines(flag: Flag, prompt: Prompt, evidence: Sequence[int]) -> list[str]:
    """What a claim may rest on: the cited lines as shown and as they are, secrets masked."""
    whole = [mask_secrets(event.text) for event in flag.events if event.number in evidence]
    return [prompt.lines[number] for number in evidence] + whole


def _checked_texts(
    read: _Reply,
    slots: Analysis | SlotTexts,
    cited: list[str],
    evidence: tuple[int, ...],
    events: int,
    language: Language,
) -> tuple[dict[str, str], bool]:
    """The three texts, each the model's if it holds, else the slots' one; and whether any was rejected."""
    texts, is_rejected = {}, False
    for name, limit in _TEXT_LIMITS.items():
        own = clean_text(getattr(read, name), limit)
        is_spoken = (count_han(own) >= 2) == (language == "zh")
        said = getattr(slots, name)
        is_ours = own == said or (
            name == "title" and own == wording.doubted_title(said, language)
        )  # nothing to verify
        is_clean = bool(own) and LINK not in own and is_spoken
        if is_ours or (is_clean and not unsupported_claims(own, cited, evidence, events)):
            texts[name] = own
        else:
            is_doubted = name == "title" and wording.is_doubted_title(own, language)
            texts[name] = wording.doubted_title(said, language) if is_doubted else said
            is_rejected = True
    return texts, is_rejected


def _severity(claimed: str, flag: Flag, category: Category) -> Severity:
    """Never below the flag's own; what the model claims counts only up to one step above the category's usual."""
    floor = flag.verdict.severity or Severity.LOW
    order = list(Severity)
    usual = order.index(TAXONOMY[category].severity)
    wanted = order.index(Severity(claimed)) if claimed in Severity._value2member_map_ else 0
    return worse_of(floor, order[min(wanted, usual + 1, len(order) - 1)])


def _confidence(claimed: float, calibrated: float | None, disagrees: bool) -> float:
    """A calibrated figure is taken as it is; what a reply says of itself counts less against clear signs."""
    if calibrated is not None and 0.0 <= calibrated <= 1.0:
        return round(min(calibrated, MAX_CALIBRATED_CONFIDENCE), 2)
    return round(min(claimed, DISAGREEING_CONFIDENCE if disagrees else MAX_MODEL_CONFIDENCE), 2)


def _ruled_out(
    considered: Sequence[str], category: Category, rules: Analysis, language: Language
) -> tuple[RuledOut, ...]:
    """The rules' category when the model chose another, then what the model says that it considered."""
    dropped: dict[Category, str] = {}
    if category is not rules.category and rules.category not in (Category.UNKNOWN, Category.NEW_BEHAVIOUR):
        lines = wording.numbers_of(rules.evidence, language)
        dropped[rules.category] = f"the rules' reading of {lines}" if language == "en" else f"规则对{lines}的判断"
    reason = "considered by the model and dropped" if language == "en" else "模型考虑后排除"
    for name in considered[:MAX_RULED_OUT]:
        if name in Category._value2member_map_ and name != category.value:
            dropped.setdefault(Category(name), reason)
    return tuple(RuledOut(category=dropped_one, reason=why) for dropped_one, why in dropped.items())
