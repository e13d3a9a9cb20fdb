"""Where ``stream:NAME`` comes from: lines of a stream of the stack of this machine.

``StreamSource`` is all that training asks of whoever keeps lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
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


class StackSource:
    """Lines of the windows that the archive holds, then those that are not judged yet; each once.

    Raises CommandFailed where no stack answers, unless the archive holds the stream: it needs none.
    """

    def __init__(self, data_dir: DataDir) -> None:
        self._data_dir = data_dir

    def lines(self, stream: str) -> Iterator[tuple[str, int]]:
        last = -1  # windows of a stream may overlap
        for seq, text, at_ms in self._archived(stream):
            if seq > last:
                yield text, at_ms
                last = seq
        try:
            with connect(self._data_dir.redis_url) as redis:
                for seq, text, at_ms in kept_lines(redis, stream):
                    if seq > last:
                        yield text, at_ms
        except (StoreUnavailable, OSError) as error:
            if last < 0:
                raise CommandFailed(
                    f"no stack answers on {self._data_dir.path}", "start one with `loglynx up`, or give a file"
                ) from error

    def _archived(self, stream: str) -> Iterator[tuple[int, str, int]]:
        if not self._data_dir.archive_dir.is_dir():
            return
        try:
            from shared.archive.reader import ArchiveReader
        except ImportError as missing:  # pyarrow comes with an extra
            raise CommandFailed("the archive needs pyarrow", "pip install 'loglynx[archiver]'") from missing
        for window in ArchiveReader(self._data_dir.archive_dir, [stream]).windows(date.min, date.max):
            for line in window.lines:
                yield line.seq, line.text, window.scored_ms if line.time_ms is None else line.time_ms
