"""The shipper against a server that refuses, splits and dies, and the state it leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from loglynx.failures import CommandFailed, ServerRefused
from loglynx.shipping.shipment import RECORDS, Shipment, record_line, within_bounds
from loglynx.shipping.shipper import Shipper, pause_s
from loglynx.shipping.state import ShipState

URL = "http://here"


class Server:
    """Keeps each key's lines once; raises what it is told to, in turn (None: takes it)."""

    def __init__(self, *answers: Exception | None, refuses: bytes = b"\0") -> None:
        self.answers = list(answers)
        self.refuses = refuses
        self.kept: dict[str, list[bytes]] = {}
        self.asked: list[str] = []

    def push(self, body: bytes, stream: str, idempotency_key: str, kind: str = "text/plain") -> dict[str, Any]:
        self.asked.append(idempotency_key)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        if self.refuses in body:
            raise ServerRefused("cannot be read", status=422)
        lines = body.splitlines()
        self.kept.setdefault(idempotency_key, lines)
        return {"accepted": len(lines)}

    @property
    def lines(self) -> list[bytes]:
        return [line for lines in self.kept.values() for line in lines]


def away(status: int = 503, after_s: float | None = 0.0) -> ServerRefused:
    return ServerRefused("away", status=status, after_s=after_s)


def source(items: Iterable[Shipment | None]) -> Generator[Shipment | None, None, None]:
    yield from items


def shipment(*lines: bytes, **after: object) -> Shipment:
    return Shipment(lines, "app", after=after)


def run(path: Path, server: Server, *items: Shipment | None) -> Shipper:
    with ShipState.open(path, URL) as state:
        shipper = Shipper(server, state, threading.Event(), draw=lambda: 0.0)
        shipper.run(lambda: source(items))
    return shipper


def saved(path: Path) -> Any:
    return json.loads(path.read_text())


def test_positions_move_with_what_has_arrived(tmp_path: Path) -> None:
    path, server = tmp_path / "state.json", Server()
    run(path, server, shipment(b"a", x=1), None, shipment(b"b", x=2, y=1), Shipment((), "", after={"y": None}))
    assert server.lines == [b"a", b"b"]
    assert saved(path)["positions"] == {"x": 2}
    assert "pending" not in saved(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_overloaded_server_is_asked_again_under_the_same_key(tmp_path: Path) -> None:
    server = Server(away(), away(429), away(0, None), away(502))
    shipper = run(tmp_path / "s", server, shipment(b"a", x=1))
    assert server.lines == [b"a"]
    assert len(server.asked) == 5
    assert len(set(server.asked)) == 1
    assert shipper.shipped.retries == 4


def test_a_shipper_that_dies_after_sending_sends_the_same_push_again(tmp_path: Path) -> None:
    path = tmp_path / "s"

    class Dies(Server):
        def push(self, *arguments: Any, **options: Any) -> dict[str, Any]:
            super().push(*arguments, **options)
            raise KeyboardInterrupt

    first = Dies()
    with pytest.raises(KeyboardInterrupt), ShipState.open(path, URL) as state:
        Shipper(first, state, threading.Event()).run(
            lambda: source([Shipment((b"\xff", b""), "s", RECORDS, {"x": 1})])
        )
    second = Server()
    positions: list[Any] = []

    with ShipState.open(path, URL) as state:

        def open_source() -> Generator[Shipment | None, None, None]:
            positions.append(dict(state.positions))
            yield from []

        Shipper(second, state, threading.Event()).run(open_source)
    assert second.kept == first.kept
    assert positions == [{"x": 1}], "the source begins behind the push that has arrived"


def test_told_to_stop_while_the_server_is_away_it_keeps_the_push(tmp_path: Path) -> None:
    path, stop = tmp_path / "s", threading.Event()
    stop.set()
    with ShipState.open(path, URL) as state:
        Shipper(Server(away(0, None)), state, stop).run(lambda: source([shipment(b"a", x=1)]))
    assert saved(path)["pending"]["after"] == {"x": 1}
    assert saved(path)["positions"] == {}


def test_a_line_that_can_never_be_taken_is_left_out_and_counted(tmp_path: Path) -> None:
    server = Server(refuses=b"poison")
    shipper = run(tmp_path / "s", server, shipment(*(b"%d" % n for n in range(9)), b"poison", b"last", x=1))
    assert sorted(server.lines) == sorted([*(b"%d" % n for n in range(9)), b"last"])
    assert shipper.shipped.refused == 1
    assert saved(tmp_path / "s")["positions"] == {"x": 1}


def test_a_wrong_key_is_for_a_person(tmp_path: Path) -> None:
    with pytest.raises(ServerRefused):
        run(tmp_path / "s", Server(away(401)), shipment(b"a", x=1))


def test_a_state_is_for_one_shipper_and_one_server(tmp_path: Path) -> None:
    path = tmp_path / "s"
    run(path, Server(), shipment(b"a", x=1))
    with ShipState.open(path, URL), pytest.raises(CommandFailed, match="another shipper"), ShipState.open(path, URL):
        pass
    with pytest.raises(CommandFailed, match="http://here"), ShipState.open(path, "http://there"):
        pass
    path.write_text("{")
    with pytest.raises(CommandFailed, match="cannot be read"), ShipState.open(path, URL):
        pass


def test_pauses_grow_to_a_bound_and_are_never_shorter_than_asked_for() -> None:
    assert [pause_s(None, attempt, 1.0) for attempt in (1, 2, 3, 50)] == [0.5, 1.0, 2.0, 30.0]
    assert pause_s(None, 1, 0.0) == 0.25
    assert pause_s(5.0, 1, 0.0) == 5.0
    assert pause_s(900.0, 1, 1.0) == 45.0


def test_a_push_holds_so_many_lines_and_bytes_and_one_at_least() -> None:
    assert within_bounds([b"a"] * 5, max_lines=3) == 3
    assert within_bounds([b"aaaa"] * 5, max_bytes=11) == 2
    assert within_bounds([b"a" * 100], max_bytes=10) == 1
    assert within_bounds([]) == 0


def test_a_record_is_a_line_of_json_whatever_its_text() -> None:
    line = record_line("a\nb \ud800 连接", "s", 1_700_000_000_500_000_000, 3, "sshd")
    assert b"\n" not in line
    assert json.loads(line) == {
        "log": "a\nb \ud800 连接", "stream": "s", "time": 1_700_000_000.5, "level": 3, "logger": "sshd",
    }  # fmt: skip
