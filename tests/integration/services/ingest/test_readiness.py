"""What /readyz tells of the detectors that run."""

from __future__ import annotations

import time
from typing import Any

from redis import Redis

from shared.store.analyzers import Analyzers, RunningAnalyzer
from shared.store.detectors import Detectors, RunningDetector


def test_readyz_names_where_detectors_run_and_not_who_they_are(
    start_ingest: Any, redis_url: str, redis_client: Redis
) -> None:
    ingest = start_ingest(redis_url)
    with ingest.client() as client:
        assert client.get("/readyz").json() == {"status": "ready", "detectors": [], "analyzers": []}
        detector = RunningDetector("CUDAExecutionProvider", "NVIDIA L4", "0123456789ab", "private-host:17")
        Detectors(redis_client).announce(detector, time.time_ns() // 1_000_000)
        analyzer = RunningAnalyzer("openai", "qwen3", True, "private-host:18")
        Analyzers(redis_client).announce(analyzer, time.time_ns() // 1_000_000)
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["detectors"] == [
        {"provider": "CUDAExecutionProvider", "device": "NVIDIA L4", "model": "0123456789ab"}
    ]
    assert answer.json()["analyzers"] == [{"engine": "openai", "model": "qwen3", "enforces_schema": True}]
    assert "private-host" not in answer.text
