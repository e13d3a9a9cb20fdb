"""What people said of the same trouble before outweighs what an engine guesses now.

In: an analysis and the earlier incidents that resemble it, with what people made of them. Out: the analysis, with the
category that people decided on. A verdict never lowers the severity, and never closes anything. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer import wording
from services.analyzer.schemas import Analysis, RuledOut
from services.analyzer.slots import slot_texts
from shared.core.records import Flag
from shared.core.taxonomy import TAXONOMY, Category, Language

MAX_CONFIDENCE = 0.97
# The latest verdict counts as much as so many older ones: people learn, and systems change.
LATEST_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An earlier incident with the same lines.

    category  what an engine called it     count  its flags     last_seen_ms  since the epoch
    decided   what people say it is (benign: no anomaly); None: they have not said
    note      what they wrote beside it; may hold pasted log text
    """

    category: str
    count: int
    last_seen_ms: int
    state: str
    decided: Category | None = None
    decided_ms: int = 0
    note: str = ""


def weigh_past(analysis: Analysis, flag: Flag, past: Sequence[PastIncident]) -> Analysis:
    """The analysis as people would have it: their most frequent verdict on the same trouble wins over the engine's.

    A tie goes to the latest verdict. The engine's category is kept in ``ruled_out``, with the reason.
    """
    verdicts = sorted((entry for entry in past if entry.decided), key=lambda entry: -entry.decided_ms)
    if not verdicts:
        return analysis
    votes: dict[Category, int] = {}
    for rank, entry in enumerate(verdicts):
        assert entry.decided is not None
        votes[entry.decided] = votes.get(entry.decided, 0) + (LATEST_WEIGHT if rank == 0 else 1)
    decided = max(votes, key=lambda category: (votes[category], category is verdicts[0].decided))
    agreeing = sum(entry.decided is decided for entry in verdicts)
    confidence = round(min(MAX_CONFIDENCE, (agreeing + 1) / (len(verdicts) + 2)), 2)
    if decided is analysis.category:
        return analysis.model_copy(
            update={"decided_by": "people", "confidence": max(analysis.confidence, confidence)}
        )
    language = analysis.language
    texts = slot_texts(decided, analysis.evidence, flag, language)
    overruled = RuledOut(category=analysis.category, reason=_reason(agreeing, len(verdicts), decided, language))
    kept = tuple(entry for entry in analysis.ruled_out if entry.category not in (decided, analysis.category))
    return analysis.model_copy(
        update={
            "category": decided,
            "confidence": confidence,
            "title": texts.title,
            "explanation": texts.explanation,
            "probable_cause": texts.probable_cause,
            "actions": wording.actions_of(decided, language),
            "ruled_out": (overruled, *kept),
            "decided_by": "people",
        }
    )


def _reason(agreeing: int, total: int, decided: Category, language: Language) -> str:
    name = TAXONOMY[decided].name[language]
    if language == "zh":
        return f"人工对同类问题的判定为“{name}”（{total} 次中 {agreeing} 次）"
    return f"people judged the same trouble as “{name}” ({agreeing} of {total} times)"
