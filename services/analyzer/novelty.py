"""When no sign of trouble speaks: say what the detector saw, and no more.

Either a line names a trouble only to deny it, or ordinary work looks unusual, or lines are simply new, missing, or
too many; or the line claims to be an error that no rule knows.
"""

from __future__ import annotations

from services.analyzer import wording
from services.analyzer.displaying import shown as shown_text
from services.analyzer.schemas import Analysis, RuledOut
from services.analyzer.slots import title_quote
from services.analyzer.spans import entities_of
from services.analyzer.weighing import Reading, are_routine, is_troubled
from shared.core.records import Flag, FlaggedEvent, Severity
from shared.core.taxonomy import TAXONOMY, Category, Language, worse_of

MAX_SHOWN = 3
_SAYS: dict[str, dict[Language, str]] = {
    "new": {"en": "a line of a kind that is new or rare in this stream", "zh": "此类日志在该日志流中首次或极少出现"},
    "missing": {
        "en": "an event that usually accompanies these lines is missing",
        "zh": "通常伴随这些日志的事件没有出现",
    },
    "volume": {"en": "known lines come in unusual numbers", "zh": "已知日志出现的次数异常"},
    "pace": {"en": "known lines come faster or slower than they usually do", "zh": "已知日志的输出速率与平时不同"},
    "order": {"en": "the lines come in an order that is unusual here", "zh": "日志的先后顺序在此处不常见"},
    "value": {
        "en": "a known line with a quantity, or after a pause, that is unusual here",
        "zh": "已知日志中的数值或其前的间隔在此处不常见",
    },
    "denied": {
        "en": "the line names a trouble only to say that there is none",
        "zh": "该行提到问题，只是为了说明没有发生",
    },
    "routine": {"en": "the line describes ordinary work", "zh": "该行描述的是正常工作"},
    "error": {"en": "an error that the rules do not recognise", "zh": "规则无法识别的错误"},
    "unknown": {
        "en": "the line stands out, but nothing in it names a trouble",
        "zh": "该行较为突出，但其中没有指明问题",
    },
}


def judge_novelty(flag: Flag, reading: Reading, language: Language) -> Analysis:
    """An analysis of a flag in whose lines no sign of trouble stands."""
    shown = most_surprising(flag)
    codes = " ".join(reason.code for reason in flag.verdict.reasons).lower()
    is_denied = bool(reading.denials) and all(
        event.number in reading.denials or not is_troubled(event) for event in shown
    )
    if any(is_troubled(event) for event in flag.events) and not is_denied:
        worst = [event for event in flag.events if is_troubled(event)]
        return _analysis(flag, worst[:MAX_SHOWN], Category.UNKNOWN, 0.3, "error", reading, language)
    if "missing" in codes or "absent" in codes:
        return _analysis(flag, shown, Category.MISSING_EVENTS, 0.4, "missing", reading, language)
    if _is_volume(codes, flag):
        says = "pace" if "pace" in codes and "count" not in codes else "volume"
        return _analysis(flag, shown, Category.VOLUME_CHANGE, 0.4, says, reading, language)
    if is_denied and any(event.number in reading.denials for event in shown):
        denied = [event for event in flag.events if event.number in reading.denials]
        return _analysis(flag, denied[:MAX_SHOWN], Category.BENIGN, 0.5, "denied", reading, language)
    if any(word in codes for word in ("new", "rare", "novel", "unseen")):
        return _analysis(flag, shown, Category.NEW_BEHAVIOUR, 0.45, "new", reading, language)
    if reading.denials:
        denied = [event for event in flag.events if event.number in reading.denials]
        return _analysis(flag, denied[:MAX_SHOWN], Category.BENIGN, 0.45, "denied", reading, language)
    if "value" in codes and "order" not in codes and "sequence" not in codes:
        return _analysis(flag, shown, Category.NEW_BEHAVIOUR, 0.4, "value", reading, language)
    if shown and shown[0].surprise > 0:
        return _analysis(flag, shown, Category.NEW_BEHAVIOUR, 0.35, "order", reading, language)
    if shown and are_routine(shown):
        return _analysis(flag, shown, Category.BENIGN, 0.4, "routine", reading, language)
    return _analysis(flag, shown, Category.UNKNOWN, 0.2, "unknown", reading, language)


def most_surprising(flag: Flag, count: int = MAX_SHOWN) -> list[FlaggedEvent]:
    """The events that the detector points at: by its reasons, else by surprise; in order of their position."""
    pointed = {position for reason in flag.verdict.reasons for position in reason.events}
    by_surprise = sorted(
        enumerate(flag.events), key=lambda entry: (entry[0] not in pointed, -entry[1].surprise, entry[0])
    )
    if not by_surprise:
        return []
    top = by_surprise[0][1].surprise
    kept = [event for position, event in by_surprise[:count] if event.surprise >= top / 2 or position in pointed]
    return sorted(kept, key=lambda event: (-event.surprise, event.number))


def _is_volume(codes: str, flag: Flag) -> bool:
    if any(word in codes for word in ("new", "rare", "novel", "unseen", "sequence")):
        return False
    return any(word in codes for word in ("count", "burst", "volume", "rate", "pace")) and len(flag.events) > 1


def _analysis(
    flag: Flag,
    cited: list[FlaggedEvent],
    category: Category,
    confidence: float,
    says_key: str,
    reading: Reading,
    language: Language,
) -> Analysis:
    says = _SAYS[says_key][language]
    info = TAXONOMY[category]
    texts = {event.number: shown_text(event.text) for event in cited}
    quotes = {number: wording.excerpt(text.split("\n")[0]) for number, text in texts.items()}
    first = cited[0].number if cited else 0
    parts = [wording.sentence_of(first, says, quotes[first], language)] if cited else [says]
    parts.append(wording.also_sentence(sorted(number for number in texts if number != first), language))
    title_says = title_quote(texts[first]) if cited else says
    return Analysis(
        category=category,
        confidence=confidence,
        severity=worse_of(flag.verdict.severity or Severity.LOW, Severity.LOW),
        title=wording.title_of(category, title_says, (), language),
        explanation=("" if language == "zh" else " ").join(part for part in parts if part),
        probable_cause=info.cause[language],
        evidence=tuple(sorted(texts)),
        entities=entities_of(texts.items()),
        actions=wording.actions_of(category, language),
        ruled_out=tuple(_denied(number, denied, language) for number, denied in list(reading.denials.items())[:2]),
        language=language,
        engine="rules",
        model_id="rules-1",
        verified=True,
    )


def _denied(number: int, category: Category, language: Language) -> RuledOut:
    reason = f"line {number} denies it" if language == "en" else f"第 {number} 行说明并未发生"
    return RuledOut(category=category, reason=reason)
