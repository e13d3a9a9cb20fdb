"""Sends shipments one after the other and keeps the state; what a source yields next waits until the last arrived.

In: an iterator of shipments, None where there is nothing now. A server that is away or overloaded is asked again, for
ever, with growing random pauses, and meanwhile nothing more is read. What can never be taken is halved until the line
that is refused stands alone; that line is counted and left out.
Fails with ServerRefused where only a person can help (key, address), Stopped when told to stop.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from loglynx.failures import ServerRefused
from loglynx.shipping.shipment import Shipment
from loglynx.shipping.state import ShipState

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
NEVER_TAKEN = frozenset({400, 409, 411, 413, 415, 422, 431})
NEEDS_A_PERSON = frozenset({401, 403, 404, 405})


Shipments = Generator[Shipment | None, None, None]


class Stopped(Exception):
    """Told to stop while waiting; the push under way is in the state."""


class PushingServer(Protocol):
    def push(self, body: bytes, stream: str, idempotency_key: str, kind: str = ...) -> dict[str, Any]: ...


@dataclass(slots=True)
class Shipped:
    """Counts since the start. ``away`` is why the server is asked again now, "" when it takes what it gets."""

    lines: int = 0
    refused: int = 0
    pushes: int = 0
    retries: int = 0
    away: str = ""
    now: str = ""


class Shipper:
    """``on_change`` is called when a push has arrived and when the server goes away or comes back."""

    def __init__(
        self,
        server: PushingServer,
        state: ShipState,
        stop: threading.Event,
        on_change: Callable[[Shipped], None] = lambda shipped: None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._server = server
        self._state = state
        self._stop = stop
        self._on_change = on_change
        self._draw = draw
        self.shipped = Shipped()

    def run(self, open_source: Callable[[], Shipments]) -> None:
        """Until the source ends or the shipper is stopped; the state is written whenever the source pauses.

        The source is opened when the push that an earlier run left under way has arrived: its positions count.
        """
        try:
            self.resume()
            with closing(open_source()) as source:
                for shipment in source:
                    if shipment is None:
                        self._state.flush()
                    elif shipment.lines:
                        self.ship(shipment)
                    else:
                        self._state.move(dict(shipment.after))
                    if self._stop.is_set():
                        break
        except Stopped:
            pass
        self._state.flush()

    def resume(self) -> None:
        """Send the push that an earlier run left under way."""
        if self._state.pending is not None:
            self._deliver(self._state.pending.shipment, self._state.pending.key)
            self._state.settle()

    def ship(self, shipment: Shipment) -> None:
        pending = self._state.begin(shipment)
        self._deliver(shipment, pending.key)
        self._state.settle()

    def _deliver(self, shipment: Shipment, key: str) -> None:
        self.shipped.now = shipment.shown_as or shipment.stream
        attempt = 0
        while True:
            try:
                answer = self._server.push(shipment.body, shipment.stream, key, shipment.kind)
            except ServerRefused as refusal:
                if refusal.status in NEEDS_A_PERSON:
                    raise
                if refusal.status in NEVER_TAKEN:
                    self._split(shipment, key)
                    return
                attempt += 1
                self._wait(refusal, attempt)
                continue
            self.shipped.pushes += 1
            self.shipped.lines += int(answer.get("accepted") or 0)
            self.shipped.refused += int(answer.get("rejected_count") or 0)
            self.shipped.away = ""
            self._on_change(self.shipped)
            return

    def _split(self, shipment: Shipment, key: str) -> None:
        """Halves under keys that follow from the whole's: after a restart they are the same."""
        lines = shipment.lines
        if len(lines) == 1:
            self.shipped.refused += 1
            self._on_change(self.shipped)
            return
        half = len(lines) // 2
        for side, part in (("a", lines[:half]), ("b", lines[half:])):
            self._deliver(Shipment(part, shipment.stream, shipment.kind, {}, shipment.shown_as), f"{key}{side}")

    def _wait(self, refusal: ServerRefused, attempt: int) -> None:
        self.shipped.away = refusal.message
        self.shipped.retries += 1
        self._on_change(self.shipped)
        if self._stop.wait(pause_s(refusal.after_s, attempt, self._draw())):
            raise Stopped


def pause_s(asked_s: float | None, attempt: int, drawn: float) -> float:
    """Seconds before try ``attempt`` + 1; ``drawn`` is 0..1. Never less than what the server asked for."""
    if asked_s is not None:
        return min(asked_s, LONGEST_PAUSE_S) * (1 + drawn / 2)
    longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * float(2 ** min(attempt - 1, 10)))
    return longest_s * (0.5 + drawn / 2)
