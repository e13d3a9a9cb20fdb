"""haproxy before two servers, logging to syslog: balanced requests, health checks, reloads."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, stop
from services.trainer.datasets.recorded.scenarios.syslog import start_syslog

PROGRAMS = ("haproxy", "rsyslogd", "nc")
PACKAGES = ("haproxy", "rsyslog", "netcat-openbsd")
_CONFIG = """
global
  log /dev/log local0
  maxconn {maxconn}
defaults
  mode http
  log global
  option httplog
  option redispatch
  retries 2
  timeout connect 500ms
  timeout client 2s
  timeout server 1500ms
  timeout queue 800ms
frontend web
  bind 127.0.0.1:80
  {extra}
  acl is_api path_beg /api
  acl is_bad path_beg /.env /wp-
  http-request deny if is_bad
  use_backend api if is_api
  default_backend pages
backend api
  balance roundrobin
  option httpchk GET /health
  http-check expect status 200
  server api1 127.0.0.1:8001 check inter 700 fall 2 rise 2 maxconn 6
  server api2 127.0.0.1:8002 check inter 700 fall 2 rise 2 maxconn 6
backend pages
  server page1 127.0.0.1:8001 check inter 900
  server spare 127.0.0.1:8002 check inter 900 backup
"""


def play(lab: Lab) -> None:
    start_syslog(lab, "haproxy", "local0.*")
    apps = {port: _application(lab, port) for port in (8001, 8002)}
    balancer = _Balancer(lab, apps, _server(lab))
    faults = (
        balancer.one_server_down, balancer.all_servers_down, balancer.timeout, balancer.scan, balancer.overload,
        balancer.broken_answers, balancer.clients_gone, balancer.configuration_error, balancer.port_conflict,
        balancer.flapping, balancer.kill,
    )  # fmt: skip
    lab.live(balancer.everyday, 3_300, faults)


def _application(lab: Lab, port: int) -> subprocess.Popen[bytes]:
    app = lab.start(["/opt/venv/bin/python", "/opt/app/shop_upstream.py", str(port)])
    await_port(port)
    return app


def _server(lab: Lab, extra: str = "", maxconn: int = 200) -> subprocess.Popen[bytes]:
    Path("/srv/haproxy.cfg").write_text(_CONFIG.format(extra=extra, maxconn=maxconn))
    server = lab.start(["haproxy", "-W", "-f", "/srv/haproxy.cfg"], stream="haproxy-console")
    await_port(80, wait_s=4)
    return server


@dataclass(slots=True)
class _Balancer:
    lab: Lab
    apps: dict[int, subprocess.Popen[bytes]]
    server: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            choice, client = rng.random(), rng.choice(CLIENTS[:9])
            if choice < 0.55:
                self._ask("GET", rng.choice([f"/api/items/{rng.randrange(500)}", "/api/cart", "/api/items"]), client)
            elif choice < 0.85:
                self._ask("GET", rng.choice(["/", "/about", "/style.css", f"/img/{rng.randrange(30)}.png"]), client)
            elif choice < 0.97:
                self._ask("POST", rng.choice(["/api/orders", "/login"]), client, "x" * rng.randrange(10, 900))
            else:
                self._ask("HEAD", "/", client)
            self.lab.pause(0.003)
            if step % 700 == 0:
                self.server.send_signal(signal.SIGUSR2)
                self.lab.pause(0.5)

    def _ask(self, method: str, path: str, client: str, body: str | None = None, wait_s: float = 4) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=wait_s, source_address=(client, 0))
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request(method, path, body, {"Host": "shop.example.com"})
            connection.getresponse().read()

    def _crowd(self, count: int, path: str, wait_s: float = 4) -> None:
        with ThreadPoolExecutor(30) as crowd:
            for _ in range(count):
                crowd.submit(self._ask, "GET", path, self.lab.rng.choice(CLIENTS), None, wait_s)

    def one_server_down(self) -> None:
        for port in (8001, 8002):
            stop(self.apps[port], signal.SIGKILL)
            self.everyday(80)
            self.lab.pause(2)
            self.apps[port] = _application(self.lab, port)
            self.lab.pause(2)

    def all_servers_down(self) -> None:
        for port in self.apps:
            stop(self.apps[port], signal.SIGKILL)
        self.everyday(120)
        self.lab.pause(2)
        self.everyday(40)
        for port in self.apps:
            self.apps[port] = _application(self.lab, port)
        self.lab.pause(3)

    def timeout(self) -> None:
        for app in self.apps.values():
            app.send_signal(signal.SIGSTOP)
        self._crowd(60, "/api/cart")
        self.lab.pause(2)
        for app in self.apps.values():
            app.send_signal(signal.SIGCONT)
        self.lab.pause(3)

    def flapping(self) -> None:
        for _ in range(5):
            self.apps[8002].send_signal(signal.SIGSTOP)
            self.everyday(4)
            self.lab.pause(2)
            self.apps[8002].send_signal(signal.SIGCONT)
            self.lab.pause(2)
        self.lab.pause(2)

    def scan(self) -> None:
        for path in (
            "/.env",
            "/wp-login.php",
            "/wp-admin/setup.php",
            "/.env.bak",
            "/phpinfo.php",
            "/api/../admin",
        ) * 8:
            self._ask(self.lab.rng.choice(["GET", "POST", "TRACE"]), path, CLIENTS[-1])
        for words in ("GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/1.1\r\nHost: a b\r\nX y: 1\r\n\r\n") * 6:
            self.lab.run(["nc", "-w", "1", "-s", CLIENTS[-1], "127.0.0.1", "80"], feed=words, timeout_s=2)

    def overload(self) -> None:
        stop(self.server)
        self.server = _server(self.lab, maxconn=4)
        self._crowd(250, "/api/cart", wait_s=0.3)
        stop(self.server)
        self.server = _server(self.lab)

    def broken_answers(self) -> None:
        for path in ("/api/crash", "/api/garbage", "/api/short", "/api/huge_header") * 15:
            self._ask("GET", path, self.lab.rng.choice(CLIENTS[:9]))

    def clients_gone(self) -> None:
        for words in ("POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc", "GET /api/la") * 8:
            self.lab.run(["timeout", "-s", "KILL", "0.4", "nc", "127.0.0.1", "80"], feed=words, timeout_s=2)
        self._crowd(20, "/api/large", wait_s=0.001)
        self.lab.pause(2.5)

    def configuration_error(self) -> None:
        good = Path("/srv/haproxy.cfg").read_text()
        for spoiled in (
            "bnd 127.0.0.1:81",
            "default_backend nowhere",
            "timeout client ten",
            "bind 127.0.0.1:82 ssl crt /x",
        ):
            Path("/srv/haproxy.cfg").write_text(_CONFIG.format(extra=spoiled, maxconn=50))
            self.server.send_signal(signal.SIGUSR2)
            self.lab.pause(0.7)
        Path("/srv/haproxy.cfg").write_text(good)
        stop(self.server)
        self.server = _server(self.lab)

    def port_conflict(self) -> None:
        stop(self.server)
        squatter = self.lab.start(["nc", "-l", "-k", "-s", "127.0.0.1", "-p", "80"])
        self.lab.pause(0.3)
        _server(self.lab)
        stop(squatter)
        self.server = _server(self.lab)

    def kill(self) -> None:
        for _ in range(3):
            stop(self.server, signal.SIGKILL)
            self.lab.pause(0.5)
            self.server = _server(self.lab)
            self.everyday(10)
