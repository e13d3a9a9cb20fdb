"""The archiver as a process: write what waits, every second, until told to stop; then write the rest.

Nobody rings for it: what it does is never urgent, and a second late is early enough. It holds the archive's lock; a
second archiver of the same directory does not start. Redis away or a full disk cost time, not data.
"""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime

import structlog

from services.archiver.archive_due import ArchiveDue
from services.archiver.measure_drift import measure_drift
from services.archiver.settings import ArchiverSettings
from services.archiver.vocabulary import token_counter
from shared.archive.layout import only_archiver
from shared.artefacts.shipped import shipped_model
from shared.errors import LoglynxError
from shared.heartbeat import Heartbeat
from shared.rounds import Rounds
from shared.store.connection import connect
from shared.store.drift import Drifts
from shared.store.outbox import Outboxes
from shared.telemetry import setup_logging

CANNOT_START = 2
INTERVAL_S = 1.0
TIDY_EVERY_S = 3600.0

log = structlog.get_logger()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> int:
    """Run until SIGTERM; the exit status of the process."""
    settings = ArchiverSettings.from_environment()
    setup_logging("archiver", settings.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_archiver(settings.directory):
            return _run(settings, stopped)
    except BlockingIOError:
        log.error("archiver_cannot_start", reason="another archiver holds the directory")
    except OSError as error:
        log.error("archiver_cannot_start", reason=error.strerror)
    return CANNOT_START


def _run(settings: ArchiverSettings, stopped: threading.Event) -> int:
    redis = connect(settings.redis_url.get_secret_value())
    archive_due = ArchiveDue(
        Outboxes(redis), settings.directory, now_ms, settings.write_every_s, settings.batch_bytes
    )
    heartbeat = Heartbeat(settings.heartbeat_file, redis.ping)
    writing = Rounds("archive", archive_due, INTERVAL_S)
    tidying = Rounds(
        "tidy",
        lambda: archive_due.tidy(datetime.now(UTC).date(), settings.keep_days, settings.keep_bytes),
        TIDY_EVERY_S,
    )
    count_tokens = token_counter(shipped_model())
    measuring = Rounds(
        "drift",
        lambda: measure_drift(settings.directory, Drifts(redis), settings.drift_bounds, now_ms(), count_tokens),
        settings.drift_every_s,
    )
    for part in (writing, tidying, heartbeat):
        part.start()
    if settings.drift_every_s:
        measuring.start()
    log.info("archiver_ready")
    stopped.wait()
    for part in (measuring, tidying, writing, heartbeat):
        part.stop()
    if writing.is_going:  # a slow disk: two at once would drop one another's batches
        log.warning("archive_left_waiting", error="the last round still writes")
        return 0
    try:
        archive_due(is_last=True)
    except (LoglynxError, OSError) as error:
        log.warning("archive_left_waiting", error=type(error).__name__)
    return 0
