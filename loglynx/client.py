"""Talks to a running Loglynx over HTTP. Every refusal becomes ServerRefused with what to do about it.

Pushes retry on 503 (and what proxies say in its place) as long as the server asks, honouring ``Retry-After``, and on
a lost connection; their idempotency key makes that safe.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import tenacity
import zstandard

from loglynx.failures import ServerRefused

RETRYABLE = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 30.0
JOB_POLL_S = 10
FINAL_STATES = frozenset({"done", "failed"})
_FIXES = {
    401: "pass a key with --key or LOGLYNX_KEY; `loglynx keys create` makes one",
    403: "the key lacks the scope; `loglynx keys create --scope push --scope read` makes one that has it",
    404: "check the id; `loglynx incidents` lists what is there",
    410: "results are kept for a limited time; push the lines again",
    413: "use a smaller --batch",
}


class _TryAgain(Exception):
    """A refusal that will pass. ``after_s`` is the server's own wish, None when it named none."""

    def __init__(self, refusal: ServerRefused, after_s: float | None) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.after_s = after_s


class Server:
    """One server and the key to it. Use as a context manager."""

    def __init__(
        self,
        url: str,
        key: str | None,
        give_up_s: float = 300.0,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"User-Agent": "loglynx-cli"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self.url = url.rstrip("/")
        self._give_up_s = give_up_s
        self._sleep = sleep
        timeout = httpx.Timeout(40.0, connect=5.0)
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def push(self, body: bytes, stream: str, idempotency_key: str, kind: str = "text/plain") -> dict[str, Any]:
        """Push lines (joined by ``\\n``); returns the acceptance: job_id, accepted, rejected."""
        headers = {
            "Content-Type": kind,
            "Content-Encoding": "zstd",
            "Idempotency-Key": idempotency_key,
        }
        content = zstandard.ZstdCompressor(level=1).compress(body)
        return self._patiently("POST", "/api/v1/ingest", params={"stream": stream}, content=content, headers=headers)

    def post(self, path: str, value: Any) -> dict[str, Any]:
        """POST a JSON value, patiently; the JSON object that comes back."""
        return self._patiently("POST", path, json=value)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """GET a JSON object; an overloaded or restarting server is asked again."""
        return self._patiently("GET", path, params=dict(params or {}))

    def delete(self, path: str) -> dict[str, Any]:
        """DELETE; {} when the answer is empty."""
        return self._patiently("DELETE", path)

    def finished_job(self, job_id: str, on_progress: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Wait until the job is done or failed; ``on_progress`` gets every answer on the way."""
        while True:
            job = self.get(f"/jobs/{job_id}", {"wait": JOB_POLL_S})
            on_progress(job)
            if job.get("state") in FINAL_STATES:
                return job

    def _patiently(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            wait=_wait_s,
            stop=tenacity.stop_after_delay(self._give_up_s),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, **arguments)
        except _TryAgain as error:
            raise error.refusal from None

    def _once(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx.ConnectError as error:
            raise ServerRefused(
                f"nothing answers at {self.url}", "start it with `loglynx up`, or name it with --url or LOGLYNX_URL"
            ) from error
        except httpx.TransportError as error:
            refusal = ServerRefused(f"the connection to {self.url} broke: {type(error).__name__}")
            raise _TryAgain(refusal, None) from error
        except httpx.InvalidURL as error:
            raise ServerRefused(f"{self.url} is not a URL", "for example http://127.0.0.1:8514") from error
        if response.status_code in RETRYABLE:
            raise _TryAgain(_refusal(response), _retry_after_s(response))
        if response.is_error:
            raise _refusal(response)
        return _json_object(response)


def _wait_s(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    after_s = error.after_s if isinstance(error, _TryAgain) else None
    if after_s is not None:
        return min(after_s, LONGEST_WAIT_S)
    return float(tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S)(state))


def _retry_after_s(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def _refusal(response: httpx.Response) -> ServerRefused:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    problem = problem if isinstance(problem, dict) else {}
    title = str(problem.get("title") or response.reason_phrase)[:300]
    detail = str(problem.get("detail") or "")[:300]
    status = response.status_code
    message = f"{status} {title}" + (f": {detail}" if detail and detail != title else "")
    code, after_s = str(problem.get("code", "")), _retry_after_s(response)
    return ServerRefused(message, _FIXES.get(status, ""), status, code, after_s)


def _json_object(response: httpx.Response) -> dict[str, Any]:
    if not response.content:
        return {}
    try:
        value = response.json()
    except ValueError as error:
        raise ServerRefused(
            f"{response.request.url.host} answered with something that is not JSON", "is this a Loglynx server?"
        ) from error
    return value if isinstance(value, dict) else {"items": value}
