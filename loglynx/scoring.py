"""Scores of self-contained lines and sequences, by the shipped model in this process or by a server.

Both answer alike: a ``SequenceScore`` per sequence. ``windows_of`` cuts a sequence as ``--window-type`` asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from loglynx.client import Server

WINDOW_SIZE = 10
DEFAULT_THRESHOLD = 0.5  # where the scores put the false-alarm budget


class WindowType(StrEnum):
    """How ``--logs`` is cut: one after the other, or a new window at every line."""

    FIXED = "fixed"
    SLIDING = "sliding"


@dataclass(frozen=True, slots=True)
class SequenceScore:
    """score 0..1, stranger is higher; ``reasons`` are codes of what stood out."""

    score: float
    is_anomaly: bool
    reasons: tuple[str, ...] = ()
    severity: str = ""

    def against(self, threshold: float | None) -> SequenceScore:
        """The same score judged by another threshold; None keeps the model's own."""
        if threshold is None:
            return self
        return SequenceScore(self.score, self.score >= threshold, self.reasons, self.severity)

    def to_json(self) -> dict[str, Any]:
        return {"score": self.score, "is_anomaly": self.is_anomaly, "reasons": list(self.reasons)}


class Scorer(Protocol):
    """Whoever can score."""

    def score(self, sequences: Sequence[Sequence[str]]) -> list[SequenceScore]: ...


class ServerScorer:
    """A server's verdicts, through the endpoints of the source projects."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def score(self, sequences: Sequence[Sequence[str]]) -> list[SequenceScore]:
        """One request per sequence: they do not belong together."""
        return [self._score(lines) for lines in sequences]

    def _score(self, lines: Sequence[str]) -> SequenceScore:
        answer = self._server.post("/score_log", {"log_seq": list(lines)})
        if "score" in answer:
            return SequenceScore(float(answer["score"] or 0.0), bool(answer["is_anomaly"]))
        # The server was too busy to wait for the verdict itself.
        job = self._server.finished_job(str(answer["job_id"]), lambda _: None)
        verdict = job["verdicts"][0]
        return SequenceScore(float(verdict["score"] or 0.0), verdict["state"] == "flagged")


def windows_of(lines: Sequence[str], kind: WindowType, size: int = WINDOW_SIZE) -> list[tuple[int, list[str]]]:
    """(number of the first line from 1, lines) of each window; a remainder is a window too.

    sliding: step 1; a sequence no longer than ``size`` is one window.
    """
    if kind is WindowType.FIXED or len(lines) <= size:
        starts = range(0, len(lines), size)
    else:
        starts = range(0, len(lines) - size + 1)
    return [(start + 1, list(lines[start : start + size])) for start in starts]
