"""Settings of the archiver: LOGLYNX_ARCHIVER_*."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from shared.core.drift import DriftBounds
from shared.settings import ServiceSettings, settings_config


class ArchiverSettings(ServiceSettings):
    """Every setting has a sane default; see docs/settings.md."""

    model_config = settings_config("archiver")

    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="The ledger; may hold a password")
    directory: Path = Field(Path("archive"), description="where the archive lies")
    write_every_s: float = Field(60.0, gt=0, description="how long scored windows wait to become one file")
    batch_bytes: int = Field(4 * 2**20, ge=1024, description="compressed; as much is written at once")
    keep_days: int = Field(90, ge=1, description="windows and analyses older than this are removed; labels stay")
    keep_bytes: int = Field(20 * 2**30, ge=1, description="the oldest of them go beyond this, all streams together")
    drift_every_s: float = Field(3600.0, ge=0, description="how often drift is measured; 0: never")
    drift_score_psi: float = Field(0.25, gt=0, description="past it a retraining is proposed: shift of the scores")
    drift_new_templates: float = Field(0.05, gt=0, le=1, description="the same: share of lines of new templates")
    drift_unknown_tokens: float = Field(0.2, gt=0, le=1, description="the same: share of tokens that are bytes")
    drift_false_positives: float = Field(0.5, gt=0, le=1, description="the same: share of judged flags called false")
    heartbeat_file: Path | None = Field(None, description="file that says when all was last well, for health checks")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged")

    @property
    def drift_bounds(self) -> DriftBounds:
        return DriftBounds(
            self.drift_score_psi, self.drift_new_templates, self.drift_unknown_tokens, self.drift_false_positives
        )
