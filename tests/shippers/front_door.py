"""The front door that real clients push to: the real process on a real Redis, which can go away and be overloaded.

Overload is the designed one: Redis is filled past the share of its memory that pushes may take, so every push gets its
protocol's 503 until there is room again.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import ingest_process
from redis import Redis
from stored_lines import stored_events, stored_lines

LINES = 1000
TROUBLE_S = 5.0
REDIS_OPTIONS = ("--maxmemory", "64mb")
BALLAST, BALLAST_BYTES = "ballast-of-the-tests", 56 * 2**20
NUMBERED = re.compile(rf"order (\d{{4}}) of {LINES} ")


def a_line(number: int) -> str:
    """Line ``number`` (1 to LINES); it differs from every other in its number."""
    return f"INFO shop.checkout: order {number:04d} of {LINES} was paid in {number % 37} ms"


def wait_until(is_true: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


class FrontDoor:
    """Starts on a free port and keeps it. ``key`` may push and nothing else."""

    def __init__(self, redis_url: str, directory: Path, **settings: object) -> None:
        self.redis_url, self.directory, self.settings = redis_url, directory, settings
        self._running = ingest_process.start(redis_url, directory, **settings)
        self.port, self.url = self._running.port, self._running.url
        self.forget_everything()

    def forget_everything(self) -> None:
        """An empty ledger, and a new key. For the start of a test: no client may be sending."""
        with Redis.from_url(self.redis_url) as redis:
            redis.flushall()
        ingest_process.make_keys(self._running)
        self.key = self._running.push_key

    def stop(self) -> None:
        """As a service manager stops it: SIGTERM. The port refuses connections afterwards."""
        ingest_process.stop(self._running)

    def start(self) -> None:
        """Again on the same port and the same Redis; back when it answers."""
        self._running = ingest_process.start(self.redis_url, self.directory, port=self.port, **self.settings)

    @contextmanager
    def stopped(self) -> Iterator[float]:
        """Stopped within; yields the seconds to spend there.

        The next process stands ready meanwhile: else an outage would be longer by what a start takes, which is long where
        processors are busy, and some clients give up after ten seconds.
        """
        following = ingest_process.hold(self.redis_url, self.directory, port=self.port, **self.settings)
        self.stop()
        self._running = following
        try:
            yield TROUBLE_S
        finally:
            ingest_process.release(following)

    @contextmanager
    def overloaded(self, is_refusing: bool = True) -> Iterator[float]:
        """No push is taken within; yields the seconds to spend there. ``is_refusing``: fails if none came meanwhile."""
        with Redis.from_url(self.redis_url) as redis:
            redis.setrange(BALLAST, BALLAST_BYTES - 1, b"\0")
            try:
                wait_until(lambda: not self.has_room(), 5, "the overload")
                before = self.refused_for_overload()
                yield TROUBLE_S
                refused = self.refused_for_overload() - before
            finally:
                redis.delete(BALLAST)
        assert refused or not is_refusing, "the client sent nothing while the front door was overloaded"
        wait_until(self.has_room, 10, "the end of the overload")

    def has_room(self) -> bool:
        """Whether the watermarks let a push in; pushes an empty array, which stores nothing."""
        headers = {"X-API-Key": self.key}
        return httpx.post(f"{self.url}/api/v1/ingest", json=[], headers=headers, timeout=10).status_code != 503

    def refused_for_overload(self) -> int:
        """Pushes refused since the process started, those of ``has_room`` among them."""
        text = httpx.get(f"{self.url}/metrics", timeout=10).text
        found = re.search(r'^loglynx_refused_total\{[^}]*reason="overloaded"[^}]*\} ([\d.e+]+)$', text, re.M)
        return int(float(found[1])) if found else 0

    def stored(self) -> int:
        """How many events the ledger has taken. Cheap: for waiting."""
        return stored_events(self.redis_url)

    def arrived(self) -> Counter[int]:
        """Number of a line -> how often the ledger has it. Once, at the end: it claims every stream."""
        texts = (text for lines in stored_lines(self.redis_url).values() for text in lines)
        return Counter(int(number) for text in texts for number in NUMBERED.findall(text))

    def close(self) -> None:
        ingest_process.stop(self._running)
