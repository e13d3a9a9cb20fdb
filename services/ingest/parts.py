"""Everything the routes work with, wired once in ``create_app`` and handed around as one argument."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from services.ingest.coalescing import Coalescer
from services.ingest.settings import IngestSettings
from services.ingest.store_threads import StoreThreads
from services.ingest.tokenizing import Tokenizer
from services.ingest.watermarks import Watermarks
from shared.store.analyzers import RunningAnalyzer
from shared.store.detectors import RunningDetector
from shared.store.drift import StreamDrift
from shared.store.feedback import Feedbacks
from shared.store.incident_flags import IncidentFlags
from shared.store.incidents import Incidents
from shared.store.ledger import Ledger
from shared.store.shadows import ShadowReport
from shared.store.stream_views import StreamViews


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """``ring`` wakes the detector and may do nothing; ``read_detectors`` and ``read_analyzers`` list who runs at a
    time in ms, ``read_shadows`` reports on models in the shadow,
    ``read_drift`` on streams that have moved; ``now_ms`` is the clock; ``recent_jobs`` are this
    process's."""

    settings: IngestSettings
    ledger: Ledger
    incidents: Incidents
    incident_flags: IncidentFlags
    feedback: Feedbacks
    streams: StreamViews
    threads: StoreThreads
    coalescer: Coalescer
    watermarks: Watermarks
    tokenizer: Tokenizer
    ring: Callable[[], object] = field(default=lambda: None)
    read_detectors: Callable[[int], list[RunningDetector]] = field(default=lambda now_ms: [])
    read_analyzers: Callable[[int], list[RunningAnalyzer]] = field(default=lambda now_ms: [])
    read_shadows: Callable[[], list[ShadowReport]] = field(default=list)
    read_drift: Callable[[], list[StreamDrift]] = field(default=list)
    now_ms: Callable[[], int] = wall_clock_ms
    recent_jobs: deque[str] = field(default_factory=lambda: deque(maxlen=100))


async def parts_of(request: Request) -> Parts:  # a plain function would be run in a thread
    return cast(Parts, request.app.state.parts)


TheParts = Annotated[Parts, Depends(parts_of)]
