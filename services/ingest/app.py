"""The front door as an ASGI application, wired from its parts.

``create_app`` takes what it works with as arguments, so that tests hand in their own; ``wire`` makes the real parts.
A route without a scope stops the start, health and metrics excepted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.routing import APIRoute
from redis import Redis

from services.ingest.coalescing import Coalescer, ringing
from services.ingest.dashboard import pages
from services.ingest.direct_routes import DirectRoutes
from services.ingest.listeners.start import Listeners
from services.ingest.parts import Parts, wall_clock_ms
from services.ingest.routes import (
    collectors,
    compat,
    datadog,
    document,
    drift,
    elastic,
    elastic_handshakes,
    feedback,
    health,
    hec,
    incidents,
    jobs,
    journal,
    loki,
    otlp,
    pushes,
    shadows,
)
from services.ingest.settings import IngestSettings
from services.ingest.store_threads import StoreThreads
from services.ingest.tokenizing import Tokenizer
from services.ingest.turning_away import TurningAway
from services.ingest.watermarks import Watermarks
from shared.artefacts.shipped import shipped_model
from shared.core.access import ApiKey
from shared.store.analyzers import Analyzers
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect
from shared.store.detectors import Detectors
from shared.store.doorbell import Doorbell
from shared.store.drift import Drifts
from shared.store.feedback import Feedbacks
from shared.store.incident_flags import IncidentFlags
from shared.store.incidents import Incidents
from shared.store.ledger import Ledger, LedgerLimits
from shared.store.prepared_pushes import PreparedPush
from shared.store.pushes import Acceptance
from shared.store.reaper import Reaper
from shared.store.shadows import Shadows
from shared.store.stream_views import StreamViews
from shared.web import problems
from shared.web.auth import OPEN_PATHS, Authenticator, bootstrap_key, scopes_of
from shared.web.decompression import DecompressionLimits
from shared.web.limits import BodyLimits, LimitBodies
from shared.web.observing import Observe

VERSION = "0.1.0"
REAPER_INTERVAL_S = 2.0
SHIPPERS = (loki, otlp, elastic, elastic_handshakes, hec, datadog, collectors, journal)
REDIS_TIMEOUT_S = 0.8  # a request must learn within a second that Redis is away
Background = Callable[[], Callable[[], object]]  # starts something; what it returns stops it


def create_app(
    settings: IngestSettings,
    parts: Parts | None = None,
    authenticator: Authenticator | None = None,
    background: Background | None = None,
) -> FastAPI:
    """The application. What is not handed in is made from ``settings``; Redis is not asked before the first request.

    ``background`` runs beside the server; without parts of your own it is the reaper.
    """
    redis = connect(settings.redis_url.get_secret_value(), timeout_s=REDIS_TIMEOUT_S, max_connections=256)
    if parts is None:
        parts = wire(settings, redis)
        background = background or (partial(start_reaper, parts, redis) if settings.is_reaper_on else None)
    authenticator = authenticator or make_authenticator(parts, redis)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        listeners = Listeners(parts)
        await listeners.start()
        stop = background() if background else None
        try:
            yield
        finally:
            await listeners.stop()
            if stop:
                await run_sync(stop)

    app = FastAPI(
        title="Loglynx", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.router.redirect_slashes = False
    app.state.parts = parts
    app.state.authenticator = authenticator
    app.include_router(elastic_handshakes.roots)
    for module in (*SHIPPERS, pushes, jobs, incidents, feedback, shadows, drift, compat, health, pages):
        app.include_router(module.router)
    app.include_router(document.router)
    app.openapi = partial(document.openapi_of, app)  # type: ignore[method-assign]
    problems.install(app, "ingest")
    refuse_open_routes(app)
    routes = [route for route in all_routes(app.routes) if isinstance(route, APIRoute)]
    app.add_middleware(LimitBodies, limits=body_limits(settings), turn_away=TurningAway(routes))
    app.add_middleware(Observe, service="ingest")
    app.router.routes.insert(0, DirectRoutes(routes))
    return app


def wire(settings: IngestSettings, redis: Redis) -> Parts:
    """The real parts."""
    limits = LedgerLimits(max_pending_events=settings.max_pending_events, memory_ceiling=settings.memory_ceiling)
    ledger = Ledger(redis, limits)
    threads = StoreThreads(settings.threads)
    ring = partial(Doorbell(redis).ring, "detector")

    def accept_pushes(pushes: Sequence[PreparedPush]) -> list[Acceptance | Exception]:
        return ledger.accept_prepared(pushes, wall_clock_ms())

    return Parts(
        settings=settings,
        ledger=ledger,
        incidents=Incidents(redis),
        incident_flags=IncidentFlags(redis),
        feedback=Feedbacks(redis),
        streams=StreamViews(redis),
        threads=threads,
        coalescer=Coalescer(ringing(accept_pushes, ring), threads),
        watermarks=Watermarks(ledger, threads, settings.max_pending_events, settings.memory_ceiling),
        tokenizer=Tokenizer(settings.model_dir or shipped_model()),
        ring=ring,
        read_detectors=Detectors(redis).running,
        read_analyzers=Analyzers(redis).running,
        read_shadows=Shadows(redis).reports,
        read_drift=Drifts(redis).latest,
    )


def make_authenticator(parts: Parts, redis: Redis) -> Authenticator:
    """Keys from Redis, and the administrator's from the settings."""
    admin_key = parts.settings.admin_key
    bootstrap = bootstrap_key(admin_key.get_secret_value()) if admin_key else None
    keys = ApiKeys(redis)

    async def find(key_text: str, now_ms: int) -> ApiKey | None:
        return await parts.threads.run(keys.find, key_text, now_ms)

    return Authenticator(find, bootstrap)


def start_reaper(parts: Parts, redis: Redis) -> Callable[[], object]:
    """Start it; what comes back stops it."""
    idle_ms = int(parts.settings.idle_flush_s * 1000)
    reaper = Reaper(parts.ledger, Doorbell(redis).ring, REAPER_INTERVAL_S, idle_ms)
    reaper.rounds.start()
    return reaper.rounds.stop


def body_limits(settings: IngestSettings) -> BodyLimits:
    return BodyLimits(
        max_bytes=settings.max_body_bytes,
        decompression=DecompressionLimits(settings.max_plain_bytes, settings.max_ratio),
        deadline_s=settings.body_deadline_s,
        max_in_flight_bytes=settings.max_in_flight_bytes,
        max_requests=settings.max_connections,
    )


def all_routes(routes: Iterable[object]) -> Iterator[object]:
    """Every route, those of included routers too (newer FastAPI keeps each router whole)."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from all_routes(included.routes)


def refuse_open_routes(app: FastAPI) -> None:
    """Raise RuntimeError for a route that demands no scope and is not meant to be open. OPTIONS tells nothing."""
    for route in all_routes(app.routes):
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route!r} is no API route, so nothing proves that it needs a scope")
        if route.path not in OPEN_PATHS and route.methods != {"OPTIONS"} and not scopes_of(route):
            raise RuntimeError(f"{route.path} needs no scope")
