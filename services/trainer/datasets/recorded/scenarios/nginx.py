"""nginx in front of a small application: pages, files, an API, uploads, bots; access and error log."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, children, fill, small_disk, stop

PROGRAMS = ("nginx",)
PACKAGES = ("nginx-light",)
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "curl/7.88.1",
    "python-requests/2.32.3",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
)
_SCANNED = (
    "/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.git/config", "/../../etc/passwd", "/admin.php?id=1'--",
    "/cgi-bin/luci", "/search?q=<script>alert(1)</script>", "/api/items?id=1 UNION SELECT password FROM users",
)  # fmt: skip
_CONFIG = """
worker_processes 2;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log info;
events {{ worker_connections {connections}; }}
http {{
  include /etc/nginx/mime.types;
  access_log /var/log/nginx/access.log combined;
  client_body_temp_path /srv/body; client_max_body_size 200k; client_body_buffer_size 8k;
  proxy_temp_path /srv/proxy; proxy_buffer_size 4k; proxy_buffers 4 4k;
  proxy_connect_timeout 1s; proxy_read_timeout 2s; keepalive_timeout 2s;
  limit_req_zone $binary_remote_addr zone=login:1m rate=20r/s;
  upstream app {{ server 127.0.0.1:8001 max_fails=0; }}
  server {{
    listen 127.0.0.1:80; server_name shop.example.com; root /srv/www;
    {extra}
    location /api/ {{ proxy_pass http://app; }}
    location /login {{ limit_req zone=login burst=5 nodelay; proxy_pass http://app; }}
    location /private/ {{ deny all; }}
  }}
}}
"""


def play(lab: Lab) -> None:
    small_disk("/srv", "8m")
    Path("/var/log/nginx").mkdir()
    for place in ("/srv/www/img", "/srv/www/private", "/var/lib/nginx"):
        Path(place).mkdir(parents=True, exist_ok=True)
    for number in range(12):
        Path(f"/srv/www/img/{number}.png").write_bytes(b"\x89PNG" + bytes(lab.rng.randrange(200, 9000)))
    for name in ("index.html", "about.html", "style.css", "app.js", "robots.txt"):
        Path("/srv/www", name).write_text(f"<p>{name}</p>" * lab.rng.randrange(10, 90))
    lab.watch("nginx-access", "/var/log/nginx/access.log")
    lab.watch("nginx-error", "/var/log/nginx/error.log")
    site = _Site(lab, _application(lab), _server(lab))
    faults = (
        site.upstream_down, site.upstream_slow, site.upstream_crash, site.disk_full, site.permission_denied,
        site.scan, site.login_flood, site.too_few_connections, site.configuration_error, site.port_conflict,
        site.kill_worker, site.file_limit,
    )  # fmt: skip
    lab.live(site.everyday, 2_600, faults)


def _application(lab: Lab) -> subprocess.Popen[bytes]:
    app = lab.start(["/opt/venv/bin/python", "/opt/app/shop_upstream.py", "8001"])
    await_port(8001)
    return app


def _server(lab: Lab, limits: str = "", extra: str = "", connections: int = 512) -> subprocess.Popen[bytes]:
    Path("/srv/nginx.conf").write_text(_CONFIG.format(extra=extra, connections=connections))
    server = lab.start(["nginx", "-c", "/srv/nginx.conf", "-g", "daemon off;"], limits=limits)
    await_port(80, wait_s=3)
    return server


@dataclass(slots=True)
class _Site:
    lab: Lab
    app: subprocess.Popen[bytes]
    server: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        for step in range(1, steps + 1):
            self._visit()
            if step % 900 == 0:
                self.server.send_signal(signal.SIGHUP)
            if step % 1_300 == 0:
                stop(self.server, signal.SIGQUIT)
                self.server = _server(self.lab)

    def _visit(self) -> None:
        rng = self.lab.rng
        choice, client = rng.random(), rng.choice(CLIENTS[:9])
        if choice < 0.35:
            path = rng.choice(["/", "/index.html", "/about.html", "/style.css", "/app.js", "/robots.txt"])
            self._ask("GET", path, client)
        elif choice < 0.55:
            self._ask("GET", f"/img/{rng.randrange(12)}.png", client)
        elif choice < 0.82:
            path = rng.choice(
                [f"/api/items/{rng.randrange(500)}", f"/api/items?page={rng.randrange(9)}", "/api/cart"]
            )
            self._ask("GET", path, client)
        elif choice < 0.92:
            self._ask("POST", "/api/orders", client, b"x" * rng.choice([40, 300, 9_000, 20_000]))
        elif choice < 0.95:
            self._ask("POST", "/login", client, b"user=x")
        elif choice < 0.97:
            self._ask("GET", rng.choice(["/favicon.ico", "/old.html", "/img/99.png"]), client)
        elif choice < 0.98:
            self._ask("DELETE", f"/api/orders/{rng.randrange(90)}", client)
        else:
            self._ask("HEAD", "/", client)
        self.lab.pause(0.004)

    def _ask(self, method: str, path: str, client: str, body: bytes | None = None, wait_s: float = 5) -> None:
        headers = {"User-Agent": self.lab.rng.choice(_AGENTS), "Host": "shop.example.com"}
        if self.lab.rng.random() < 0.9:
            headers["Connection"] = "close"
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=wait_s, source_address=(client, 0))
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request(method, quote(path, safe="/?&=.:"), body, headers)
            connection.getresponse().read()

    def _restart(self) -> None:
        stop(self.server)
        self.server = _server(self.lab)

    def upstream_down(self) -> None:
        stop(self.app, signal.SIGKILL)
        self.everyday(120)
        self.app = _application(self.lab)

    def upstream_slow(self) -> None:
        self.app.send_signal(signal.SIGSTOP)
        for _ in range(6):
            self._ask("GET", "/api/cart", CLIENTS[0])
            self._ask("GET", f"/api/items/{self.lab.rng.randrange(500)}", CLIENTS[1], wait_s=0.5)
        self.app.send_signal(signal.SIGCONT)

    def upstream_crash(self) -> None:
        for path in ("/api/crash", "/api/garbage", "/api/short", "/api/huge_header") * 8:
            self._ask("GET", path, self.lab.rng.choice(CLIENTS[:9]))
            self.everyday(1)

    def disk_full(self) -> None:
        filler = fill("/srv")
        for _ in range(25):
            self._ask("POST", "/api/orders", self.lab.rng.choice(CLIENTS[:9]), b"x" * 60_000)
            self._ask("GET", "/api/large", self.lab.rng.choice(CLIENTS[:9]))
            self.everyday(1)
        filler.unlink()

    def permission_denied(self) -> None:
        self.lab.run(["chmod", "0000", "/srv/www/img", "/srv/www/about.html"])
        self.everyday(60)
        for path in ("/private/report.html", "/img/"):
            self._ask("GET", path, CLIENTS[2])
        self.lab.run(["chmod", "0755", "/srv/www/img", "/srv/www/about.html"])

    def scan(self) -> None:
        for _ in range(6):
            for path in _SCANNED:
                self._ask(self.lab.rng.choice(["GET", "GET", "POST", "PROPFIND"]), path, CLIENTS[-1])
            self._ask("POST", "/api/orders", CLIENTS[-1], b"x" * 300_000)

    def login_flood(self) -> None:
        with ThreadPoolExecutor(8) as crowd:
            for _ in range(200):
                crowd.submit(self._ask, "POST", "/login", CLIENTS[-2], b"user=admin")

    def too_few_connections(self) -> None:
        stop(self.server)
        self.server = _server(self.lab, connections=8)
        with ThreadPoolExecutor(12) as crowd:
            for _ in range(80):
                crowd.submit(self._ask, "GET", "/api/cart", self.lab.rng.choice(CLIENTS[:9]))
        self._restart()

    def configuration_error(self) -> None:
        good = Path("/srv/nginx.conf").read_text()
        for spoiled in (
            "proxy_passs http://x;",
            "ssl_certificate /srv/none.pem;",
            "root /srv/a b;",
            "listen 127.0.0.1:xx;",
        ):
            Path("/srv/nginx.conf").write_text(_CONFIG.format(extra=spoiled, connections=512))
            self.server.send_signal(signal.SIGHUP)
            self.lab.pause(0.3)
        Path("/srv/nginx.conf").write_text(good)
        self.server.send_signal(signal.SIGHUP)

    def port_conflict(self) -> None:
        self.lab.run(["nginx", "-c", "/srv/nginx.conf", "-g", "daemon off; pid /run/second.pid;"], timeout_s=5)

    def kill_worker(self) -> None:
        for _ in range(4):
            for worker in children(self.server)[:1]:
                os.kill(worker, signal.SIGKILL)
            self.everyday(10)

    def file_limit(self) -> None:
        stop(self.server)
        self.server = _server(self.lab, limits="--nofile=14:14")
        with ThreadPoolExecutor(12) as crowd:
            for _ in range(80):
                crowd.submit(self._ask, "GET", f"/api/items/{self.lab.rng.randrange(9)}", CLIENTS[3])
        self._restart()
