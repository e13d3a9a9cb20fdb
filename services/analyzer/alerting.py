"""Alerts: a change of an incident's state, posted to a webhook, signed, at most once.

Off unless a webhook is configured. The body is JSON; ``X-Loglynx-Signature: t=<s>,v1=<hex>`` is HMAC-SHA256 over
"<t>.<body>" with the shared secret; ``X-Loglynx-Alert`` tells repeats apart.
What the other side answers decides: 2xx sent; 429 and 503, or no connection at all: again later; anything else is
final, since it may have been delivered.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import structlog

from services.analyzer.webhook import Delivery, Webhook
from shared.errors import NotFound
from shared.store.alerts import AlertQueue, DueAlert
from shared.store.incidents import Incident, Incidents, IncidentState

BATCH = 20
MAX_TRIES = 8
FIRST_BACKOFF_MS = 5_000
MAX_BACKOFF_MS = 15 * 60_000

log = structlog.get_logger()


class Alerter:
    """Delivers due alerts."""

    def __init__(self, queue: AlertQueue, incidents: Incidents, webhook: Webhook, secret: str) -> None:
        self._queue, self._incidents, self._webhook, self._secret = queue, incidents, webhook, secret

    def has_due(self, now_ms: int) -> bool:
        return self._queue.has_due(now_ms)

    def deliver_due(self, now_ms: Callable[[], int]) -> int:
        """Send what is due; how many alerts were taken."""
        taken = self._queue.take(now_ms(), BATCH)
        for alert in taken:
            self._deliver(alert, now_ms)
        return len(taken)

    def _deliver(self, alert: DueAlert, now_ms: Callable[[], int]) -> None:
        try:
            incident = self._incidents.get(alert.incident_id, windows=5)
        except NotFound:
            return
        if incident.version != alert.version or incident.state is not IncidentState.OPEN:
            self._queue.finish(alert, "outdated")  # a later change has its own alert
            return
        body = json.dumps(alert_body(alert, incident), ensure_ascii=False).encode("utf-8", "replace")
        outcome = self._webhook.post(body, signed_headers(alert, body, self._secret, now_ms() // 1000))
        log.info("alert", alert=alert.alert_id, outcome=outcome.value)
        if outcome is not Delivery.NOT_DELIVERED:
            self._queue.finish(alert, outcome.value)
            return
        tries = self._queue.count_try(alert)
        if tries >= MAX_TRIES:
            self._queue.finish(alert, "given_up")
        else:
            self._queue.put_back(alert, now_ms() + min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1)))


def alert_body(alert: DueAlert, incident: Incident) -> dict[str, Any]:
    """What a receiver gets. Texts in the analysis have secrets masked; no raw log line is sent."""
    shown = ("category", "confidence", "title", "explanation", "probable_cause", "evidence", "actions", "language")
    return {
        "alert_id": alert.alert_id,
        "change": incident.change,
        "incident": {
            "id": incident.incident_id,
            "stream": incident.stream,
            "state": incident.state.value,
            "severity": incident.severity.value,
            "title": incident.title,
            "count": incident.count,
            "first_seen_ms": incident.first_seen_ms,
            "last_seen_ms": incident.last_seen_ms,
            "windows": list(incident.windows),
        },
        "analysis": {
            **{name: incident.analysis.get(name) for name in shown},
            **{name: incident.analysis.get(name) for name in ("engine", "degraded", "verified")},
        },
    }


def signed_headers(alert: DueAlert, body: bytes, secret: str, now_s: int) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Loglynx-Alert": alert.alert_id,
        "X-Loglynx-Signature": f"t={now_s},v1={digest}",
    }
