"""Settings of the detector: LOGLYNX_DETECTOR_*."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from services.detector.device import Device
from shared.settings import ServiceSettings, settings_config


class DetectorSettings(ServiceSettings):
    """Every setting has a sane default; see docs/settings.md for what each one trades."""

    model_config = settings_config("detector")

    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="The ledger; may hold a password")
    model_dir: Path | None = Field(None, description="model directory; the shipped one when unset")
    registry: Path | None = Field(
        None, description="registry of models: its active one is served and followed; `model_dir` is its first entry"
    )
    shadow_share: float = Field(
        0.2, gt=0, le=1, description="share of one core's time that a model in the shadow may use"
    )
    threads: int = Field(1, ge=1, le=64, description="threads of one ONNX run; prefer more workers to more threads")
    device: Device = Field(
        Device.AUTO, description="auto: CUDA where it works, else the CPU; cuda: refuse to start without it; cpu"
    )
    lease_ms: int = Field(30_000, ge=1_000, description="a batch must finish within this, or another redoes it")
    batch_events: int = Field(5_000, ge=1, description="new events scored in one round, over all streams")
    batch_streams: int = Field(64, ge=1)
    known_lines: int = Field(100_000, ge=1_000, description="distinct lines whose vectors are remembered")
    held_events: int = Field(
        300_000,
        ge=1_000,
        description="events of streams' baselines kept in memory, 1.4 kB each; a baseline beyond is read again",
    )
    learn_windows: int = Field(200, ge=20, le=5_000, description="windows a stream must show before it can alert")
    alarm_budget: float = Field(
        0.001, gt=0, le=0.5, description="share of normal windows that may be flagged: one in a thousand"
    )
    sequence_alarm_budget: float = Field(
        0.01, gt=0, le=0.5, description="the same for self-contained sequences, which have no stream to compare with"
    )
    archive_bytes: int = Field(
        32 * 2**20, ge=0, description="scored windows that may wait for the archiver; more are not archived"
    )
    idle_flush_ms: int = Field(3_000, ge=100, description="a quiet stream's open window is closed after this")
    heartbeat_file: Path | None = Field(None, description="file that says when all was last well, for health checks")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged")
