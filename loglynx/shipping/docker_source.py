"""The logs of containers, found as they come and go; each line once, over restarts of either side.

One thread reads each pipe of each container and waits while the inbox is full. A pipe's Place moves with the lines
that were shipped; a pipe that broke, or whose container starts again, is read on from there. The engine that is away
is asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

from loglynx.failures import CommandFailed
from loglynx.shipping.docker_engine import SHIP_LABEL, Container, Engine, EngineAway, Log, stream_of_container
from loglynx.shipping.docker_lines import DockerLines, Line, Place
from loglynx.shipping.inbox import Arrived, Inbox, shipments_of
from loglynx.shipping.shipment import Shipment, record_line
from shared.core.decoding import decode_bytes

LOOK_S = 2.0
AGAIN_S = 5.0
EVENTS_AGAIN_S = 5.0
PREFIX = "docker:"


class DockerSource:
    """``labels`` all have to match; ``is_from_now``: without positions, only what containers say from now on."""

    def __init__(
        self,
        engine: Engine,
        positions: Mapping[str, Any],
        stop: threading.Event,
        labels: list[str],
        is_from_now: bool = False,
        is_once: bool = False,
        warn: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._engine = engine
        self._places = {name: Place(*value) for name, value in positions.items() if name.startswith(PREFIX)}
        self._since_s = int(time.time()) if is_from_now and not self._places else 0
        self._stop = stop
        self._labels = labels
        self._is_once = is_once
        self._warn = warn
        self._warned: set[str] = set()
        self._away = ""
        self._inbox = Inbox()
        self._open: dict[str, Log | None] = {}  # pipes being read; None while their log is being asked for
        self._ended: dict[str, str] = {}  # pipe -> the life of its container that was read to the end
        self._again_s: dict[str, float] = {}  # pipe -> when to try again
        self._forgotten: dict[str, None] = {}
        self._wake = threading.Event()
        self._lock = threading.Lock()

    def shipments(self) -> Generator[Shipment | None, None, None]:
        """Endless, but for ``is_once``."""
        self._look()
        looking = threading.Thread(target=self._keep_looking, daemon=True)
        if not self._is_once:
            looking.start()
            threading.Thread(target=self._hear_events, daemon=True).start()
        try:
            for shipment in shipments_of(self._inbox, "docker", self._is_over):
                yield shipment
                if shipment is None and self._forgotten:
                    with self._lock:
                        forgotten, self._forgotten = self._forgotten, {}
                    yield Shipment((), "", after=forgotten)
        finally:
            self._stop.set()
            self._wake.set()
            self._inbox.close()
            with self._lock:
                logs = [log for log in self._open.values() if log is not None]
            for log in logs:
                log.close()

    def _is_over(self) -> bool:
        with self._lock:
            return self._stop.is_set() or (self._is_once and not self._open)

    def _keep_looking(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(LOOK_S)
            self._wake.clear()
            self._look()

    def _hear_events(self) -> None:
        """A container that lives for less than LOOK_S is seen all the same."""
        while not self._stop.is_set():
            try:
                self._engine.wait_for_start()
                self._wake.set()
            except EngineAway:
                self._stop.wait(EVENTS_AGAIN_S)

    def _look(self) -> None:
        """Read every pipe that is not read and may have more."""
        try:
            containers = self._engine.containers(self._labels)
        except EngineAway as error:
            if self._is_once:
                raise CommandFailed(
                    str(error), "is it running, and may this user talk to it? see DOCKER_HOST"
                ) from error
            self._away = str(error)
            self._warn_once(self._away)
            return
        self._warned.discard(self._away)
        present: set[str] = set()
        for container in containers:
            if container.labels.get(SHIP_LABEL, "").lower() in ("false", "no", "0"):
                continue
            for pipe in ("terminal",) if container.is_terminal else ("stdout", "stderr"):
                name = f"{PREFIX}{container.id}:{pipe}"
                present.add(name)
                with self._lock:
                    is_read = name in self._open or self._ended.get(name) == container.life
                    if is_read or time.monotonic() < self._again_s.get(name, 0.0):
                        continue
                    self._open[name] = None
                threading.Thread(target=self._read, args=(name, container, pipe), daemon=True).start()
        with self._lock:
            for name in [name for name in self._places if name not in present and name not in self._open]:
                del self._places[name]
                self._ended.pop(name, None)
                self._forgotten[name] = None

    def _read(self, name: str, container: Container, pipe: str) -> None:
        try:
            self._read_log(name, container, pipe)
            if not container.is_running or self._is_once:
                self._ended[name] = container.life
        except EngineAway as error:
            self._warn_once(str(error))
            self._again_s[name] = time.monotonic() + AGAIN_S
        finally:
            with self._lock:
                self._open.pop(name, None)

    def _read_log(self, name: str, container: Container, pipe: str) -> None:
        place = self._places.get(name, Place())
        lines = DockerLines(place, container.is_terminal)
        since_s = place.at_ns // 1_000_000_000 or self._since_s
        log = self._engine.log(container, pipe, since_s, container.is_running and not self._is_once)
        with self._lock:
            self._open[name] = log
        try:
            for piece in log:
                if self._stop.is_set() or not all(self._put(name, container, line) for line in lines.feed(piece)):
                    return
            if self._is_at_end(container):
                for line in lines.rest():
                    self._put(name, container, line)
        finally:
            log.close()

    def _is_at_end(self, container: Container) -> bool:
        """Whether nothing more can come: a stream that broke may end in the middle of a line."""
        if not container.is_running or self._is_once:
            return True
        try:
            return all(found.id != container.id for found in self._engine.containers(self._labels))
        except EngineAway:
            return False

    def _put(self, name: str, container: Container, line: Line) -> bool:
        stream = stream_of_container(container)
        record = record_line(decode_bytes(line.text), stream, line.at_ns)
        is_taken = self._inbox.put(Arrived(record, name, list(line.place), stream))
        if is_taken:
            self._places[name] = line.place
        return is_taken

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self._warn(text)
