"""Where ``stream:NAME`` comes from: lines of a stream of the stack that runs on this machine.

``StreamSource`` is all that training asks of whoever keeps lines. Today that is the ledger, which holds a stream's
latest part only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from loglynx.failures import CommandFailed
from loglynx.stack.data_dir import DataDir
from shared.errors import StoreUnavailable
from shared.store.connection import connect
from shared.store.kept_lines import kept_lines

PREFIX = "stream:"


class StreamSource(Protocol):
    """Keeps lines of streams."""

    def lines(self, stream: str) -> Iterator[tuple[str, int]]:
        """Text and time in ms of each event, oldest first. Raises CommandFailed where nobody answers."""
        ...


class LedgerSource:
    """Lines that the stack's Redis still holds."""

    def __init__(self, data_dir: DataDir) -> None:
        self._data_dir = data_dir

    def lines(self, stream: str) -> Iterator[tuple[str, int]]:
        try:
            with connect(self._data_dir.redis_url) as redis:
                yield from kept_lines(redis, stream)
        except (StoreUnavailable, OSError) as error:
            raise CommandFailed(
                f"no stack answers on {self._data_dir.path}", "start one with `loglynx up`, or give a file"
            ) from error
