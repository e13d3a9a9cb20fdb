"""What the synchronous scoring endpoints are asked, in each of the shapes that their clients send.

Fails with UnprocessableBody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.ingest.batch import Batch
from shared.core.decoding import make_safe
from shared.errors import UnprocessableBody
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

TEXT_KEYS = ("log", "log_text", "text")
SEQUENCE_KEYS = ("log_seq", "logs", "lines")
BATCH_KEYS = ("log_texts", "logs", "lines")


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """``threshold`` None: the detector's own decision counts."""

    sequences: Sequence[Batch]
    threshold: float | None = None

    def judged(self, found: tuple[float, bool] | None) -> dict[str, Any]:
        """``score`` and ``is_anomaly`` of one sequence, by the client's threshold if it gave one."""
        if found is None:
            return {"score": None, "is_anomaly": False}
        score, is_anomaly = found
        return {"score": score, "is_anomaly": is_anomaly if self.threshold is None else score >= self.threshold}


def read_score_request(body: bytes, is_batch: bool) -> ScoreRequest:
    """One sequence, or with ``is_batch`` each log a sequence of its own."""
    record = _record(body)
    threshold = _threshold(record.get("threshold"))
    if is_batch:
        return ScoreRequest([Batch([text], [0]) for text in _texts(record, BATCH_KEYS)], threshold)
    if any(key in record for key in SEQUENCE_KEYS):
        texts = _texts(record, SEQUENCE_KEYS)
        return ScoreRequest([Batch(texts, range(len(texts)))], threshold)
    return ScoreRequest([Batch([_text(record)], [0])], threshold)


def read_text(body: bytes, max_chars: int) -> str:
    """The one text of a body, made safe and cut to ``max_chars``."""
    return make_safe(_text(_record(body)), max_chars)[0]


def _record(body: bytes) -> dict[str, Any]:
    value = decode_json(body)
    if not isinstance(value, dict):
        raise UnprocessableBody(PublicDetail("A JSON object is expected"))
    return value


def _text(record: dict[str, Any]) -> str:
    text = next((record[key] for key in TEXT_KEYS if key in record), None)
    if not isinstance(text, str) or not text.strip():
        raise UnprocessableBody(PublicDetail("The log text is missing or no text"))
    return text


def _texts(record: dict[str, Any], keys: Sequence[str]) -> list[str]:
    texts = next((record[key] for key in keys if key in record), None)
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise UnprocessableBody(PublicDetail("A list of log texts is expected"))
    return texts


def _threshold(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UnprocessableBody(PublicDetail("threshold lies between 0 and 1"))
    return float(value)
