"""API keys in Redis: one hash, id -> record; the key itself is shown once at its making and never kept.

What may fail: StoreUnavailable when Redis is away, NotFound when a key to revoke does not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import cast

import msgspec
from redis import Redis

from shared.core.access import PREFIX, ApiKey, Scope, digest_of, key_id_of
from shared.errors import BadInput, NotFound
from shared.store.connection import speaking_to_redis
from shared.store.keyspace import API_KEYS

MAX_NAME_CHARS = 64
_decoder = msgspec.json.Decoder(ApiKey)
# Compared against when no record is found, so that an unknown id takes as long as a wrong secret.
_NOBODY = ApiKey("nobody", "", frozenset(), "0" * 64, 0)


class ApiKeys:
    """The keys of one stack. Safe to call from several threads."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def create(
        self, name: str, scopes: Iterable[Scope], now_ms: int, expires_ms: int | None = None
    ) -> tuple[str, ApiKey]:
        """A new key: its text, which nobody can ask for again, and its record."""
        allowed = frozenset(scopes)
        if not allowed or not 0 < len(name) <= MAX_NAME_CHARS:
            raise BadInput("a key has a name of 1 to 64 characters and at least one scope")
        key_id = secrets.token_hex(5)
        key_text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"
        key = ApiKey(key_id, name, allowed, digest_of(key_text), now_ms, expires_ms)
        with speaking_to_redis():
            self._redis.hset(API_KEYS, key_id, msgspec.json.encode(key).decode())
        return key_text, key

    def find(self, key_text: str, now_ms: int) -> ApiKey | None:
        """The record that ``key_text`` opens; None when there is none, it is wrong or it has expired."""
        key_id = key_id_of(key_text)
        if key_id is None:
            return None
        with speaking_to_redis():
            blob = cast(bytes | None, self._redis.hget(API_KEYS, key_id))
        key = _read(blob) or _NOBODY
        return key if key.opens_with(key_text) and not key.is_expired(now_ms) else None

    def list_all(self) -> list[ApiKey]:
        """Every record, oldest first; unreadable ones are left out."""
        with speaking_to_redis():
            blobs = cast(list[bytes], self._redis.hvals(API_KEYS))
        return sorted((key for blob in blobs if (key := _read(blob))), key=lambda key: (key.created_ms, key.key_id))

    def revoke(self, key_id: str) -> None:
        """Forget a key. Front doors that saw it lately may honour it for a few seconds more. Raises NotFound."""
        with speaking_to_redis():
            if not self._redis.hdel(API_KEYS, key_id):
                raise NotFound("no such key")

    def ensure_admin(self, now_ms: int) -> str | None:
        """The text of a new administrator's key if no valid one exists yet, else None."""
        has_admin = any(Scope.ADMIN in key.scopes and not key.is_expired(now_ms) for key in self.list_all())
        return None if has_admin else self.create("admin", [Scope.ADMIN], now_ms)[0]


def _read(blob: bytes | None) -> ApiKey | None:
    try:
        return _decoder.decode(blob) if blob else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
