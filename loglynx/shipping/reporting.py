"""Says how shipping goes: a line that is kept up to date on a terminal, else a sentence when something changes."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from loglynx.shipping.shipper import Shipped
from loglynx.terminal import safe

REDRAW_S = 0.2


class ShippingReport:
    """A context manager; ``changed`` is the shipper's ``on_change``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("waiting for lines", console=console) if console.is_terminal else None
        self._drawn_s = 0.0
        self._away_since_s: float | None = None
        self._last = Shipped()

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
        self._console.print(summary(self._last))

    def changed(self, shipped: Shipped) -> None:
        self._last = shipped
        now_s = time.monotonic()
        if shipped.away and self._away_since_s is None:
            self._away_since_s = now_s
            self._say(f"{safe(shipped.away)}; reading pauses, asking again until it takes the lines")
        elif not shipped.away and self._away_since_s is not None:
            self._say(f"the server takes lines again after {now_s - self._away_since_s:.0f} s")
            self._away_since_s = None
        if self._status is not None and now_s - self._drawn_s >= REDRAW_S:
            self._drawn_s = now_s
            state = f"waiting: {safe(shipped.away, 80)}" if shipped.away else safe(shipped.now, 60)
            self._status.update(f"{shipped.lines:,} lines shipped · {state}")

    def warn(self, text: str) -> None:
        self._say(safe(text))

    def _say(self, text: str) -> None:
        self._console.print(text)


def summary(shipped: Shipped) -> str:
    refused = f", {shipped.refused:,} refused" if shipped.refused else ""
    retries = f", {shipped.retries:,} retries" if shipped.retries else ""
    return f"{shipped.lines:,} lines shipped in {shipped.pushes:,} pushes{refused}{retries}"
