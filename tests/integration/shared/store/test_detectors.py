"""Running detectors are listed while they give signs of life, on a real Redis."""

from __future__ import annotations

from redis import Redis

from shared.store import keyspace
from shared.store.detectors import SILENT_MS, Detectors, RunningDetector

ON_CPU = RunningDetector("CPUExecutionProvider", "", "0123456789ab", "host:1")
ON_CUDA = RunningDetector("CUDAExecutionProvider", "NVIDIA H100 80GB HBM3", "0123456789ab", "host:2")


def test_each_is_listed_once_however_often_it_tells(redis_client: Redis) -> None:
    detectors = Detectors(redis_client)
    for now_ms in (1_000_000, 1_005_000):
        detectors.announce(ON_CUDA, now_ms)
        detectors.announce(ON_CPU, now_ms)
    assert detectors.running(1_006_000) == [ON_CPU, ON_CUDA]


def test_who_falls_silent_or_leaves_is_gone(redis_client: Redis) -> None:
    detectors = Detectors(redis_client)
    detectors.announce(ON_CPU, 1_000_000)
    detectors.announce(ON_CUDA, 1_000_000 + SILENT_MS)
    assert detectors.running(1_000_001 + SILENT_MS) == [ON_CUDA]
    assert redis_client.zcard(keyspace.DETECTORS) == 1
    assert 0 < redis_client.pttl(keyspace.DETECTORS) <= SILENT_MS
    detectors.withdraw(ON_CUDA)
    assert detectors.running(1_000_001 + SILENT_MS) == []


def test_what_cannot_be_read_is_left_out(redis_client: Redis) -> None:
    redis_client.zadd(keyspace.DETECTORS, {b"not json": 1_000_000, b"{}": 1_000_000, b'{"provider":1}': 1_000_000})
    detectors = Detectors(redis_client)
    detectors.announce(ON_CPU, 1_000_000)
    assert detectors.running(1_000_000) == [ON_CPU]
