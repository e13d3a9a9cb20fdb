"""The detector as a process: load the model, then answer the doorbell until told to stop.

RQ's SimpleWorker runs the job in this very process: an ONNX session does not survive a fork. When Redis goes away the
worker exits non-zero and its supervisor (compose, Kubernetes, ``loglynx up``) starts it again.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import structlog

from services.detector.announcing import Announcer
from services.detector.device import Device
from services.detector.gather_evidence import EvidenceReader, load_reader
from services.detector.score_due import ScoreDue
from services.detector.served_models import RegistryWatch, ServedModels, first_served, load_model, load_version
from services.detector.settings import DetectorSettings
from services.detector.shadow import Shadow, ShadowWatch
from shared.artefacts.manifest import load_artefact
from shared.artefacts.registry import ModelRegistry
from shared.artefacts.shipped import shipped_model
from shared.core.reference import Reference
from shared.errors import ArtefactInvalid, DeviceUnavailable
from shared.heartbeat import Heartbeat
from shared.store.connection import connect
from shared.store.detectors import Detectors
from shared.store.doorbell import Doorbell, DoorbellWorker
from shared.store.ledger import Ledger, LedgerLimits
from shared.store.outbox import ArchiveWanted
from shared.store.reaper import Reaper
from shared.store.shadows import Shadows
from shared.telemetry import setup_logging

CANNOT_START = 2

log = structlog.get_logger()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def load_detector(
    directory: Path | None, threads: int, known_lines: int, device: Device = Device.AUTO
) -> tuple[EvidenceReader, Reference]:
    """The model of ``directory`` (the shipped one when None) with an empty line table, and its reference.

    Raises ArtefactInvalid, DeviceUnavailable.
    """
    return load_reader(load_artefact(directory or shipped_model()), threads, known_lines, device)


def main() -> int:
    """Run until SIGTERM; the exit status of the process."""
    settings = DetectorSettings.from_environment()
    setup_logging("detector", settings.log_level)
    load = partial(load_model, settings=settings)
    registry = ModelRegistry(settings.registry or Path("/nonexistent"), settings.model_dir)
    try:
        address, first = first_served(registry, load)
    except (ArtefactInvalid, DeviceUnavailable) as error:
        log.error("detector_cannot_start", error=error.code, reason=str(error))
        return CANNOT_START
    redis = connect(settings.redis_url.get_secret_value())
    ledger = Ledger(redis, LedgerLimits(archive_bytes=settings.archive_bytes))
    models = ServedModels(first, lambda version: load_version(registry, version, load))
    watch = RegistryWatch(registry, models, load, address)
    doorbell = Doorbell(redis)
    shadows = Shadows(redis)
    shadow = Shadow(
        lambda version, sums, found: shadows.add(version, sums, found, now_ms()),
        settings.learn_windows,
        settings.shadow_share,
    )
    shadow_watch = ShadowWatch(registry, shadow, load)
    ring_analyzer = partial(doorbell.ring, "analyzer")
    score_due = ScoreDue(ledger, models, settings, now_ms, ring_analyzer, shadow.offer, ArchiveWanted(redis))
    reaper = Reaper(ledger, doorbell.ring, idle_ms=settings.idle_flush_ms)
    heartbeat = Heartbeat(settings.heartbeat_file, redis.ping)
    reaper.rounds.start()
    heartbeat.start()
    announcer = Announcer(Detectors(redis), models, now_ms)
    announcer.rounds.start()
    if settings.registry is not None:
        watch.rounds.start()
        shadow.start()
        shadow_watch.rounds.start()
    log.info("detector_ready", **asdict(announcer.running()), why_not_cuda=first.reader.model.why_not_cuda)
    try:
        # A client of its own: RQ lengthens its time-outs for blocking reads.
        own = connect(settings.redis_url.get_secret_value())
        return DoorbellWorker("detector", {"score_due": score_due}, own).run()
    finally:
        watch.rounds.stop()
        shadow_watch.rounds.stop()
        shadow.stop()
        announcer.rounds.stop()
        reaper.rounds.stop()
        heartbeat.stop()


if __name__ == "__main__":
    raise SystemExit(main())
