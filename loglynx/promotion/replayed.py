"""Gates for a retrained candidate: what replaying the archive found, as its lineage tells.

They ask only for more: a lineage without a report, or a false one, opens no gate that is shut without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from loglynx.promotion.gates import Gate
from shared.artefacts.lineage import Lineage

MOST_NEW_FLAGS: Final = 0.01  # of the unlabelled windows that were replayed
_COUNTS: Final = ("false_alarms", "removed", "lost", "unlabelled", "new_flags", "gone_flags")


def replay_gates(lineage: Lineage, active: str) -> tuple[Gate, ...]:
    """None for a model that was not retrained. One that was measured beside another model than ``active`` fails."""
    retraining = lineage.notes.get("retraining")
    if not isinstance(retraining, Mapping):
        return ()
    counts = _counts(retraining)
    more = counts["new_flags"] - counts["gone_flags"]
    most = MOST_NEW_FLAGS * counts["unlabelled"]
    measured_beside = float(lineage.parent == active)
    return (
        Gate("replay_parent", "its report compares it with the active model", measured_beside, 1.0, True,
             measured_beside == 1.0),
        Gate("replay_lost", "confirmed anomalies of the archive that it no longer flags", counts["lost"], 0.0, False,
             counts["lost"] <= 0),
        Gate("replay_removed", "false alarms of the archive that it no longer raises", counts["removed"], 0.0, True,
             counts["removed"] >= 0),
        Gate("replay_new_flags", "more flags on windows that nobody labelled", more, most, False, more <= most),
    )  # fmt: skip


def _counts(retraining: Mapping[str, Any]) -> dict[str, float]:
    """A figure that is not there passes nothing."""
    replay = retraining.get("replay")
    total = replay.get("total") if isinstance(replay, Mapping) else None
    found = total if isinstance(total, Mapping) else {}
    return {name: _number(found.get(name)) for name in _COUNTS}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
