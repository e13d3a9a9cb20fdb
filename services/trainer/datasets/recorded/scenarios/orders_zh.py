"""Three applications that log in Chinese and call each other: orders (Python), payment (Java), messages (Node)."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, fill, small_disk, stop

PROGRAMS = ("java", "javac", "node", "redis-server", "/usr/share/java/logback-classic.jar")
PACKAGES = ("openjdk-17-jdk-headless", "nodejs", "redis-server", "liblogback-java")
_JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("logback-classic", "logback-core", "slf4j-api"))
_JAVA = ["java", "-Xmx40m", "-XX:-UsePerfData", "-cp", f"/srv/classes:{_JARS}:/opt/app"]
_BANK, _MESSAGES = 8201, 8202
_COMMANDS: dict[str, tuple[int, Sequence[str]]] = {
    "bank": (_BANK, ["/opt/venv/bin/python", "/opt/app/gateway_stub.py", str(_BANK)]),
    "messages": (_MESSAGES, ["/opt/venv/bin/python", "/opt/app/gateway_stub.py", str(_MESSAGES)]),
    "redis": (6379, ["redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", "/srv"]),
    "payment-zh": (
        8102,
        [*_JAVA, "PaymentService", "8102", "/srv/pay", str(_BANK)],
    ),
    "notification-zh": (
        8103,
        ["node", "/opt/app/notification_service_zh.mjs", "8103", str(_MESSAGES), "/srv/notify"],
    ),
    "order-zh": (8101, ["/opt/venv/bin/python", "-u", "/opt/app/order_service_zh.py", "8101", "/srv/orders"]),
}
_LOGGING = ("order-zh", "payment-zh", "notification-zh")


def play(lab: Lab) -> None:
    for place in ("orders", "pay", "notify"):
        small_disk(f"/srv/{place}", "6m")
    lab.run(
        ["javac", "-encoding", "UTF-8", "-cp", _JARS, "-d", "/srv/classes", "/opt/app/PaymentService.java"],
        timeout_s=90,
    )
    house = _House(lab)
    for name in _COMMANDS:
        house.start(name)
    faults = (
        house.cache_down, house.payment_down, house.bank_timeout, house.bank_down, house.messages_down,
        house.database_locked, house.disk_full, house.table_missing, house.memory_exhausted, house.bad_requests,
        house.port_conflict, house.permission_denied, house.overload, house.data_corruption, house.kill,
    )  # fmt: skip
    lab.live(house.everyday, 660, faults)


@dataclass(slots=True)
class _House:
    lab: Lab
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, wait_s: float = 12) -> None:
        port, command = _COMMANDS[name]
        env = {"LC_ALL": "C.UTF-8"}
        self.running[name] = self.lab.start(command, stream=name if name in _LOGGING else None, env=env)
        await_port(port, wait_s=wait_s)

    def _restart(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        stop(self.running[name], how)
        self.start(name)

    def everyday(self, steps: int) -> None:
        for step in range(1, steps + 1):
            self._shop()
            if step % 70 == 0:
                self._restart(_LOGGING[step // 70 % len(_LOGGING)])

    def _shop(self) -> None:
        rng = self.lab.rng
        item = rng.randrange(1, 200)
        if rng.random() < 0.55:
            self._ask("GET", 8101, f"/stock/{item}")
        else:
            self._order({"user": rng.randrange(1000, 1400), "item": item, "count": rng.choice([1, 1, 2, 3, 60])})
        self.lab.pause(0.012)

    def _order(self, body: Mapping[str, object] | str, path: str = "/orders") -> None:
        self._ask("POST", 8101, path, body if isinstance(body, str) else json.dumps(body))

    def _ask(self, method: str, port: int, path: str, body: str | None = None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request(method, path, body.encode() if body is not None else None)
            connection.getresponse().read()

    def _without(self, name: str, steps: int) -> None:
        stop(self.running[name], signal.SIGKILL)
        self.everyday(steps)
        self.start(name)
        self.everyday(4)

    def cache_down(self) -> None:
        self._without("redis", 60)

    def payment_down(self) -> None:
        self._without("payment-zh", 40)

    def bank_down(self) -> None:
        self._without("bank", 50)

    def messages_down(self) -> None:
        self._without("messages", 50)

    def bank_timeout(self) -> None:
        self.running["bank"].send_signal(signal.SIGSTOP)
        self.everyday(18)
        self.running["bank"].send_signal(signal.SIGCONT)

    def database_locked(self) -> None:
        with contextlib.closing(sqlite3.connect("/srv/orders/orders.db")) as store:
            store.execute("BEGIN EXCLUSIVE")
            self.everyday(20)
            store.rollback()

    def disk_full(self) -> None:
        fillers = [fill(f"/srv/{place}") for place in ("orders", "pay", "notify")]
        self.everyday(60)
        for filler in fillers:
            filler.unlink()

    def table_missing(self) -> None:
        with contextlib.closing(sqlite3.connect("/srv/orders/orders.db")) as store:
            store.execute("ALTER TABLE stock RENAME TO stock_old")
            self.everyday(30)
            store.execute("ALTER TABLE stock_old RENAME TO stock")

    def memory_exhausted(self) -> None:
        for _ in range(14):
            self._ask("GET", 8102, "/statement")
            self.everyday(2)
        self._restart("payment-zh", signal.SIGKILL)

    def bad_requests(self) -> None:
        for body in ("{}", "not json", '{"user": "x", "item": 1, "count": 1}', '{"user": 1}') * 8:
            self._order(body)
            self._ask("POST", 8102, "/pay", body)
            self._ask("POST", 8103, "/notify", body)

    def port_conflict(self) -> None:
        for name in _LOGGING:
            kept = self.running[name]
            self.start(name, wait_s=1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running[name].wait(6)
            self.running[name] = kept

    def permission_denied(self) -> None:
        """Root may write anywhere, so what is written to becomes a directory, and the rest read-only."""
        for path in (Path("/srv/pay/ledger.csv"), Path("/srv/notify/sent.log")):
            path.unlink(missing_ok=True)
            path.mkdir()
        self.lab.run(["mount", "-o", "remount,ro", "/srv/orders"])
        self.everyday(40)
        self.lab.run(["mount", "-o", "remount,rw", "/srv/orders"])
        for path in (Path("/srv/pay/ledger.csv"), Path("/srv/notify/sent.log")):
            path.rmdir()

    def overload(self) -> None:
        order = {"user": 1007, "item": 7, "count": 1}
        with ThreadPoolExecutor(40) as crowd:
            for _ in range(160):
                crowd.submit(self._order, order)

    def data_corruption(self) -> None:
        stop(self.running["order-zh"])
        path = Path("/srv/orders/orders.db")
        whole = path.read_bytes()
        path.write_bytes(whole[:2000] + b"\xee" * 9000 + whole[11000:])
        self.start("order-zh", 3)
        self.everyday(12)
        stop(self.running["order-zh"])
        path.unlink()
        self.start("order-zh")

    def kill(self) -> None:
        for name in _LOGGING:
            stop(self.running[name], signal.SIGKILL)
            self.everyday(8)
            self.start(name)
