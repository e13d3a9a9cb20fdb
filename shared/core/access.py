"""Who may do what: scopes, and an API key as the system remembers it (never the key itself).

A key's text is ``llx_<id>_<secret>``: the id is public and names the record, the secret is 256 random bits. Only its
SHA-256 is kept; a fast hash is enough for 256 bits that no person chose.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "llx_"


class Scope(StrEnum):
    """What a key allows. ``admin`` includes the others, which do not include each other. ``triage``: feedback."""

    PUSH = "push"
    READ = "read"
    TRIAGE = "triage"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. ``digest`` is 64 hex digits of SHA-256 over the whole key text; ``expires_ms`` None is never."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    digest: str
    created_ms: int
    expires_ms: int | None = None

    def allows(self, scope: Scope) -> bool:
        """True when the key carries ``scope`` or admin."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_expired(self, now_ms: int) -> bool:
        return self.expires_ms is not None and now_ms >= self.expires_ms

    def opens_with(self, key_text: str) -> bool:
        """True when ``key_text`` is this key; takes the same time wherever the two differ."""
        return hmac.compare_digest(digest_of(key_text), self.digest)


def digest_of(key_text: str) -> str:
    """64 hex digits of SHA-256; any text, lone surrogates included."""
    return hashlib.sha256(key_text.encode("utf-8", "surrogatepass")).hexdigest()


def key_id_of(key_text: str) -> str | None:
    """The public id inside a key text; None when the text has another shape."""
    key_id, _, secret = key_text.removeprefix(PREFIX).partition("_")
    is_shaped = key_text.startswith(PREFIX) and secret and key_id.isalnum() and key_id.isascii() and len(key_id) <= 32
    return key_id if is_shaped else None
