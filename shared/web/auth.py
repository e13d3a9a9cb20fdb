"""Who is asking: API keys from the header, checked in constant time, and the scope that each route needs.

A key comes as ``Authorization: Bearer KEY``, ``X-API-Key: KEY`` or the password of HTTP Basic (any user name), which
is also how a browser logs in to the pages: no cookie, no session, nothing to steal but the key itself. Browsers add
Basic credentials by themselves, so a writing request with them must come from our own pages (Fetch Metadata, Origin).
Shippers have forms of their own: ``Splunk KEY``, ``ApiKey base64(ID:KEY)``, ``DD-API-KEY``, and on their endpoints
alone a query parameter or a part of the path, because proxies write addresses into logs.
Fails with Unauthenticated, Forbidden, StoreUnavailable.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from shared.core.access import ApiKey, Scope, digest_of
from shared.errors import Forbidden, Unauthenticated

MAX_KEY_CHARS = 256
MAX_CACHED_KEYS = 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The only ones that need no key: ours, and those that shippers ask without one.
OPEN_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/ready", "/services/collector/health", "/services/collector/health/1.0"}
)
BASIC_CHALLENGE = 'Basic realm="Loglynx: the API key is the password", charset="UTF-8"'
BOOTSTRAP_ID = "bootstrap"
KEY_HEADERS = ("x-api-key", "dd-api-key")
KEY_PARAMETERS = ("token", "api_key", "dd-api-key", "apikey")
KEY_IN_PATH = "api_key"  # Datadog's older clients send to /v1/input/KEY
FindKey = Callable[[str, int], Awaitable[ApiKey | None]]  # (key text, now in ms) -> its record


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the request carried. ``is_basic``: by HTTP Basic, so perhaps added by a browser on its own."""

    key_text: str
    is_basic: bool = False


def bootstrap_key(key_text: str) -> ApiKey:
    """The administrator's key from the settings; known without asking the store."""
    return ApiKey(BOOTSTRAP_ID, "from the settings", frozenset({Scope.ADMIN}), digest_of(key_text), 0)


def read_credentials(request: Request, in_query: bool = False) -> Credentials | None:
    """The key in the headers, or with ``in_query`` in the address; None when there is none or it is unreadable."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    found: Credentials | None = None
    if scheme in ("bearer", "splunk"):
        found = Credentials(value)
    elif scheme == "basic":
        pair = _from_base64(value)
        found = Credentials(pair.partition(":")[2], is_basic=True) if pair else None
    elif scheme == "apikey":  # Elasticsearch: base64 of id and key; some clients send the key as it is
        pair = _from_base64(value)
        found = Credentials(pair.partition(":")[2] if pair and ":" in pair else value)
    elif not scheme:
        named = (request.headers[name] for name in KEY_HEADERS if name in request.headers)
        found = Credentials((next(named, "") or (_in_address(request) if in_query else "")).strip())
    return found if found and 0 < len(found.key_text) <= MAX_KEY_CHARS else None


def _in_address(request: Request) -> str:
    asked = (request.query_params[name] for name in KEY_PARAMETERS if name in request.query_params)
    return next(asked, "") or str(request.path_params.get(KEY_IN_PATH, ""))


def _from_base64(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


class Authenticator:
    """Checks keys; remembers good ones for ``cache_s``, so a revoked key works at most that much longer."""

    def __init__(self, find: FindKey, bootstrap: ApiKey | None = None, cache_s: float = 5.0) -> None:
        self.find = find
        self.bootstrap = bootstrap
        self.cache_s = cache_s
        self._known: dict[str, tuple[float, ApiKey]] = {}

    async def check(self, credentials: Credentials | None) -> ApiKey:
        """The key's record. Raises Unauthenticated, StoreUnavailable."""
        if credentials is None:
            raise Unauthenticated
        if self.bootstrap is not None and self.bootstrap.opens_with(credentials.key_text):
            return self.bootstrap
        digest = digest_of(credentials.key_text)
        until, key = self._known.get(digest, (0.0, None))
        if key is None or until < time.monotonic():
            now_ms = time.time_ns() // 1_000_000
            key = await self.find(credentials.key_text, now_ms)
            if key is None:
                raise Unauthenticated
            if len(self._known) >= MAX_CACHED_KEYS:
                self._known.clear()
            self._known[digest] = (time.monotonic() + self.cache_s, key)
        return key


def is_cross_site(request: Request) -> bool:
    """True when a browser says that another site's page made this request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


async def authorize(request: Request, scope: Scope, in_query: bool = False) -> ApiKey:
    """The caller's key, when it carries ``scope``. Raises Unauthenticated, Forbidden, StoreUnavailable."""
    credentials = read_credentials(request, in_query)
    key = await cast(Authenticator, request.app.state.authenticator).check(credentials)
    is_writing = request.method not in SAFE_METHODS
    if not key.allows(scope) or (credentials and credentials.is_basic and is_writing and is_cross_site(request)):
        raise Forbidden
    return key


class Needs:
    """The dependency of a route that needs ``scope``. ``Depends(Needs(Scope.PUSH))``."""

    def __init__(self, scope: Scope, in_query: bool = False) -> None:
        self.scope = scope
        self.in_query = in_query

    async def __call__(self, request: Request) -> ApiKey:
        return await authorize(request, self.scope, self.in_query)


PushKey = Annotated[ApiKey, Depends(Needs(Scope.PUSH))]
ShipperKey = Annotated[ApiKey, Depends(Needs(Scope.PUSH, in_query=True))]
ReadKey = Annotated[ApiKey, Depends(Needs(Scope.READ))]
TriageKey = Annotated[ApiKey, Depends(Needs(Scope.TRIAGE))]
AdminKey = Annotated[ApiKey, Depends(Needs(Scope.ADMIN))]


def scopes_of(route: Any) -> set[Scope]:
    """The scopes that a FastAPI route's dependencies demand, at any depth."""
    waiting, found = [route.dependant], set[Scope]()
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        if isinstance(dependant.call, Needs):
            found.add(dependant.call.scope)
    return found
