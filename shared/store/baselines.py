"""A stream's baselines as they lie in Redis: one per model version, and the version of the model that judges.

What a model sees in a window means nothing to another model, so a baseline belongs to the model that it was learnt
by. What may fail: StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis

JUDGE: Final = "judge"  # the field that names it; every other field is a model version


@dataclass(frozen=True, slots=True)
class StreamBaselines:
    """``judge`` is "" where no model judges yet; ``blobs``: model version -> its baseline."""

    judge: str
    blobs: Mapping[str, bytes]


def read_baselines(redis: Client, stream: str) -> StreamBaselines:
    with speaking_to_redis():
        fields = {name.decode(): value for name, value in redis.hgetall(keyspace.baseline(stream)).items()}
    judge = fields.pop(JUDGE, b"").decode()
    return StreamBaselines(judge, fields)


def read_judging(redis: Client, stream: str) -> bytes | None:
    """The baseline that the stream is judged by, or is learning to be."""
    with speaking_to_redis():
        judge = redis.hget(keyspace.baseline(stream), JUDGE)
        blob: bytes | None = redis.hget(keyspace.baseline(stream), judge) if judge else None
    return blob
