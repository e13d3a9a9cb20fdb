"""The answer that is always there: read a flag by rules, in English or Chinese, with evidence by line number.

Imports neither Redis nor an HTTP client, so that ``loglynx scan`` can call ``explain`` in its own process.
Confidence is meant to be believed: it is the strength of the evidence, less when another category is nearly as
strong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer import wording
from services.analyzer.displaying import shown
from services.analyzer.kinship import are_kin
from services.analyzer.languages import language_of
from services.analyzer.novelty import judge_novelty
from services.analyzer.schemas import Analysis, Entity, RuledOut
from services.analyzer.spans import entities_of
from services.analyzer.stack_traces import root_exception
from services.analyzer.weighing import Finding, Reading, score_of, weigh
from shared.core.records import Flag, Severity
from shared.core.taxonomy import TAXONOMY, Category, Language, worse_of

ENGINE = "rules"
RULES_VERSION = "rules-1"
MAX_EVIDENCE = 5
MAX_RECOVERED = 3
MAX_CONFIDENCE = 0.92
# Below this the signs are too weak to name a category against what the detector itself saw.
WEAK_SCORE = 0.28
# What a later recovery can take back; a crash or a full disk stays worth telling.
RECOVERABLE = frozenset((
    Category.TIMEOUT, Category.CONNECTION_FAILURE, Category.DEPENDENCY_UNAVAILABLE, Category.RATE_LIMITED,
    Category.DNS_FAILURE, Category.DEADLOCK, Category.QUEUE_BACKLOG, Category.MISSING_EVENTS,
    Category.APPLICATION_ERROR, Category.DATABASE_ERROR, Category.CPU_OR_THREAD_EXHAUSTED,
))  # fmt: skip
# The deeper cause wins over its consequences by up to this much per step.
CAUSE_BONUS = 0.035


@dataclass(frozen=True, slots=True)
class _Ranked:
    category: Category
    score: float
    findings: list[Finding]

    @property
    def rank(self) -> float:
        return self.score + CAUSE_BONUS * (3 - TAXONOMY[self.category].depth)


def explain(flag: Flag, language: str | None = None) -> Analysis:
    """The rules' reading of ``flag``. ``language`` "en" or "zh"; None: the language of the window's lines."""
    reading = weigh(flag)
    ranked = _ranked(reading)
    spoken = _spoken(flag, ranked, language)
    if not ranked or ranked[0].score < WEAK_SCORE:
        return judge_novelty(flag, reading, spoken)
    recovery = _recovery_of(ranked, reading, flag)
    if recovery is not None:
        return _benign(flag, ranked[0], recovery, spoken)
    return _trouble(flag, ranked, spoken)


def _spoken(flag: Flag, ranked: Sequence[_Ranked], language: str | None) -> Language:
    """The language asked for, else that of the line that says most, else that of the window."""
    if language:
        return "zh" if language == "zh" else "en"
    if ranked and language_of([ranked[0].findings[0].event.text]) == "zh":
        return "zh"
    return language_of([event.text for event in flag.events])


def not_explained(flag: Flag, language: str | None = None) -> Analysis:
    """The analysis of a flag that cannot be read: what the detector said, and nothing about the lines."""
    spoken: Language = "zh" if language == "zh" else "en"
    info = TAXONOMY[Category.UNKNOWN]
    return Analysis(
        category=Category.UNKNOWN,
        confidence=0.05,
        severity=_floor(flag),
        title=info.name[spoken],
        explanation=info.cause[spoken],
        probable_cause=info.cause[spoken],
        actions=wording.actions_of(Category.UNKNOWN, spoken),
        language=spoken,
        engine=ENGINE,
        model_id=RULES_VERSION,
        degraded=True,
        verified=True,
    )


def _ranked(reading: Reading) -> list[_Ranked]:
    categories = {finding.hit.sign.category for finding in reading.findings}
    ranked = [_Ranked(category, score_of(found := reading.of(category)), found) for category in categories]
    return sorted(ranked, key=lambda entry: (-entry.rank, entry.category))


def _recovery_of(ranked: Sequence[_Ranked], reading: Reading, flag: Flag) -> int | None:
    """Number of the line that reports the recovery of just this, if it comes last and nothing graver is left."""
    events = {event.number: event for event in flag.events}
    serious = [entry for entry in ranked if entry.score >= WEAK_SCORE]
    if any(entry.category not in RECOVERABLE for entry in serious):
        return None
    troubled = {finding.event.number: finding.event for entry in serious for finding in entry.findings}
    faults = [number for number in troubled if number not in reading.recoveries] or list(troubled)
    if len(faults) > MAX_RECOVERED or any(troubled[n].level in ("fatal", "critical") for n in faults):
        return None
    late = [number for number in reversed(reading.recoveries) if number >= max(faults)]
    return next((n for n in late if any(are_kin(events[n], troubled[fault]) for fault in faults)), None)


def _confidence(ranked: Sequence[_Ranked]) -> float:
    """Strength of the first, less by up to 0.4 of it when the second is as strong; a consequence counts half."""
    first = ranked[0]
    doubt = 0.0
    for other in ranked[1:]:
        is_consequence = TAXONOMY[other.category].depth > TAXONOMY[first.category].depth
        doubt = max(doubt, (0.2 if is_consequence else 0.4) * (other.score / first.score) ** 2)
    return round(max(0.05, min(MAX_CONFIDENCE, first.score * (1.0 - min(doubt, 0.4)))), 2)


def _trouble(flag: Flag, ranked: Sequence[_Ranked], language: Language) -> Analysis:
    first = ranked[0]
    main = first.findings[0]
    evidence = _evidence(first.findings)
    texts = {event.number: shown(event.text) for event in flag.events if event.number in evidence}
    entities = _entities(main.event.number, texts)
    alike = {f.event.number for f in first.findings if f.hit.sign is main.hit.sign and main.hit.sign.repeated}
    says = wording.many_times(main.hit.sign.says[language], len(alike), language)
    sentences = [wording.sentence_of(main.event.number, main.hit.sign.says[language], _quote(main), language)]
    sentences.append(wording.also_sentence([n for n in evidence if n != main.event.number], language))
    root = shown(root_exception(main.event.text))
    if root and not main.hit.is_root:
        sentences.append(wording.root_sentence(main.event.number, wording.excerpt(root), language))
    sentences.append(wording.named_sentence(entities, language))
    beside = next((entry for entry in ranked[1:] if entry.score >= 0.5), None)
    if beside is not None:
        other = beside.findings[0]
        sentences.append(
            wording.beside_sentence(other.event.number, other.hit.sign.says[language], beside.category, language)
        )
        evidence = tuple(sorted({*evidence, other.event.number}))
    info = TAXONOMY[first.category]
    confidence = _confidence(ranked)
    return Analysis(
        category=first.category,
        confidence=confidence,
        severity=worse_of(_floor(flag), info.severity if confidence >= 0.5 else Severity.LOW),
        title=wording.title_of(first.category, says, entities, language),
        explanation=_joined(sentences, language),
        probable_cause=info.cause[language],
        evidence=evidence,
        entities=entities,
        actions=wording.actions_of(first.category, language),
        ruled_out=tuple(_weaker(entry, language) for entry in ranked[1:3] if entry.score >= WEAK_SCORE),
        language=language,
        engine=ENGINE,
        model_id=RULES_VERSION,
        verified=True,
    )


def _benign(flag: Flag, fault: _Ranked, recovery: int, language: Language) -> Analysis:
    main = fault.findings[0]
    evidence = tuple(sorted({main.event.number, recovery}))
    says = main.hit.sign.says[language]
    texts = {event.number: shown(event.text) for event in flag.events if event.number in evidence}
    line = next(event for event in flag.events if event.number == recovery)
    over = "the trouble is over" if language == "en" else "问题已经恢复"
    sentences = [wording.sentence_of(recovery, over, wording.excerpt(shown(line.text.split("\n")[0])), language)]
    if main.event.number != recovery:
        sentences.insert(0, wording.sentence_of(main.event.number, says, _quote(main), language))
    reason = (
        f"{says}, but line {recovery} reports the recovery"
        if language == "en"
        else f"{says}，但第 {recovery} 行已恢复"
    )
    return Analysis(
        category=Category.BENIGN,
        confidence=round(min(0.7, 0.45 + 0.25 * fault.score), 2),
        severity=_floor(flag),
        title=wording.title_of(
            Category.BENIGN, f"{says}, then recovered" if language == "en" else f"{says}，随后恢复", (), language
        ),
        explanation=_joined(sentences, language),
        probable_cause=TAXONOMY[Category.BENIGN].cause[language],
        evidence=evidence,
        entities=entities_of(texts.items()),
        actions=wording.actions_of(Category.BENIGN, language),
        ruled_out=(RuledOut(category=fault.category, reason=reason),),
        language=language,
        engine=ENGINE,
        model_id=RULES_VERSION,
        verified=True,
    )


def _evidence(findings: Sequence[Finding]) -> tuple[int, ...]:
    """Numbers of the strongest events, ascending."""
    return tuple(sorted(list(dict.fromkeys(finding.event.number for finding in findings))[:MAX_EVIDENCE]))


def _entities(main: int, texts: dict[int, str]) -> tuple[Entity, ...]:
    """Entities of the cited lines, the main line's first."""
    return entities_of([(main, texts[main]), *((number, text) for number, text in texts.items() if number != main)])


def _quote(finding: Finding) -> str:
    """The words of the line around the sign, as they stand in it."""
    hit = finding.hit
    lines = finding.event.text.split("\n")
    needle = hit.text[hit.start : hit.end]
    line = next((text for text in lines if needle in text), hit.text)
    start = max(0, line.find(needle))
    return wording.excerpt(
        shown(wording.excerpt(line, start, start + len(needle), 400)), limit=wording.MAX_QUOTE_CHARS
    )


def _weaker(entry: _Ranked, language: Language) -> RuledOut:
    finding = entry.findings[0]
    says, number = finding.hit.sign.says[language], finding.event.number
    reason = f"line {number}: {says}; weaker evidence" if language == "en" else f"第 {number} 行：{says}；证据较弱"
    return RuledOut(category=entry.category, reason=reason)


def _joined(sentences: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(sentence for sentence in sentences if sentence)


def _floor(flag: Flag) -> Severity:
    return flag.verdict.severity or Severity.LOW
