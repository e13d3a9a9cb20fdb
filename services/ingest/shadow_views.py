"""Reports on models in the shadow as programs get them."""

from __future__ import annotations

from services.ingest.job_views import iso_time
from services.ingest.model_schemas import DisagreementBody, ShadowBody, ShadowList
from services.ingest.parts import Parts
from shared.store.shadows import ShadowReport


def reports(parts: Parts) -> ShadowList:
    return ShadowList(shadows=[_body(report) for report in parts.read_shadows()])


def _body(report: ShadowReport) -> ShadowBody:
    sums = report.sums
    return ShadowBody(
        model=report.version,
        last=iso_time(report.last_ms),
        windows=round(sums.windows),
        skipped=round(sums.skipped),
        failures=round(sums.failures),
        compared=round(sums.n),
        agreed_normal=round(sums.agreed_normal),
        agreed_flagged=round(sums.agreed_flagged),
        new_flags=round(sums.new_flags),
        lost_flags=round(sums.lost_flags),
        score_correlation=None if sums.correlation is None else round(sums.correlation, 4),
        active_window_ms=round(sums.active_ms / sums.windows, 3) if sums.windows else None,
        shadow_window_ms=round(sums.shadow_ms / sums.windows, 3) if sums.windows else None,
        disagreements=[
            DisagreementBody(
                stream=found.stream,
                window_id=found.window_id,
                kind="new_flag" if found.is_new else "lost_flag",
                active_score=found.active,
                shadow_score=found.shadow,
            )
            for found in report.disagreements
        ],
    )
