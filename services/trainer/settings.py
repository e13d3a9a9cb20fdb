"""Settings of the trainer's worker: LOGLYNX_TRAINER_*."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings, settings_config


class TrainerSettings(ServiceSettings):
    """Every setting has a sane default; see docs/retraining.md."""

    model_config = settings_config("trainer")

    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="The ledger; may hold a password")
    archive: Path = Field(Path("archive"), description="the archive that is learnt from; only read")
    registry: Path = Field(Path("models"), description="registry that candidates are published in")
    every_days: float = Field(0.0, ge=0, description="retrain by itself so often; 0: only when asked")
    since_days: float = Field(7.0, gt=0, le=365, description="how far back the data of such a run reaches")
    steps: int = Field(
        0, ge=0, le=100_000, description="tune the networks for so many steps each; 0 leaves them as they are"
    )
    key_share: float = Field(
        0.1, gt=0, le=1, description="one key's false positives per stream, as a share of its normal windows"
    )
    settle_s: float = Field(
        120.0, ge=0, description="data ends so long before now, for what the archiver has not written yet"
    )
    most_windows: int = Field(2_000, ge=100, description="windows read of a stream, the latest")
    heartbeat_file: Path | None = Field(None, description="file that says when all was last well, for health checks")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged")
