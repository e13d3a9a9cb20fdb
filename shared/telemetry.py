"""Structured logs and Prometheus counters, the same in every service.

``setup_logging`` once per process; then ``structlog.get_logger()`` anywhere. Log text of customers is never logged.
Everything refused or dropped is counted in ``REFUSED`` with a reason from the closed enum ``Refusal``.
"""

from __future__ import annotations

import logging
import sys
from enum import StrEnum

import structlog
from prometheus_client import Counter


class Refusal(StrEnum):
    """Why something was not accepted or not run. Closed: a metric label must not grow without bound."""

    BODY_TOO_LARGE = "body_too_large"
    BAD_ENCODING = "bad_encoding"
    BAD_BODY = "bad_body"
    BAD_LINE = "bad_line"
    LINE_CLIPPED = "line_clipped"
    EMPTY_LINE = "empty_line"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    OVERLOADED = "overloaded"
    STORE_UNAVAILABLE = "store_unavailable"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    QUOTA_EXCEEDED = "quota_exceeded"
    ARCHIVE_FULL = "archive_full"
    JOB_NOT_ALLOWED = "job_not_allowed"
    DEAD_LETTER = "dead_letter"
    STALE_COMMIT = "stale_commit"
    ANALYSIS_REJECTED = "analysis_rejected"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    BACKLOG_FULL = "backlog_full"
    CHUNKS_MISSING = "chunks_missing"
    MODEL_UNUSABLE = "model_unusable"
    SHADOW_SKIPPED = "shadow_skipped"
    INTERNAL = "internal"


REFUSED = Counter("loglynx_refused_total", "Refused or dropped, by service and reason", ["service", "reason"])


def count_refusal(service: str, reason: Refusal, amount: int = 1) -> None:
    """Add ``amount`` to the counter of ``reason``."""
    REFUSED.labels(service=service, reason=reason.value).inc(amount)


def setup_logging(service: str, level: str = "INFO") -> None:
    """One JSON object per line on stderr: event name, fields, UTC time, service."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
