"""Any OpenAI-compatible server: vLLM (with a LoRA adapter by model name), llama.cpp, Ollama, a gateway.

- One deadline over everything (name resolution, retries, a server that drips one byte a second), by cancellation.
- Tries again, with jitter or after Retry-After, on 429, 5xx, time-outs and broken connections only; three times.
- Reads at most ``max_reply_bytes`` of a reply. Never follows a redirect, never takes a proxy from the environment.
- A circuit breaker stops asking a server that keeps failing; while it is open ``analyze`` fails at once.
- Asks for JSON-schema output; a server that refuses the parameter is asked without it from then on.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pybreaker
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt
from shared.errors import AnalysisFailed

MAX_TOKENS = 700


class _TryAgain(Exception):
    """A failure that may pass. ``after_s``: what the server asked for, if it did."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class _SchemaRefused(Exception):
    """The server does not know ``response_format``."""


@dataclass(frozen=True, slots=True)
class OpenAIOptions:
    """base_url ends before ``/chat/completions``, e.g. http://127.0.0.1:8000/v1"""

    base_url: str
    model: str
    api_key: str = ""
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 60.0
    tries: int = 3
    max_wait_s: float = 8.0
    max_reply_bytes: int = 256 * 1024
    breaker_failures: int = 5
    breaker_reset_s: float = 60.0


class OpenAICompatible:
    """A LanguageModel over HTTP. Safe to use from several threads: each call has its own connection."""

    name = "openai"

    def __init__(self, options: OpenAIOptions) -> None:
        self._options = options
        self._takes_schema = True
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=options.breaker_failures, reset_timeout=options.breaker_reset_s, throw_new_error_on_trip=False
        )

    @property
    def is_open(self) -> bool:
        """True while the breaker refuses to ask."""
        return bool(self._breaker.current_state == pybreaker.STATE_OPEN)

    def analyze(self, prompt: Prompt) -> RawReply:
        try:
            reply: RawReply = self._breaker.call(self._ask_within_deadline, prompt)
            return reply
        except pybreaker.CircuitBreakerError as error:
            raise AnalysisFailed("the circuit breaker is open") from error

    def _ask_within_deadline(self, prompt: Prompt) -> RawReply:
        async def ask() -> RawReply:
            async with asyncio.timeout(prompt.deadline_s):
                return await self._ask_with_retries(prompt)

        try:
            return asyncio.run(ask())
        except TimeoutError as error:
            raise AnalysisFailed("no answer within the deadline") from error
        except _TryAgain as error:
            raise AnalysisFailed(str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AnalysisFailed(type(error).__name__) from error

    async def _ask_with_retries(self, prompt: Prompt) -> RawReply:
        options = self._options
        jitter = wait_random_exponential(multiplier=0.5, max=options.max_wait_s)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.after_s if isinstance(error, _TryAgain) else None
            return jitter(state) if asked is None else asked

        timeout = httpx.Timeout(options.read_timeout_s, connect=options.connect_timeout_s)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client:
            retrying = AsyncRetrying(
                stop=stop_after_attempt(options.tries),
                retry=retry_if_exception_type(_TryAgain),
                wait=wait,
                reraise=True,
            )
            async for attempt in retrying:
                with attempt:
                    try:
                        return await self._ask_once(client, prompt)
                    except _SchemaRefused:
                        self._takes_schema = False
                        return await self._ask_once(client, prompt)
        raise AnalysisFailed("no try was made")

    async def _ask_once(self, client: httpx.AsyncClient, prompt: Prompt) -> RawReply:
        url = self._options.base_url.rstrip("/") + "/chat/completions"
        headers = {"Authorization": f"Bearer {self._options.api_key}"} if self._options.api_key else {}
        try:
            async with client.stream("POST", url, json=self._body(prompt), headers=headers) as response:
                body = await self._read_capped(response)
                status, after = response.status_code, response.headers.get("Retry-After", "")
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _TryAgain(type(error).__name__) from error
        if status == 429 or status >= 500:
            after_s = float(after) if after.isascii() and after.isdigit() else None
            if after_s is not None and after_s >= prompt.deadline_s:
                raise AnalysisFailed(f"HTTP {status}, and not before the deadline")
            raise _TryAgain(f"HTTP {status}", after_s)
        if status in (400, 422) and self._takes_schema:
            raise _SchemaRefused
        if status != 200:
            raise AnalysisFailed(f"HTTP {status}")
        return _content_of(body)

    async def _read_capped(self, response: httpx.Response) -> bytes:
        """The decoded body. Raises AnalysisFailed beyond the cap, without reading on."""
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes(chunk_size=16_384):
            size += len(part)
            if size > self._options.max_reply_bytes:
                raise AnalysisFailed("the reply is too large")
            parts.append(part)
        return b"".join(parts)

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._options.model,
            "messages": prompt.messages,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "stream": False,
        }
        if self._takes_schema:
            schema = {"name": "analysis", "strict": True, "schema": prompt.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body


def _content_of(body: bytes) -> RawReply:
    """The first choice's text. Raises AnalysisFailed for anything that is not a chat completion."""
    try:
        reply = json.loads(body)
        content = reply["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise AnalysisFailed("not a chat completion") from error
    if not isinstance(content, str):
        raise AnalysisFailed("a chat completion without text")
    model = reply.get("model")
    return RawReply(content, model if isinstance(model, str) else "")
