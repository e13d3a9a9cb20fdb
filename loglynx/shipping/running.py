"""Runs one source against one server until it ends or SIGTERM or SIGINT comes, and writes the state."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from loglynx.client import Server
from loglynx.failures import CommandFailed
from loglynx.shipping.reporting import ShippingReport
from loglynx.shipping.shipper import Shipments, Shipper
from loglynx.shipping.state import ShipState
from loglynx.terminal import remarks

Source = Callable[[ShipState, threading.Event, ShippingReport], Shipments]


def run_shipping(url: str, key: str | None, state_file: Path, source: Source) -> None:
    """Ship what ``source`` yields. Raises CommandFailed, ServerRefused."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise CommandFailed(f"{url} is not a URL", "for example http://127.0.0.1:8514")
    url = url.rstrip("/")
    with (
        stop_on_signals() as stop,
        ShipState.open(state_file.expanduser(), url) as state,
        Server(url, key, give_up_s=0) as server,
        ShippingReport(remarks()) as report,
    ):
        Shipper(server, state, stop, report.changed).run(lambda: source(state, stop, report))


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; a second one ends the process as usual."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def request_stop(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, request_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
