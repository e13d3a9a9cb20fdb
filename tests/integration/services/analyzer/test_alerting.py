"""Alerts: signed, masked, at most one for each change, never to a forbidden address."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flag_builders import among_calm
from redis import Redis
from stub_openai import StubServer
from told_clock import Clock

from services.analyzer.alerting import MAX_TRIES, Alerter
from services.analyzer.analyze import AnalyzeDue, AnalyzeOptions
from services.analyzer.llm.bounded_http import HttpLimits
from services.analyzer.llm.openai_compatible import OpenAICompatible, OpenAIOptions
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.webhook import AddressRefused, Delivery, Webhook, allowed_addresses, is_allowed
from shared.core.records import Flag, Severity
from shared.store import keyspace
from shared.store.alerts import AlertQueue
from shared.store.flags import FlagInbox
from shared.store.incidents import Incidents, IncidentState

SECRET = "a-secret-of-enough-length"
REFUSED = "ERROR cart - connection refused: 10.3.4.5:6379 password=hunter2"
Put = Callable[[Flag], str]


class Sink:
    """Receives alerts; answers with ``statuses``, one per request, the last one stays. 0: closes without an answer."""

    def __init__(self) -> None:
        self.statuses, self.received = [200], []  # type: ignore[var-annotated]
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.received.append((dict(self.headers), body))
                status = sink.statuses.pop(0) if len(sink.statuses) > 1 else sink.statuses[0]
                if not status:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        self.url = f"http://localhost:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.close()


def rig(redis: Redis, clock: Clock, url: str, model: LanguageModel | None = None) -> AnalyzeDue:
    incidents = Incidents(redis)
    alerter = Alerter(AlertQueue(redis), incidents, Webhook(url, deadline_s=3.0), SECRET)
    return AnalyzeDue(FlagInbox(redis), incidents, model, alerter, AnalyzeOptions(deadline_s=5.0), clock)


def test_one_signed_alert_per_change(redis_client: Redis, clock: Clock, put_flag: Put, sink: Sink) -> None:
    due = rig(redis_client, clock, sink.url)
    for first in range(0, 20, 4):
        put_flag(among_calm(REFUSED, first_seq=first))
    for _ in range(3):
        due()
    ((headers, body),) = sink.received
    stamp, digest = (part.split("=", 1)[1] for part in headers["X-Loglynx-Signature"].split(","))
    assert digest == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    alert = json.loads(body)
    assert (alert["change"], alert["incident"]["count"], alert["analysis"]["category"]) == (
        "opened",
        5,
        "connection_failure",
    )
    assert headers["X-Loglynx-Alert"] == alert["alert_id"]
    assert b"hunter2" not in body
    put_flag(among_calm(REFUSED, first_seq=40, severity=Severity.CRITICAL))
    due()
    assert [json.loads(body)["change"] for _, body in sink.received] == ["opened", "escalated"]


def test_muted_benign_and_minor_incidents_do_not_alert(
    redis_client: Redis, clock: Clock, put_flag: Put, sink: Sink
) -> None:
    due = rig(redis_client, clock, sink.url)
    put_flag(among_calm("INFO job - finished with 0 errors", severity=Severity.CRITICAL))
    put_flag(among_calm("INFO zed - quux entered phase four", stream="b", reasons=("new_template",)))
    due()
    assert sink.received == []
    put_flag(among_calm(REFUSED, stream="c"))
    due.attach_due()
    (incident,) = [i for i in Incidents(redis_client).latest() if i.stream == "c"]
    Incidents(redis_client).set_state(incident.incident_id, IncidentState.MUTED, clock())
    due()
    assert sink.received == []


def test_refusal_by_overload_is_sent_again_and_anything_else_is_not(
    redis_client: Redis, clock: Clock, put_flag: Put, sink: Sink
) -> None:
    due = rig(redis_client, clock, sink.url)
    sink.statuses = [503, 429, 200]
    put_flag(among_calm(REFUSED))
    for _ in range(6):
        due()
        clock.now += 60_000
    assert len(sink.received) == 3
    assert len({headers["X-Loglynx-Alert"] for headers, _ in sink.received}) == 1
    for status in (500, 302, 400, 0):
        sink.received.clear()
        sink.statuses = [status]
        put_flag(among_calm(REFUSED, stream=f"s{status}"))
        for _ in range(3):
            due()
            clock.now += 60_000
        assert len(sink.received) == 1, status


def test_an_alert_taken_by_a_worker_that_dies_is_not_sent_twice(
    redis_client: Redis, clock: Clock, put_flag: Put, sink: Sink
) -> None:
    due = rig(redis_client, clock, sink.url)
    put_flag(among_calm(REFUSED))
    due.attach_due()
    (alert,) = AlertQueue(redis_client).take(clock(), 10)  # and then it is killed
    redis_client.zadd(keyspace.ALERTS_DUE, {alert.alert_id: 1})  # however it may come to be due again
    clock.now += 10**7
    due()
    assert sink.received == []


def test_nobody_listening_is_tried_again_and_ends(redis_client: Redis, clock: Clock, put_flag: Put) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    due = rig(redis_client, clock, f"http://127.0.0.1:{port}/hook")
    put_flag(among_calm(REFUSED))
    taken = 0
    for _ in range(MAX_TRIES + 5):
        due.attach_due()
        taken += due.deliver_due()
        clock.now += 3_600_000
    assert taken == MAX_TRIES


def test_alert_waits_for_the_model_but_not_for_ever(
    redis_client: Redis, clock: Clock, put_flag: Put, sink: Sink, stub: StubServer
) -> None:
    model = OpenAICompatible(OpenAIOptions(stub.url, "m", limits=HttpLimits(tries=1, max_wait_s=0.05)))
    due = rig(redis_client, clock, sink.url, model)
    put_flag(among_calm(REFUSED))
    due()
    assert [json.loads(body)["analysis"]["engine"] for _, body in sink.received] == ["openai"]
    stub.behaviours = ["500"]
    put_flag(among_calm(REFUSED.replace("10.3.4.5", "10.3.4.6"), stream="b"))
    due()
    assert len(sink.received) == 1
    clock.now += 46_000
    due()
    assert json.loads(sink.received[1][1])["analysis"]["degraded"] is True


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.0.1", "100.100.100.200", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254",
     "0.0.0.0", "::", "224.0.0.1", "ff02::1", "2002:a9fe:a9fe::1", "192.0.0.192"],
)  # fmt: skip
def test_forbidden_addresses(address: str) -> None:
    assert not is_allowed(address)
    with pytest.raises(AddressRefused):
        allowed_addresses(["10.0.0.1", address])


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.7.9", "203.0.113.7", "2001:db8::1"])
def test_allowed_addresses(address: str) -> None:
    assert allowed_addresses([address, address]) == [address]


def test_an_address_that_nobody_answers_at_does_not_keep_an_alert_from_the_next(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on most machines: localhost is ::1 first, and the receiver listens on 127.0.0.1."""
    port = int(sink.url.rsplit(":", 1)[1].split("/")[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]

    async def resolve(*_: object, **__: object) -> list[object]:
        return list(found)

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", resolve)
    assert Webhook(sink.url, deadline_s=3.0).post(b"{}", {}) is Delivery.SENT
    assert len(sink.received) == 1


@pytest.mark.parametrize(
    "url", ["ftp://h/x", "file:///etc/passwd", "http://", "http://u:p@h/x", "gopher://h", "h/x", "http:///x"]
)
def test_urls_that_are_refused_at_once(url: str) -> None:
    with pytest.raises(AddressRefused):
        Webhook(url)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/", "http://[::ffff:a9fe:a9fe]/", "http://2852039166/x"]
)
def test_metadata_address_is_refused_however_it_is_written(url: str) -> None:
    assert Webhook(url, deadline_s=3.0).post(b"{}", {}) is Delivery.REFUSED
