"""The answer that a window deserves, in the analyzer's terms: its keys, their order, its taxonomy and its actions.

In: a Window, and how a model gets to see it (``Shown``). Out: an Answer. Names are copied from cited lines, texts are
made from slots, so nothing is claimed that a cited line does not carry.
``confidence`` is a constant of the kind of window: it holds the place of a key, and nothing can be learned from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from services.trainer.datasets.incidents.compose import Kind, Line, Role, Window
from shared.core.actions import ACTIONS_FOR
from shared.core.records import Severity
from shared.core.taxonomy import TAXONOMY, Category, Language, worse_of

MAX_ENTITIES = 6
MAX_ACTIONS = 4
MAX_RULED_OUT = 2
_QUOTE_CHARS = 180
_TITLE_CHARS = 120
# The analyzer's answers hold neither links nor markup, and a "#12" or "line 12" in one is a number of a line.
_NOT_TO_REPEAT = re.compile(
    r"\S*(?::/{2,3}|www\.)\S*|[<>‹›`*\\⏎⟦⟧]+|__+|~~|\s{2,}|#\d+|\bL\d+|\b[Ll]ines?\s+\d+|第\s?\d+\s?[行条]"
)
_AT_ENDS = " ,;:()[]{}\"'，；：（）"
_CONFIDENCE = {Kind.FAULT: 0.9, Kind.STORY: 0.85, Kind.BENIGN: 0.8, Kind.UNKNOWN: 0.3}
_HEADLINES: Mapping[Category, Mapping[Language, str]] = {
    Category.BENIGN: {"en": "nothing is wrong, or no longer", "zh": "没有问题，或问题已经过去"},
    Category.UNKNOWN: {"en": "an odd line without a stated cause", "zh": "出现原因不明的异常日志"},
}


class EntityRow(TypedDict):
    line: int
    span: str


class Answer(TypedDict):
    """Keys in the order in which a model is to write them: evidence first, words after the category."""

    evidence: list[int]
    entities: list[EntityRow]
    category: str
    severity: str
    confidence: float
    title: str
    explanation: str
    probable_cause: str
    actions: list[str]
    ruled_out: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A window as a model sees it.

    lines    number (from 1) -> text
    offered  number -> the only names of that line that an answer may pick; None: any
    """

    lines: Mapping[int, str]
    offered: Mapping[int, Sequence[str]] | None = field(default=None)


def language_of(window: Window) -> Language:
    """Chinese if the first line that matters is, or a quarter of the lines: as the analyzer decides."""
    first = next(line for line in window.lines if line.role is Role.ROOT)
    chinese = sum(line.language == "zh" for line in window.lines)
    return "zh" if first.language == "zh" or chinese >= len(window.lines) / 4 else "en"


def shown_as_written(window: Window) -> Shown:
    """Every line as it stands in the log."""
    return Shown({number: line.text for number, line in enumerate(window.lines, 1)})


def answer_of(window: Window, shown: Shown) -> Answer:
    """What is true of ``window``: the root's lines are the evidence, whatever else it says."""
    language = language_of(window)
    roots = {n: line for n, line in enumerate(window.lines, 1) if line.role is Role.ROOT}
    category = next(line.category for line in roots.values() if line.category)
    others = {n: line for n, line in enumerate(window.lines, 1) if line.role is Role.CONSEQUENCE}
    consequences = list(dict.fromkeys(line.category for line in others.values() if line.category))
    severity = TAXONOMY[category].severity
    for consequence in consequences:
        severity = worse_of(severity, TAXONOMY[consequence].severity)
    entities = _entities(roots, shown)
    return {
        "evidence": sorted(roots),
        "entities": entities,
        "category": category.value,
        "severity": Severity(severity).value,
        "confidence": _CONFIDENCE[window.kind],
        "title": _title(category, entities, language),
        "explanation": _explanation(roots, shown, entities, language),
        "probable_cause": TAXONOMY[category].cause[language],
        "actions": list(ACTIONS_FOR[category][:MAX_ACTIONS]),
        "ruled_out": [consequence.value for consequence in consequences[:MAX_RULED_OUT]],
    }


def _entities(roots: Mapping[int, Line], shown: Shown) -> list[EntityRow]:
    found: dict[str, EntityRow] = {}
    for number, line in roots.items():
        for name in line.named:
            span = name if shown.offered is None else _offer(name, shown.offered.get(number, ()))
            if span and len(span) > 1 and span in shown.lines[number]:
                found.setdefault(span, {"line": number, "span": span})
    return list(found.values())[:MAX_ENTITIES]


def _offer(name: str, offered: Sequence[str]) -> str:
    """The offered span that is the name or holds it; "" if none does. One that a layout has escaped is no name."""
    return next((span for span in sorted(offered, key=len) if name in span and "\\" not in span), "")


def _title(category: Category, entities: Sequence[EntityRow], language: Language) -> str:
    title = TAXONOMY[category].name[language]
    if category in _HEADLINES:
        headline = _HEADLINES[category][language]
        return f"{title}: {headline}" if language == "en" else f"{title}：{headline}"
    span = next((entity["span"] for entity in entities if not _NOT_TO_REPEAT.search(entity["span"])), "")
    if span and len(title) + len(span) + 3 <= _TITLE_CHARS:
        title += f" ({span})" if language == "en" else f"（{span}）"
    return title


def _explanation(roots: Mapping[int, Line], shown: Shown, entities: Sequence[EntityRow], language: Language) -> str:
    first, *more = sorted(roots)
    quote = _quote(roots[first].message, shown.lines[first])
    spans = [entity["span"] for entity in entities if not _NOT_TO_REPEAT.search(entity["span"])][:4]
    if language == "zh":
        text = f"第 {first} 行：“{quote}”。" if quote else f"依据见第 {first} 行。"
        text += f"第 {'、'.join(map(str, more))} 行也有同样的表现。" if more else ""
        return text + (f"涉及：{'、'.join(spans)}。" if spans else "")
    text = f"Line {first}: “{quote}”." if quote else f"Line {first} says so."
    if more:
        listed = f"Line {more[0]} says" if len(more) == 1 else f"Lines {', '.join(map(str, more))} say"
        text += f" {listed} the same."
    return text + (f" Named there: {', '.join(spans)}." if spans else "")


def _quote(message: str, shown: str) -> str:
    """The longest stretch of the message, as it stands in the line, that an answer may repeat; cut at the end."""
    pieces = (
        piece.strip(_AT_ENDS)
        for form in (message, unicodedata.normalize("NFKC", message))
        for piece in _NOT_TO_REPEAT.split(form)
    )
    quote = max((piece for piece in pieces if piece in shown), key=len, default="")
    return quote if len(quote) <= _QUOTE_CHARS else f"{quote[:_QUOTE_CHARS].rstrip()}…"
