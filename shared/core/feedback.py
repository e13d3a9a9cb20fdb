"""Feedback: what a person says of flags, how far it reaches, and which of two that disagree holds.

In: feedback that is in force, and what it may be about (a flag or an incident). Out: the feedback that silences it,
if any. Pure. The rules, in words: docs/feedback.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class FeedbackVerdict(StrEnum):
    FALSE_POSITIVE = "false_positive"  # not an anomaly
    CONFIRMED = "confirmed"  # an anomaly, and of the category that the incident shows
    WRONG_CLASS = "wrong_class"  # an anomaly, but of another category
    MISSED = "missed"  # an anomaly that was not flagged


class FeedbackScope(StrEnum):
    """How far it reaches, the narrowest first."""

    WINDOW = "window"  # these windows alone
    TEMPLATE = "template"  # every flag of their stream that cites the same templates
    STREAM = "stream"  # every flag of their stream


RANK = {scope: rank for rank, scope in enumerate(FeedbackScope)}
ANOMALOUS = frozenset({FeedbackVerdict.CONFIRMED, FeedbackVerdict.WRONG_CLASS})


@dataclass(frozen=True, slots=True)
class Feedback:
    """One label. Times in ms since the epoch.

    author       who said it, for people; (``key_id``, ``author``) is who said it for the rules
    expires_ms   it is in force until then; None: until it is undone
    signature, templates, windows  of the incident as it was judged
    category     of the taxonomy: the right one of an anomaly, "" unsaid
    lines        text that should have been flagged; ``first_ms``, ``last_ms``: when it was logged
    undone_ms    0: it was not taken back     ended_ms  0: in force; else when it expired or was undone
    """

    feedback_id: str
    verdict: FeedbackVerdict
    scope: FeedbackScope
    stream: str
    author: str
    key_id: str
    given_ms: int
    expires_ms: int | None = None
    incident_id: str = ""
    signature: str = ""
    templates: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    category: str = ""
    note: str = ""
    lines: tuple[str, ...] = ()
    first_ms: int | None = None
    last_ms: int | None = None
    undone_ms: int = 0
    undone_by: str = ""
    ended_ms: int = 0

    @property
    def who(self) -> tuple[str, str]:
        return self.key_id, self.author

    def is_in_force(self, now_ms: int) -> bool:
        return not self.ended_ms and (self.expires_ms is None or now_ms < self.expires_ms)


@dataclass(frozen=True, slots=True)
class Judged:
    """A flag, or an incident, as feedback may be about it. ``windows``: all of them, or empty when not known."""

    stream: str
    signature: str
    templates: frozenset[str] = frozenset()
    windows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What feedback makes of something. ``is_protected``: somebody says it is an anomaly, and that holds."""

    silenced_by: Feedback | None = None
    is_protected: bool = False


def standing_of(judged: Judged, feedback: Iterable[Feedback], now_ms: int) -> Standing:
    """The latest false positive that reaches ``judged`` and that no confirmation outweighs."""
    reaching = [f for f in feedback if f.is_in_force(now_ms) and f.stream == judged.stream and reaches(f, judged)]
    anomalous = [f for f in reaching if f.verdict in ANOMALOUS]
    false_positives = [f for f in reaching if f.verdict is FeedbackVerdict.FALSE_POSITIVE]
    for false_positive in sorted(false_positives, key=lambda f: (f.given_ms, f.feedback_id), reverse=True):
        if not any(outweighs(said, false_positive) for said in anomalous):
            return Standing(silenced_by=false_positive)
    return Standing(is_protected=bool(anomalous))


def reaches(feedback: Feedback, judged: Judged) -> bool:
    """Is ``judged`` within the feedback's scope? The streams are taken to be the same.

    A false positive reaches what cites no other templates than those it was said of; who confirms windows protects
    whatever shares a template with them, for a doubt must not silence an anomaly.
    """
    if feedback.scope is FeedbackScope.STREAM:
        return True
    is_same = bool(feedback.signature) and feedback.signature == judged.signature
    known = frozenset(feedback.templates)
    if feedback.verdict in ANOMALOUS:
        return is_same or bool(judged.templates & known) or bool(judged.windows & frozenset(feedback.windows))
    if feedback.scope is FeedbackScope.WINDOW:
        return bool(judged.windows) and judged.windows <= frozenset(feedback.windows)
    return is_same or (bool(judged.templates) and judged.templates <= known)


def outweighs(anomalous: Feedback, false_positive: Feedback) -> bool:
    """Does "it is one" hold against "it is none"? Who said both means what they said last; between two people the
    narrower scope wins, and of equal ones what was said last."""
    is_later = anomalous.given_ms >= false_positive.given_ms
    if anomalous.who == false_positive.who:
        return is_later
    narrower = RANK[anomalous.scope] - RANK[false_positive.scope]
    return narrower < 0 or (narrower == 0 and is_later)


def with_id(feedback: Feedback) -> Feedback:
    """The feedback with its id: the same person saying the same of the same thing is one feedback."""
    about = (feedback.incident_id or feedback.stream, *sorted(feedback.windows if not feedback.incident_id else ()))
    if feedback.scope is FeedbackScope.WINDOW:
        about = (*about, *sorted(feedback.windows))
    elif feedback.scope is FeedbackScope.STREAM and feedback.verdict is not FeedbackVerdict.MISSED:
        about = (feedback.stream,)
    span = (*feedback.lines, str(feedback.first_ms), str(feedback.last_ms))
    said = (feedback.verdict.value, feedback.scope.value, *feedback.who, *about, *span)
    digest = hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()
    return replace(feedback, feedback_id="f" + digest[:16])
