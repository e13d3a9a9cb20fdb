"""Syslog, GELF and Forward as real clients send them, against a real front door and a real Redis."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import logging.handlers
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgpack
import pytest
from shipper_recordings import Payload, payloads_beside
from stored_lines import stored_blocks, stored_events, stored_lines

from shared.core.records import Level

RECORDED = {"docker": ("stderr line", "user login id=1"), "fluent": ("hi",)}  # what those clients were made to say
PORTS = ("syslog_tcp_port", "syslog_udp_port", "gelf_tcp_port", "gelf_udp_port", "forward_port")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def listening(start_ingest: Any, redis_servers: Any) -> Callable[..., Any]:
    """``listening(**settings)``: Redis, the front door, and its ports by name."""

    def start(**settings: object) -> Any:
        server = redis_servers()
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        return server, start_ingest(server.url, **ports, **settings), ports

    return start


def wait_for(url: str, count: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while stored_events(url) < count:
        assert time.monotonic() < deadline, f"{stored_events(url)} of {count}"
        time.sleep(0.05)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def port_for(payload: Payload, ports: dict[str, int]) -> int:
    protocol = next(name for name in ("syslog", "gelf", "flu") if name in payload.client)
    return ports["forward_port" if protocol == "flu" else f"{protocol}_{payload.transport}_port"]


@pytest.mark.parametrize("client", sorted({payload.client for payload in payloads_beside()}))
def test_recorded_payloads_of_a_client_are_stored_whole(listening: Any, client: str) -> None:
    server, _, ports = listening()
    sent = [payload for payload in payloads_beside() if payload.client == client]
    for payload in sent:
        if payload.transport == "udp":
            with socket.socket(type=socket.SOCK_DGRAM) as connection:
                connection.sendto(payload.body, ("127.0.0.1", port_for(payload, ports)))
        else:
            with connected(port_for(payload, ports)) as connection:
                connection.sendall(payload.body)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b""
    wait_for(server.url, len(sent))
    time.sleep(0.3)
    stored = "\n".join(line for lines in stored_lines(server.url).values() for line in lines)
    for message in RECORDED[client.partition("-")[0]]:
        assert stored.count(message) == 1, stored


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_handler_of_the_standard_library(listening: Any, kind: socket.SocketKind) -> None:
    server, _, ports = listening()
    port = ports["syslog_tcp_port" if kind == socket.SOCK_STREAM else "syslog_udp_port"]
    handler = logging.handlers.SysLogHandler(("127.0.0.1", port), socktype=kind)
    handler.setFormatter(logging.Formatter("shop[%(process)d]: %(message)s"))
    logger = logging.getLogger(f"of-the-test-{kind}")
    logger.propagate = False
    logger.addHandler(handler)
    for number in range(500):
        logger.error("order %d not paid\n  for a reason", number)
        if kind == socket.SOCK_DGRAM and number % 50 == 0:
            time.sleep(0.02)
    handler.close()
    logger.removeHandler(handler)
    wait_for(server.url, 500)
    (entries,) = [entries for stream, entries in stored_blocks(server.url).items() if stream == "shop"]
    texts = [text for entry in entries for text in entry.block.texts]
    assert len(texts) == 500
    assert [text.partition(": ")[2] for text in texts][7] == "order 7 not paid\n  for a reason"
    assert texts[7].startswith("<11>shop[")


@pytest.mark.skipif(shutil.which("logger") is None, reason="util-linux's logger is not installed")
@pytest.mark.parametrize(
    "options", [["--tcp"], ["--tcp", "--octet-count"], ["--tcp", "--rfc3164"], ["--udp"], ["--udp", "--rfc3164"]]
)
def test_logger_of_util_linux(listening: Any, options: list[str]) -> None:
    server, _, ports = listening()
    port = ports["syslog_tcp_port" if "--tcp" in options else "syslog_udp_port"]
    command = ["logger", "--server", "127.0.0.1", "--port", str(port), "--tag", "backup", "--priority", "daemon.err"]
    lines = [f"订单 {number} done" for number in range(50)]
    subprocess.run([*command, *options], input="\n".join(lines) + "\n", text=True, check=True, timeout=30)
    wait_for(server.url, 50)
    stored = stored_lines(server.url)
    assert list(stored) == ["backup"]
    assert [text[-len(line) :] for text, line in zip(stored["backup"], lines, strict=True)] == lines


def test_syslog_sender_waits_while_redis_is_away_and_loses_nothing(listening: Any) -> None:
    server, _, ports = listening()
    with connected(ports["syslog_tcp_port"]) as sender:
        sender.sendall(b"".join(b"<13>app[1]: before %d\n" % number for number in range(100)))
        wait_for(server.url, 100)
        server.kill()
        sender.sendall(b"".join(b"<13>app[1]: during %d\n" % number for number in range(100)))
        time.sleep(2)
        server.start()
        sender.sendall(b"<13>app[1]: after\n")
    wait_for(server.url, 201)
    texts = stored_lines(server.url)["app"]
    assert len(texts) == len(set(texts)) == 201
    assert texts[-1] == "<13>app[1]: after"


def test_gelf_over_udp_whole_chunked_and_packed_and_over_tcp(listening: Any) -> None:
    server, ingest, ports = listening()

    def message(text: str, **more: object) -> bytes:
        return json.dumps({"version": "1.1", "host": "box", "short_message": text, "level": 3} | more).encode()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", ports["gelf_udp_port"]))
        sender.send(message("plain", _container_name="/shop"))
        sender.send(gzip.compress(message("packed")))
        whole = gzip.compress(message("chunked", full_message="chunked\n" + "\n".join(map(str, range(3000)))))
        pieces = [whole[at : at + 1000] for at in range(0, len(whole), 1000)]
        for place in reversed(range(len(pieces))):
            sender.send(b"\x1e\x0f" + b"12345678" + bytes([place, len(pieces)]) + pieces[place])
        sender.send(b"nonsense")
        wait_for(server.url, 3)
    with connected(ports["gelf_tcp_port"]) as sender:
        sender.sendall(message("one", _container_name="/shop") + b"\0nonsense\0" + message("two") + b"\0")
    wait_for(server.url, 5)
    blocks = stored_blocks(server.url)
    assert {entry.block.levels[0] for entry in blocks["shop"]} == {int(Level.ERROR)}
    texts = stored_lines(server.url) or {}
    first_lines = sorted(t.partition("\n")[0] for es in blocks.values() for e in es for t in e.block.texts)
    assert first_lines == ["chunked", "one", "packed", "plain", "two"]
    assert set(blocks) == {"shop", "box"}, texts
    metrics = httpx.get(f"{ingest.url}/metrics").text
    assert 'loglynx_listener_records_total{listener="gelf_udp",outcome="bad_body"} 1.0' in metrics
    assert 'loglynx_listener_records_total{listener="gelf_tcp",outcome="bad_body"} 1.0' in metrics


def packed(*lines: str) -> bytes:
    at = msgpack.ExtType(0, struct.pack(">II", 1_700_000_000, 5))
    return b"".join(msgpack.packb([at, {"log": line}]) for line in lines)


def answer(sender: socket.socket) -> Any:
    unpacker = msgpack.Unpacker()
    while data := sender.recv(4096):
        unpacker.feed(data)
        for value in unpacker:
            return value
    return None


def test_forward_modes_and_acknowledgement_only_when_stored(listening: Any) -> None:
    server, _, ports = listening()
    with connected(ports["forward_port"]) as sender:
        sender.sendall(msgpack.packb(["app", 1_700_000_000, {"log": "message"}]))
        sender.sendall(msgpack.packb(["app", packed("packed 1", "packed 2"), {"chunk": "c1"}]))
        assert answer(sender) == {"ack": "c1"}
        assert stored_events(server.url) == 3
        sender.sendall(msgpack.packb(["app", gzip.compress(packed("zipped")), {"chunk": "c2", "compressed": "gzip"}]))
        assert answer(sender) == {"ack": "c2"}
        server.kill()
        sender.sendall(msgpack.packb(["app", packed("while it is away"), {"chunk": "c3"}]))
        sender.settimeout(1.5)
        with pytest.raises(TimeoutError):
            answer(sender)
        server.start()
        sender.settimeout(20)
        assert answer(sender) == {"ack": "c3"}
    with connected(ports["forward_port"]) as sender:  # the client did not get the answer, and sends again
        sender.sendall(msgpack.packb(["app", packed("while it is away"), {"chunk": "c3"}]))
        assert answer(sender) == {"ack": "c3"}
    assert stored_lines(server.url) == {"app": ["message", "packed 1", "packed 2", "zipped", "while it is away"]}


@pytest.mark.parametrize("shared_key", ["the right key", "a wrong key"])
def test_forward_with_a_shared_key(listening: Any, shared_key: str) -> None:
    server, _, ports = listening(forward_shared_key="the right key")
    with connected(ports["forward_port"]) as sender:
        kind, options = answer(sender)
        assert kind == "HELO"
        proof = hashlib.sha512(b"salt" + b"client" + options["nonce"] + shared_key.encode()).hexdigest()
        sender.sendall(msgpack.packb(["PING", "client", b"salt", proof, "", ""]))
        pong = answer(sender)
        assert pong[:2] == ["PONG", shared_key == "the right key"]
        if not pong[1]:
            assert sender.recv(10) == b""
            return
        expected = hashlib.sha512(b"salt" + pong[3].encode() + options["nonce"] + shared_key.encode()).hexdigest()
        assert pong[4] == expected
        sender.sendall(msgpack.packb(["app", packed("let in"), {"chunk": "c"}]))
        assert answer(sender) == {"ack": "c"}
    assert stored_lines(server.url) == {"app": ["let in"]}


def test_connections_are_bounded_and_garbage_does_no_harm(listening: Any) -> None:
    _, ingest, ports = listening(listeners_max_connections=2, listeners_idle_s=2)
    first, second = connected(ports["forward_port"]), connected(ports["forward_port"])
    time.sleep(0.3)
    with connected(ports["forward_port"]) as third:
        assert third.recv(1) == b"", "one too many"
    assert first.recv(1) == b"", "silent for too long"
    second.close()
    time.sleep(0.3)
    for garbage in (
        b"\xc1",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x93\xa1a\xc4\x05abcde\x80",
        b"\xdd\xff\xff\xff\xff" * 3,
        b"\xc7\xff" * 99,
    ):
        with connected(ports["forward_port"]) as sender:
            sender.sendall(garbage)
            sender.shutdown(socket.SHUT_WR)
            sender.recv(100)
        time.sleep(0.1)
    with connected(ports["forward_port"]) as sender:
        sender.sendall(msgpack.packb(["app", packed("still here"), {"chunk": "c"}]))
        assert answer(sender) == {"ack": "c"}
    metrics = httpx.get(f"{ingest.url}/metrics").text
    assert 'listener="forward_tcp",outcome="too_many_connections"} 1.0' in metrics
    assert "unplanned" not in ingest.log.read_text()
    first.close()


def test_what_was_received_is_stored_before_the_end_and_a_taken_port_stops_the_start(
    listening: Any, start_ingest: Any
) -> None:
    server, ingest, ports = listening()
    with pytest.raises(RuntimeError, match="address already in use"):
        start_ingest(server.url, syslog_tcp_port=ports["syslog_tcp_port"])
    with connected(ports["syslog_tcp_port"]) as sender:
        sender.sendall(b"<13>app[1]: the last line\n")
        time.sleep(0.3)
        ingest.process.terminate()
        ingest.process.wait(20)
    assert stored_lines(server.url) == {"app": ["<13>app[1]: the last line"]}
