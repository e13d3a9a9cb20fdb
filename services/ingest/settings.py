"""Settings of the front door: ``LOGLYNX_INGEST_<NAME>`` in the environment. Sizes in bytes, times in seconds."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings, settings_config


class IngestSettings(ServiceSettings):
    """Every setting has a default that suits one machine; the administrator's key has none."""

    model_config = settings_config("ingest")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on")
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="The ledger; may hold a password")
    admin_key: SecretStr | None = Field(
        None, min_length=20, description="An administrator's API key that works without being in the store"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level that is logged")

    max_body_bytes: int = Field(16 * 2**20, ge=1024, description="Largest body as sent")
    max_plain_bytes: int = Field(64 * 2**20, ge=1024, description="Largest body after decompression")
    max_ratio: int = Field(100, ge=2, description="Largest ratio of plain to compressed size, beyond 4 MiB")
    max_in_flight_bytes: int = Field(192 * 2**20, ge=2**20, description="Bodies held at once, all requests together")
    body_deadline_s: float = Field(
        30.0,
        gt=0,
        description="A body that takes longer to arrive is refused; so long after an early answer, it is cut off",
    )
    header_deadline_s: float = Field(10.0, gt=0, description="A request head that takes longer ends the connection")
    max_connections: int = Field(1000, ge=1, description="Requests at once; more are answered 503")
    max_line_chars: int = Field(32 * 1024, ge=256, description="Longer lines are cut and marked")
    max_lines: int = Field(100_000, ge=1, description="Lines in one push")
    max_streams: int = Field(256, ge=1, description="Streams in one push")

    default_stream: str = Field(
        "default", pattern=r"^[A-Za-z0-9._:/@-]{1,128}$", description="Unless a push names one"
    )
    default_rule: str = Field("fixed:10", description="Window rule of a push that names none")
    max_pending_events: int = Field(2_000_000, ge=1, description="Unscored events beyond which pushes get 503")
    memory_ceiling: float = Field(0.8, gt=0, le=1, description="Share of Redis's maxmemory that pushes may fill")
    score_wait_s: float = Field(10.0, ge=0, le=60, description="Longest wait of a scoring request")
    max_wait_s: float = Field(30.0, ge=0, le=300, description="Longest ?wait=")
    elastic_version: str = Field(
        "8.19.2", pattern=r"^\d+\.\d+\.\d+$", description="Version that clients of Elasticsearch are told"
    )
    feedback_per_day: int = Field(500, ge=1, description="Feedback that one key may give in a day")
    threads: int = Field(32, ge=1, le=256, description="Requests that talk to Redis at once")
    idle_flush_s: float = Field(3.0, gt=0, description="A stream quiet for this long has its window closed")
    model_dir: Path | None = Field(None, description="Where tokenizer.json lies; the shipped model when unset")
    listeners_host: str = Field("127.0.0.1", description="Address of the listeners below, which ask for no API key")
    syslog_tcp_port: int = Field(0, ge=0, le=65535, description="Port of the syslog listener over TCP; 0 is off")
    syslog_udp_port: int = Field(0, ge=0, le=65535, description="The same over UDP")
    gelf_tcp_port: int = Field(0, ge=0, le=65535, description="Port of the GELF listener over TCP; 0 is off")
    gelf_udp_port: int = Field(0, ge=0, le=65535, description="The same over UDP")
    forward_port: int = Field(0, ge=0, le=65535, description="Port of the Fluentd Forward listener; 0 is off")
    forward_shared_key: SecretStr | None = Field(None, min_length=8, description="Forward clients must prove it")
    forward_max_bytes: int = Field(16 * 2**20, ge=65536, description="Largest message of the Forward protocol")
    listeners_max_connections: int = Field(256, ge=1, description="Connections to each listener at once")
    listeners_max_message_bytes: int = Field(256 * 1024, ge=1024, description="Longer messages are cut or refused")
    listeners_backlog_bytes: int = Field(
        32 * 2**20, ge=2**20, description="Held by each listener; datagrams beyond it are dropped and counted"
    )
    listeners_idle_s: float = Field(600.0, gt=0, description="A connection silent for this long is closed")
    is_reaper_on: bool = Field(True, description="Ring for work that is due; off when another service does")
