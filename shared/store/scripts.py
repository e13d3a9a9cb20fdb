"""The ledger's Lua scripts, read from ``lua/`` and fitted to the server once.

On Redis 7 the scripts that drain carry ``#!lua flags=allow-oom``: finishing work frees memory, so a full Redis must
run them. Redis 6.2 knows no flags; there the scripts begin with a deletion, after which it allows their writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from redis import Redis
from redis.exceptions import NoScriptError

from shared.errors import StoreUnavailable
from shared.store.connection import Client, server_version, speaking_to_redis, told_as_ours

Call = tuple[list[str], list[Any]]  # keys, arguments
DRAINING: Final = frozenset(
    {
        *("claim", "commit", "release", "flush_idle"),
        "trim_outbox",
        *("claim_flags", "attach_flag", "claim_analyses", "store_analysis", "claim_alerts"),
    }
)


@cache
def _source(name: str) -> str:
    return files("shared.store").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


class Scripts:
    """Runs scripts by name; each is loaded into the server when it turns out not to know it."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._has_flags: bool | None = None
        self._digests: dict[str, str] = {}

    def run(self, name: str, keys: list[str], arguments: list[Any]) -> Any:
        """The script's reply. Raises StoreUnavailable, Overloaded."""
        with speaking_to_redis():
            digest = self._digests.get(name) or self._load(name)
            try:
                return self._redis.evalsha(digest, len(keys), *keys, *arguments)
            except NoScriptError:
                return self._redis.evalsha(self._load(name), len(keys), *keys, *arguments)

    def run_each(self, name: str, calls: Sequence[Call]) -> list[Any]:
        """The replies to several calls in one round trip; an error stands where its reply would, and hurts no other.

        Raises StoreUnavailable when Redis is away, whatever it may have done by then, or not ready for any of them.
        """
        with speaking_to_redis():
            replies = self._sent(self._digests.get(name) or self._load(name), calls)
            unknown = [position for position, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if unknown:
                again = self._sent(self._load(name), [calls[position] for position in unknown])
                for position, reply in zip(unknown, again, strict=True):
                    replies[position] = reply
        told = [told_as_ours(reply) if isinstance(reply, Exception) else reply for reply in replies]
        if told and all(isinstance(reply, StoreUnavailable) for reply in told):
            raise told[0]  # so that those who fail fast while Redis is away learn of it
        return told

    def _sent(self, digest: str, calls: Sequence[Call]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for keys, arguments in calls:
            pipeline.evalsha(digest, len(keys), *keys, *arguments)
        return list(pipeline.execute(raise_on_error=False))

    def _load(self, name: str) -> str:
        if self._has_flags is None:
            self._has_flags = server_version(self._redis) >= (7, 0)
        header = "#!lua flags=allow-oom\n" if self._has_flags and name in DRAINING else ""
        digest = str(self._redis.script_load(header + _source(name)))
        self._digests[name] = digest
        return digest
