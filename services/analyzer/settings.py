"""Settings of the analyzer: LOGLYNX_ANALYZER_*. Without any, it explains by what it ships and sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.core.records import Severity
from shared.settings import ServiceSettings, settings_config


class AnalyzerSettings(ServiceSettings):
    """Every setting has a sane default; see docs/settings.md for what each one trades."""

    model_config = settings_config("analyzer")

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="least level that is logged")
    heartbeat_file: Path | None = Field(None, description="touched while the worker lives, for health checks")
    language: Literal["auto", "en", "zh"] = Field("auto", description="of the answers; auto: the log's own")
    lease_ms: int = Field(
        120_000, ge=1_000, description="a claimed flag or question goes to another worker after this"
    )
    batch_flags: int = Field(50, ge=1, le=1_000, description="flags claimed in one round")

    llm_engine: Literal["auto", "rules", "embedded", "openai", "transformers"] = Field(
        "auto",
        description="after the rules; auto: openai with llm_url, transformers with llm_base, else embedded",
    )
    model_dir: Path | None = Field(None, description="directory of the embedded models; the shipped one when unset")
    llm_embedded_threads: int = Field(1, ge=1, le=16, description="cores that the embedded models may use")
    llm_url: str = Field("", description="OpenAI-compatible server, up to /v1")
    llm_model: str = Field("", description="model (or LoRA adapter) to name in requests")
    llm_base: str = Field("", description="model to run in this process: directory or hub name")
    llm_4bit: bool = Field(True, description="hold that model in 4 bits")
    llm_device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where that model runs")
    llm_api_key: SecretStr = SecretStr("")
    llm_deadline_s: float = Field(30.0, gt=0, le=100, description="for one question, all tries together")
    llm_connect_timeout_s: float = Field(5.0, gt=0)
    llm_read_timeout_s: float = Field(60.0, gt=0)
    llm_adapter: Path | None = Field(None, description="LoRA adapter's directory; a server sees it at the same path")
    llm_concurrency: int = Field(8, ge=1, le=64, description="questions asked at the same time")
    llm_window_chars: int = Field(8_000, ge=500, le=100_000, description="log text in one question at most")
    llm_attempts: int = Field(4, ge=1, le=20, description="rounds after which the rules' answer is the last word")

    webhook_url: str = Field("", description="where alerts are posted; empty: no alerts")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="signs alerts (HMAC-SHA256); needed with webhook_url"
    )
    alert_min_severity: Severity = Severity.MEDIUM
    alert_wait_s: float = Field(45.0, ge=0, description="how long an alert waits for the language model's answer")

    @property
    def engine(self) -> str:
        """Who explains after the rules: rules (nobody), embedded, openai or transformers."""
        if self.llm_engine != "auto":
            return self.llm_engine
        return "openai" if self.llm_url else "transformers" if self.llm_base else "embedded"

    @field_validator("llm_adapter", mode="before")
    @classmethod
    def _none_if_empty(cls, value: object) -> object:
        """Compose sets what is not given to nothing, and the path "" would be the current directory."""
        return None if value == "" else value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.llm_url and not self.llm_model:
            raise ValueError("llm_model is needed with llm_url")
        if self.llm_url and self.llm_base and self.llm_engine == "auto":
            raise ValueError("llm_engine must say which of llm_url and llm_base is asked")
        if self.engine == "openai" and not self.llm_url:
            raise ValueError("llm_url is needed with llm_engine=openai")
        if self.engine == "transformers" and not self.llm_base:
            raise ValueError("llm_base is needed with llm_engine=transformers")
        if self.llm_adapter is not None and not (self.llm_url or self.llm_base):
            raise ValueError("llm_adapter needs llm_url or llm_base")
        if self.webhook_url and len(self.webhook_secret.get_secret_value()) < 16:
            raise ValueError("webhook_secret of at least 16 characters is needed with webhook_url")
        if self.lease_ms < 2_000 * self.llm_deadline_s:
            raise ValueError("lease_ms must be at least twice llm_deadline_s")
        return self
