"""One POST of JSON, bounded in time, bytes and tries; what went wrong is one of three words.

- ``TryAgain``: 429, 5xx, a time-out, a broken connection: may pass; ``after_s`` is what the server asked for.
- ``Declined``: 400 or 422: the server does not take this body; ``text`` is the start of what it says, to match only.
- ``AnalysisFailed``: anything else, final.

Never follows a redirect, never takes a proxy from the environment, reads at most ``max_bytes`` of an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from shared.errors import AnalysisFailed

MAX_ERROR_CHARS = 2_000
T = TypeVar("T")


class TryAgain(Exception):
    """A failure that may pass. ``after_s``: what the server asked for, if it did."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Declined(Exception):
    """The server does not take the body as it is."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}")
        self.text = text


@dataclass(frozen=True, slots=True)
class HttpLimits:
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 60.0
    tries: int = 3
    max_wait_s: float = 8.0
    max_bytes: int = 256 * 1024


def open_client(limits: HttpLimits, api_key: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    timeout = httpx.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s)
    return httpx.AsyncClient(timeout=timeout, headers=headers, trust_env=False, follow_redirects=False)


def within(deadline_s: float, work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` and cancel it at the deadline. Raises AnalysisFailed, Declined."""

    async def bounded() -> T:
        async with asyncio.timeout(deadline_s):
            return await work()

    try:
        return asyncio.run(bounded())
    except TimeoutError as error:
        raise AnalysisFailed("no answer within the deadline") from error
    except TryAgain as error:
        raise AnalysisFailed(str(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AnalysisFailed(type(error).__name__) from error


async def post(client: httpx.AsyncClient, url: str, body: dict[str, Any], limits: HttpLimits, left_s: float) -> bytes:
    """The answer's body; tried again with jitter, or when the server says. Raises the three above."""
    jitter = wait_random_exponential(multiplier=0.5, max=limits.max_wait_s)

    def pause_s(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after_s if isinstance(error, TryAgain) else None
        return jitter(state) if asked is None else asked

    retrying = AsyncRetrying(
        stop=stop_after_attempt(limits.tries), retry=retry_if_exception_type(TryAgain), wait=pause_s, reraise=True
    )
    async for attempt in retrying:
        with attempt:
            return await _post_once(client, url, body, limits, left_s)
    raise AnalysisFailed("no try was made")


async def _post_once(
    client: httpx.AsyncClient, url: str, body: dict[str, Any], limits: HttpLimits, left_s: float
) -> bytes:
    try:
        async with client.stream("POST", url, json=body) as response:
            answer = await _read_capped(response, limits.max_bytes)
            status, after = response.status_code, response.headers.get("Retry-After", "")
    except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise TryAgain(type(error).__name__) from error
    if status == 429 or status >= 500:
        after_s = float(after) if after.isascii() and after.isdigit() else None
        if after_s is not None and after_s >= left_s:
            raise AnalysisFailed(f"HTTP {status}, and not before the deadline")
        raise TryAgain(f"HTTP {status}", after_s)
    if status in (400, 422):
        raise Declined(status, answer[:MAX_ERROR_CHARS].decode("utf-8", "replace"))
    if status != 200:
        raise AnalysisFailed(f"HTTP {status}")
    return answer


async def _read_capped(response: httpx.Response, most: int) -> bytes:
    """The decoded body. Raises AnalysisFailed beyond the cap, without reading on."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes(chunk_size=16_384):
        size += len(part)
        if size > most:
            raise AnalysisFailed("the reply is too large")
        parts.append(part)
    return b"".join(parts)
