"""What feedback that is given, or ends, makes of the incidents it reaches.

In: the feedback, all that is in force with it (or without it), the incidents that may be concerned. Out: one Change
for each that is; ``change_feedback.lua`` writes them together with the feedback. Reads, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.core.feedback import ANOMALOUS, Feedback, FeedbackScope, FeedbackVerdict, Judged, Standing, standing_of
from shared.core.taxonomy import Category
from shared.errors import NotFound
from shared.store.incidents import KEPT_WINDOWS, Incident, Incidents, IncidentState


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one incident.

    silenced_by  id of the feedback that silences it, "" for none
    is_judged    the feedback is about this very incident
    said         what people now say it is; None: nothing changes
    """

    incident_id: str
    silenced_by: str
    is_judged: bool = False
    said: Feedback | None = None

    def to_arguments(self) -> list[Any]:
        """As the script takes it: silenced by, judged, category, note, ms, who, feedback id."""
        said = self.said
        if said is None:
            return [self.silenced_by, int(self.is_judged), "", "", 0, "", ""]
        is_benign = said.verdict is FeedbackVerdict.FALSE_POSITIVE
        category = Category.BENIGN.value if is_benign else said.category
        return [
            self.silenced_by, int(self.is_judged), category, said.note, said.given_ms, said.author, said.feedback_id,
        ]  # fmt: skip


def changes_by(
    feedback: Feedback,
    after: Sequence[Feedback],
    near: Sequence[Incident],
    silenced: Iterable[str],
    incidents: Incidents,
    now_ms: int,
) -> list[Change]:
    """``after``: what is in force afterwards; ``near``: the stream's warm incidents; ``silenced``: those it silenced.

    Raises NotFound when feedback is given to an incident that is gone.
    """
    known = {incident.incident_id: incident for incident in near}
    target = [feedback.incident_id] if feedback.incident_id else []
    changes = []
    for incident_id in dict.fromkeys([*known, *silenced, *target]):
        incident = known.get(incident_id)
        is_target = incident_id == feedback.incident_id
        if incident is None or is_target or incident.state is IncidentState.SILENCED:
            try:
                incident = incidents.get(incident_id, KEPT_WINDOWS)
            except NotFound:
                if is_target and not feedback.ended_ms:
                    raise
                continue
        standing = standing_of(judged_incident(incident), after, now_ms)
        silenced_by = standing.silenced_by.feedback_id if standing.silenced_by else ""
        if is_target or silenced_by or incident.state is IncidentState.SILENCED:
            said = _said_of(incident, after, standing, now_ms) if is_target else None
            changes.append(Change(incident_id, silenced_by, is_target, said))
    return changes


def judged_incident(incident: Incident) -> Judged:
    """An incident as feedback may be about it; its windows count only when all of them are known."""
    windows = frozenset(incident.windows) if len(incident.windows) >= incident.count else frozenset()
    return Judged(incident.stream, incident.signature, incident.templates, windows)


def _said_of(incident: Incident, after: Iterable[Feedback], standing: Standing, now_ms: int) -> Feedback | None:
    """The feedback that says what this incident is: a silence says "benign", unless it is for its windows alone."""
    silence = standing.silenced_by
    if silence is not None:
        return silence if silence.scope is not FeedbackScope.WINDOW else None
    said = [
        f
        for f in after
        if f.incident_id == incident.incident_id and f.verdict in ANOMALOUS and f.category and f.is_in_force(now_ms)
    ]
    return max(said, key=lambda f: (f.given_ms, f.feedback_id), default=None)
