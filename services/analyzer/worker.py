"""The analyzer as a process: answer the doorbell until told to stop.

Its reaper rings again for flags, questions to the language model and alerts whose time has come; closing idle windows
is the detector's and ingest's business, not this one's.
"""

from __future__ import annotations

import time

import structlog
from redis import Redis

from services.analyzer.alerting import Alerter
from services.analyzer.analyze import AnalyzeDue, AnalyzeOptions
from services.analyzer.announcing import Announcer
from services.analyzer.embedded.loading import load_engine
from services.analyzer.line_model import shipped_line_model
from services.analyzer.llm.bounded_http import HttpLimits
from services.analyzer.llm.local_model import LocalModelOptions, MissingExtra, load_local_model
from services.analyzer.llm.lora_adapter import read_adapter
from services.analyzer.llm.openai_compatible import OpenAICompatible, OpenAIOptions
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.llm.transformers_engine import EngineLimits, TransformersEngine
from services.analyzer.settings import AnalyzerSettings
from services.analyzer.webhook import Webhook
from shared.errors import ArtefactInvalid, DeviceUnavailable
from shared.heartbeat import Heartbeat
from shared.rounds import Rounds
from shared.store.alerts import AlertQueue
from shared.store.analyzers import Analyzers
from shared.store.connection import connect
from shared.store.doorbell import Doorbell, DoorbellWorker
from shared.store.feedback import Feedbacks
from shared.store.flags import FlagInbox
from shared.store.incidents import Incidents
from shared.store.ledger import Ledger
from shared.store.reaper import Reaper
from shared.telemetry import setup_logging

QUEUE = "analyzer"
NEVER_IDLE_MS = 10**13
CANNOT_START = 2
EXPIRY_INTERVAL_S = 2.0
FORGET_INTERVAL_S = 60.0

log = structlog.get_logger()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def wire(settings: AnalyzerSettings, redis: Redis) -> AnalyzeDue:
    """The use cases with their real parts."""
    incidents = Incidents(redis)
    options = AnalyzeOptions(
        language=None if settings.language == "auto" else settings.language,
        lease_ms=settings.lease_ms,
        batch_flags=settings.batch_flags,
        deadline_s=settings.llm_deadline_s,
        concurrency=settings.llm_concurrency,
        window_chars=settings.llm_window_chars,
        model_attempts=settings.llm_attempts,
        alert_min_severity=settings.alert_min_severity,
        alert_wait_ms=int(settings.alert_wait_s * 1000),
    )
    model, alerter = model_of(settings), alerter_of(settings, redis)
    return AnalyzeDue(FlagInbox(redis), incidents, model, alerter, options, now_ms, Feedbacks(redis))


def model_of(settings: AnalyzerSettings) -> LanguageModel | None:
    """The configured engine; None: rules only. Loading one into this process takes seconds to minutes.

    Raises ArtefactInvalid, DeviceUnavailable, MissingExtra.
    """
    if settings.engine == "rules":
        return None
    if settings.engine == "embedded":
        return embedded_engine(settings)
    if settings.engine == "transformers":
        local = load_local_model(
            LocalModelOptions(settings.llm_base, settings.llm_adapter, settings.llm_4bit, settings.llm_device)
        )
        return TransformersEngine(local, EngineLimits(max_batch=settings.llm_concurrency))
    return OpenAICompatible(
        OpenAIOptions(
            base_url=settings.llm_url,
            model=settings.llm_model,
            api_key=settings.llm_api_key.get_secret_value(),
            adapter=read_adapter(settings.llm_adapter) if settings.llm_adapter else None,
            concurrency=settings.llm_concurrency,
            limits=HttpLimits(settings.llm_connect_timeout_s, settings.llm_read_timeout_s),
        )
    )


def embedded_engine(settings: AnalyzerSettings) -> LanguageModel | None:
    """The embedded models. Without them the rules go on alone, unless settings name them: then ArtefactInvalid."""
    try:
        return load_engine(settings.model_dir or shipped_line_model(), settings.llm_embedded_threads)
    except ArtefactInvalid as error:
        if settings.llm_engine == "embedded" or settings.model_dir:
            raise
        log.warning("embedded_models_left_out", reason=str(error))
        return None


def alerter_of(settings: AnalyzerSettings, redis: Redis) -> Alerter | None:
    """The configured alerter; None: no alerts. Raises AddressRefused."""
    if not settings.webhook_url:
        return None
    secret = settings.webhook_secret.get_secret_value()
    return Alerter(AlertQueue(redis), Incidents(redis), Webhook(settings.webhook_url), secret)


def main() -> int:
    """Run until SIGTERM; the exit status of the process."""
    settings = AnalyzerSettings.from_environment()
    setup_logging(QUEUE, settings.log_level)
    redis = connect(settings.redis_url.get_secret_value())
    try:
        analyze_due = wire(settings, redis)
    except (ArtefactInvalid, DeviceUnavailable, MissingExtra) as error:
        log.error("analyzer_cannot_start", reason=str(error))
        return CANNOT_START
    reaper = Reaper(Ledger(redis), Doorbell(redis).ring, idle_ms=NEVER_IDLE_MS, due={QUEUE: analyze_due.is_due})
    heartbeat = Heartbeat(settings.heartbeat_file, redis.ping)
    feedback = Feedbacks(redis)
    # Even when no flag comes: end what has expired, forget what is archived and old.
    expiry = Rounds("feedback", lambda: feedback.end_expired(now_ms()), EXPIRY_INTERVAL_S)
    forgetting = Rounds("old_feedback", lambda: feedback.forget_old(now_ms()), FORGET_INTERVAL_S)
    announcer = Announcer(Analyzers(redis), analyze_due.model, now_ms)
    log.info("analyzer_ready", engine=settings.engine, alerts=bool(settings.webhook_url))
    reaper.rounds.start()
    heartbeat.start()
    announcer.rounds.start()
    expiry.start()
    forgetting.start()
    try:
        # A client of its own: RQ lengthens its time-outs for blocking reads.
        own = connect(settings.redis_url.get_secret_value())
        return DoorbellWorker(QUEUE, {"analyze_due": analyze_due}, own).run()
    finally:
        forgetting.stop()
        expiry.stop()
        announcer.rounds.stop()
        heartbeat.stop()
        reaper.rounds.stop()
