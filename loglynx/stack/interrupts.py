"""Ctrl-C, SIGTERM and a closed terminal as a wish to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupts_as_stop(stop: threading.Event) -> Iterator[None]:
    """Within, a stop signal sets ``stop`` and does nothing else: what runs looks at it many times a second.

    Main thread only. Further signals are harmless, so that an impatient second Ctrl-C cannot break the orderly end.
    """

    def handle(signal_number: int, frame: FrameType | None) -> None:
        stop.set()

    is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heeded = [number for number in STOP_SIGNALS if not (is_nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
