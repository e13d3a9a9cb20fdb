"""Containers of an engine that is made up: they come, go, break off and come back; each line once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from loglynx.failures import CommandFailed
from loglynx.shipping import docker_source
from loglynx.shipping.docker_engine import Container, EngineAway, stream_of_container
from loglynx.shipping.docker_lines import PIECE_BYTES, DockerLines, Place
from loglynx.shipping.docker_source import DockerSource

T0 = 1_700_000_000_000_000_000


def stamped(at_ns: int, text: bytes) -> bytes:
    moment = datetime.fromtimestamp(at_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{at_ns % 10**9:09d}Z ".encode() + text


class Engine:
    """Logs in memory; following waits for more, as the real one does."""

    def __init__(self) -> None:
        self.there: dict[str, Container] = {}
        self.pieces: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
        self.is_away = False
        self.breaks_after: int | None = None
        self.asked: list[tuple[str, str, int]] = []

    def add(self, name: str, **more: Any) -> Container:
        self.there[name] = Container(id=name, name=name, life="1", **more)
        return self.there[name]

    def say(self, name: str, *texts: bytes, pipe: str = "stdout", at_ns: int = 0, step: int = 1000) -> None:
        log = self.pieces.setdefault((name, pipe), [])
        for number, text in enumerate(texts):
            log.append(((at_ns or T0 + len(log) * step) if not at_ns else at_ns + number * step, text))

    def end(self, name: str) -> None:
        self.there[name] = replace(self.there[name], is_running=False, life="1 ended")

    def containers(self, labels: list[str]) -> list[Container]:
        if self.is_away:
            raise EngineAway("away")
        return [c for c in self.there.values() if all(f"{k}={v}" in labels for k, v in c.labels.items() if labels)]

    def log(self, container: Container, pipe: str, since_s: int, is_following: bool) -> Any:
        if self.is_away:
            raise EngineAway("away")
        self.asked.append((container.id, pipe, since_s))
        return _Log(self, container.id, pipe, since_s, is_following)

    def wait_for_start(self) -> None:
        time.sleep(0.02)


class _Log:
    def __init__(self, engine: Engine, name: str, pipe: str, since_s: int, is_following: bool) -> None:
        self.engine, self.name, self.pipe, self.since_s, self.is_following = engine, name, pipe, since_s, is_following
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        at = sent = 0
        while not self.is_closed:
            pieces = self.engine.pieces.get((self.name, self.pipe), [])
            for at_ns, text in pieces[at:]:
                at += 1
                if at_ns // 10**9 >= self.since_s:
                    sent += 1
                    if self.engine.breaks_after is not None and sent > self.engine.breaks_after:
                        raise EngineAway("broke off")
                    yield stamped(at_ns, text)
            container = self.engine.there.get(self.name)
            if not self.is_following or container is None or not container.is_running or self.engine.is_away:
                return
            time.sleep(0.005)

    def close(self) -> None:
        self.is_closed = True


class Run:
    """A source and what it shipped: (stream, text) in order; positions as a state would hold them."""

    def __init__(self, engine: Engine, positions: dict[str, Any] | None = None, **options: Any) -> None:
        self.positions = {} if positions is None else positions
        self.records: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self.stop = threading.Event()
        source = DockerSource(
            engine, self.positions, self.stop, options.pop("labels", []), warn=self.warnings.append, **options
        )
        self.shipments = source.shipments()

    def until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        for shipment in self.shipments:
            assert time.monotonic() < deadline, self.records
            if shipment is not None:
                for line in shipment.lines:
                    record = json.loads(line)
                    self.records.append((record["stream"], record["log"]))
                for name, position in shipment.after.items():
                    self.positions.pop(name, None) if position is None else self.positions.update({name: position})
            if is_true():
                return

    def until_lines(self, count: int) -> list[str]:
        self.until(lambda: len(self.records) >= count)
        return [text for _, text in self.records]

    def close(self) -> None:
        self.shipments.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_source, "LOOK_S", 0.05)
    monkeypatch.setattr(docker_source, "AGAIN_S", 0.05)
    monkeypatch.setattr("loglynx.shipping.inbox.GATHER_S", 0.02)
    monkeypatch.setattr("loglynx.shipping.inbox.IDLE_S", 0.02)


def test_what_was_said_before_is_shipped_and_what_is_said_then() -> None:
    engine = Engine()
    engine.add("web")
    engine.say("web", b"one\n", b"two\n")
    engine.say("web", b"trouble\n", pipe="stderr")
    run = Run(engine)
    run.until_lines(3)
    engine.say("web", b"three\n")
    assert sorted(run.until_lines(4)) == ["one", "three", "trouble", "two"]
    run.close()


def test_each_line_once_over_a_restart_though_the_engine_repeats_whole_seconds() -> None:
    engine = Engine()
    engine.add("web")
    engine.say("web", *(b"line %d\n" % number for number in range(500)))
    first = Run(engine)
    first.until_lines(500)
    first.close()
    engine.say("web", *(b"line %d\n" % number for number in range(500, 700)))
    second = Run(engine, first.positions)
    second.until_lines(200)
    second.close()
    texts = [text for _, text in first.records + second.records]
    assert texts == [f"line {number}" for number in range(700)]
    assert ("web", "stdout", T0 // 10**9) in engine.asked, "not from the beginning"


def test_lines_with_one_stamp_are_told_by_their_number() -> None:
    engine = Engine()
    engine.add("web")
    engine.say("web", b"a\n", b"a\n", b"b\n", at_ns=T0, step=0)
    first = Run(engine)
    first.until_lines(3)
    first.close()
    engine.say("web", b"a\n", at_ns=T0)
    second = Run(engine, first.positions)
    assert second.until_lines(1) == ["a"]
    second.close()


def test_an_engine_that_breaks_off_and_goes_away_costs_nothing() -> None:
    engine = Engine()
    engine.add("web")
    engine.breaks_after = 150
    engine.say("web", *(b"line %d\n" % number for number in range(1000)), step=10**8)
    run = Run(engine)
    run.until_lines(300)
    engine.is_away = True
    run.until(lambda: "away" in run.warnings)
    engine.is_away = False
    engine.breaks_after = None
    assert run.until_lines(1000) == [f"line {number}" for number in range(1000)]
    run.close()


def test_containers_come_and_go() -> None:
    engine = Engine()
    engine.add("old")
    engine.say("old", b"bye\n", b"without end")
    run = Run(engine)
    run.until_lines(1)
    engine.end("old")
    engine.add("new", labels={"loglynx.stream": "shop"})
    engine.say("new", b"hello\n")
    engine.add("silenced", labels={"loglynx.ship": "false"})
    engine.say("silenced", b"nobody hears\n")
    run.until_lines(3)
    assert sorted(run.records) == [("old", "bye"), ("old", "without end"), ("shop", "hello")]
    assert any("old" in name for name in run.positions)
    del engine.there["old"]
    run.until(lambda: not any("old" in name for name in run.positions))
    run.close()


def test_a_container_that_starts_again_is_read_on() -> None:
    engine = Engine()
    container = engine.add("web")
    engine.say("web", b"one\n")
    run = Run(engine)
    run.until_lines(1)
    engine.end("web")
    time.sleep(0.2)
    engine.say("web", b"two\n")
    engine.there["web"] = replace(container, life="2")
    assert run.until_lines(2) == ["one", "two"]
    run.close()


def test_once_ends_and_says_when_there_is_no_engine() -> None:
    engine = Engine()
    engine.add("web")
    engine.say("web", *(b"%d\n" % number for number in range(3000)))
    run = Run(engine, is_once=True)
    run.until(lambda: False)
    assert len(run.records) == 3000
    engine.is_away = True
    with pytest.raises(CommandFailed):
        Run(engine, is_once=True).until(lambda: False)


def test_only_what_is_said_from_now_on() -> None:
    engine = Engine()
    engine.add("web")
    engine.say("web", b"before\n")
    run = Run(engine, is_from_now=True)
    run.until(lambda: len(engine.asked) > 1)
    engine.say("web", b"after\n", at_ns=time.time_ns())
    assert run.until_lines(1) == ["after"]
    run.close()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_long_lines_are_put_together(is_terminal: bool) -> None:
    long = b"x" * PIECE_BYTES
    lines = DockerLines(Place(), is_terminal)
    pieces = [stamped(T0, long), stamped(T0 + 1, long), stamped(T0 + 2, b"end\n"), stamped(T0 + 3, b"next\n")]
    if is_terminal:
        whole = b"".join(pieces).replace(b"\n", b"\r\n")
        pieces = [whole[at : at + 1000] for at in range(0, len(whole), 1000)]
    found = [line for piece in pieces for line in lines.feed(piece)]
    assert [line.text for line in found] == [long + long + b"end", b"next"]
    assert found[0].at_ns == T0
    again = DockerLines(found[0].place, is_terminal)
    repeated = [line.text for piece in pieces for line in again.feed(piece)]
    assert repeated == [b"next"]


def test_a_clock_that_is_set_back_hides_nothing() -> None:
    lines = DockerLines(Place(T0, 1), False)
    pieces = [stamped(T0, b"shipped\n"), stamped(T0 + 5, b"a\n"), stamped(T0 - 10**12, b"b\n")]
    assert [line.text for piece in pieces for line in lines.feed(piece)] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("labels", "stream"),
    [
        ({"loglynx.stream": "mine", "com.docker.compose.service": "web"}, "mine"),
        ({"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}, "shop/web"),
        ({"com.docker.swarm.service.name": "shop_web"}, "shop_web"),
        ({"io.kubernetes.container.name": "web", "io.kubernetes.pod.namespace": "shop"}, "shop/web"),
        ({}, "web-1"),
    ],
)
def test_the_stream_outlives_the_container(labels: dict[str, str], stream: str) -> None:
    assert stream_of_container(Container("id", "web-1", labels)) == stream
