"""What became of the same trouble before: read from the incidents that people have seen.

In: the store's incidents, where a flag belongs. Out: ``PastIncident`` records. The same trouble is an incident of the
same signature, or one of its stream with the same category and all of the flag's key templates. Muting says "not an
anomaly"; a category that people chose says more and wins. What may fail: StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from services.analyzer.past_verdicts import PastIncident
from services.analyzer.signature import Trouble
from shared.core.taxonomy import Category
from shared.errors import NotFound
from shared.store.incidents import Incident, Incidents, IncidentState


def past_of(trouble: Trouble, incidents: Incidents, warm: Sequence[Incident] | None = None) -> list[PastIncident]:
    """Earlier incidents with the same trouble, the latest first; ``warm`` spares a second read of the stream's."""
    nearby = incidents.warm(trouble.stream) if warm is None else warm
    found = [incident for incident in nearby if _is_same(trouble, incident)]
    if not any(incident.signature == trouble.signature for incident in found):
        with suppress(NotFound):
            found.append(incidents.get(trouble.incident_id, windows=1))
    past = [_past(incident) for incident in found]
    return sorted(
        (entry for entry in past if entry.decided or entry.state != IncidentState.OPEN.value),
        key=lambda entry: -entry.last_seen_ms,
    )


def _is_same(trouble: Trouble, incident: Incident) -> bool:
    if incident.signature == trouble.signature:
        return True
    is_alike = bool(trouble.templates) and trouble.templates <= incident.templates
    return is_alike and incident.category == trouble.category.value


def _past(incident: Incident) -> PastIncident:
    said = incident.people_category
    decided = Category(said) if said in Category._value2member_map_ else None
    decided_ms = incident.people_ms
    if decided is None and incident.state is IncidentState.MUTED:
        decided, decided_ms = Category.BENIGN, incident.state_changed_ms
    return PastIncident(
        category=incident.category,
        count=incident.count,
        last_seen_ms=incident.last_seen_ms,
        state=incident.state.value,
        decided=decided,
        decided_ms=decided_ms,
        note=incident.people_note,
    )
