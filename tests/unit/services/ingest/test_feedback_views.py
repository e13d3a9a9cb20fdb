"""Which feedback is shown to have an effect, and how often the store is asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from feedback_builders import a_feedback

from services.ingest import feedback_views
from shared.core.feedback import Feedback, FeedbackVerdict
from shared.core.records import Severity
from shared.store.incidents import Incident, IncidentState


def an_incident(number: int) -> Incident:
    facts: dict[str, Any] = {"state": IncidentState.OPEN, "severity": Severity.HIGH, "title": "", "category": ""}
    facts |= {"count": 1, "first_seen_ms": 0, "last_seen_ms": 0, "first_seq": 0, "last_seq": 0, "version": 1}
    facts |= {"change": "opened", "analysis_engine": "rules", "analysis": {}}
    return Incident(f"i{number}", "shop", f"s{number}", windows=(f"w{number}",), **facts)


class CountingStore:
    """Feedback and incidents in one; ``trips`` names each time that it was asked."""

    def __init__(self, incidents: Sequence[Incident], said: Sequence[Feedback]) -> None:
        self.incidents = {incident.incident_id: incident for incident in incidents}
        self.said = list(said)
        self.trips: list[str] = []

    @property
    def parts(self) -> Any:
        return SimpleNamespace(incidents=self, feedback=self, now_ms=lambda: 10)

    def latest(self, count: int, *_: object) -> list[Feedback]:
        self.trips.append("latest")
        return self.said[:count]

    def in_force(self, stream: str) -> tuple[int, tuple[Feedback, ...]]:
        self.trips.append("in_force")
        return 1, tuple(f for f in self.said if f.stream == stream)

    def get(self, incident_id: str, windows: int) -> Incident:
        self.trips.append("get")
        return self.incidents[incident_id]

    def get_each(self, incident_ids: Sequence[str], windows: int) -> dict[str, Incident]:
        self.trips += ["get_each"] if incident_ids else []
        return {i: self.incidents[i] for i in incident_ids if i in self.incidents}


def test_listing_asks_once_for_all_incidents_and_once_for_each_stream() -> None:
    incidents = [an_incident(number) for number in range(50)]
    outweighed = a_feedback(incidents[7], FeedbackVerdict.CONFIRMED, author="bob")
    store = CountingStore(incidents, [*(a_feedback(incident) for incident in incidents), outweighed])
    shown = feedback_views.latest(store.parts, 100, "", "", with_ended=True).feedback
    assert [body.incident_id for body in shown if not body.is_effective] == ["i7"]
    assert sorted(store.trips) == ["get_each", "in_force", "latest"]


def test_false_positive_of_an_incident_that_is_gone_holds() -> None:
    store = CountingStore([], [a_feedback(an_incident(1))])
    (shown,) = feedback_views.latest(store.parts, 1, "", "", with_ended=True).feedback
    assert shown.is_effective


def test_what_is_shown_of_an_incident_at_hand_reads_no_incident() -> None:
    incident = an_incident(1)
    store = CountingStore([incident], [a_feedback(incident), a_feedback(incident, FeedbackVerdict.CONFIRMED)])
    shown = feedback_views.about(store.parts, incident)
    assert sorted((body.verdict, body.is_effective) for body in shown) == [
        ("confirmed", True),
        ("false_positive", False),
    ]
    assert set(store.trips) == {"in_force"}
