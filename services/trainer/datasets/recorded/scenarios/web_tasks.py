"""A Python web application as many run it: FastAPI under uvicorn, two rq workers, Redis between them."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, children, fill, small_disk, stop

PROGRAMS = ("redis-server",)
PACKAGES = ("redis-server",)
_PICTURES = Path("/srv/pictures")
_COMMANDS = {
    "redis": ["redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", "/srv"],
    "web-uvicorn": ["/opt/venv/bin/uvicorn", "--app-dir", "/opt/app", "--port", "8300", "web_tasks:app"],
    "worker-rq": ["/opt/venv/bin/rq", "worker", "pictures", "--path", "/opt/app", "--url", "redis://127.0.0.1:6379"],
}


def play(lab: Lab) -> None:
    small_disk(_PICTURES, "60m")
    site = _Site(lab)
    for name in _COMMANDS:
        site.start(name)
    faults = (
        site.queue_down, site.disk_full, site.job_timeout, site.bad_requests, site.worker_killed, site.pictures_gone,
        site.permission_denied, site.port_conflict, site.wrong_password, site.memory_exhausted, site.kill,
    )  # fmt: skip
    lab.live(site.everyday, 1_150, faults)


@dataclass(slots=True)
class _Site:
    lab: Lab
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, limits: str = "", wait_s: float = 15) -> None:
        stream = None if name == "redis" else name
        env = {"PICTURES": str(_PICTURES), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.running[name] = self.lab.start(_COMMANDS[name], stream=stream, env=env, limits=limits)
        if name != "worker-rq":
            await_port(6379 if name == "redis" else 8300, wait_s=wait_s)

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            name, choice = f"{rng.choice(['cat', 'dog', 'tree', 'city'])}-{rng.randrange(90)}.png", rng.random()
            if choice < 0.12:
                self._ask("POST", "/pictures", {"name": name, "width": rng.choice([80, 200, 640]), "owner": step})
            elif choice < 0.8:
                self._ask("GET", f"/pictures/{name}")
            elif choice < 0.9:
                self._ask("GET", "/health")
            elif choice < 0.97:
                self._ask("GET", f"/report/{rng.choice(['mean', 'largest'])}")
            else:
                self._ask("POST", "/pictures", {"name": name})
            self.lab.pause(0.05)
            if step % 300 == 0:
                self._restart(rng.choice(["web-uvicorn", "worker-rq"]))

        self._drain()

    def _drain(self) -> None:
        """Wait for the workers, so that what one phase asked for is not logged in the next."""
        for _ in range(60):
            left = self.lab.run(["redis-cli", "llen", "rq:queue:pictures"]).strip().removeprefix("(integer) ")
            if not left.isdigit() or left == "0":
                break
            self.lab.pause(0.3)
        self.lab.run(["sleep", "1"])

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", 8300, timeout=8)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            connection.getresponse().read()

    def _restart(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        stop(self.running[name], how)
        self.start(name)

    def _revive(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)
        self.everyday(6)

    def queue_down(self) -> None:
        stop(self.running["redis"], signal.SIGKILL)
        self.everyday(60)
        self.lab.pause(1)
        self._revive()

    def disk_full(self) -> None:
        filler = fill(_PICTURES)
        self.everyday(60)
        filler.unlink()

    def job_timeout(self) -> None:
        for number in range(5):
            self._ask("POST", "/pictures", {"name": f"huge-{number}.png", "width": 900_000})
            self.everyday(3)
        self._drain()

    def bad_requests(self) -> None:
        for body in ({"name": "a.png", "width": -1}, {"name": "../../etc/x/y", "width": 9}, {"width": "x"}) * 6:
            self._ask("POST", "/pictures", body)
            self._ask("GET", "/report/median")
            self._ask("GET", "/admin/../../etc/passwd")
        self._drain()

    def worker_killed(self) -> None:
        for number in range(5):
            self._ask("POST", "/pictures", {"name": f"slow-{number}.png", "width": 150_000})
            self.lab.pause(0.8)
            with contextlib.suppress(OSError, IndexError):
                self.lab.run(["kill", "-9", str(children(self.running["worker-rq"])[-1])])
            self.everyday(3)
        self._restart("worker-rq", signal.SIGKILL)

    def pictures_gone(self) -> None:
        for _ in range(3):
            for number in range(5):
                self._ask("POST", "/pictures", {"name": f"lost-{number}.png", "width": 200})
            stop(self.running["worker-rq"], signal.SIGKILL)
            for path in _PICTURES.iterdir():
                path.unlink()
            self.start("worker-rq")
            self._drain()

    def permission_denied(self) -> None:
        self.lab.run(["mount", "-o", "remount,ro", _PICTURES])
        self.everyday(40)
        self.lab.run(["mount", "-o", "remount,rw", _PICTURES])

    def port_conflict(self) -> None:
        kept = self.running["web-uvicorn"]
        self.start("web-uvicorn", wait_s=1)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.running["web-uvicorn"].wait(15)
        self.running["web-uvicorn"] = kept

    def wrong_password(self) -> None:
        self.lab.run(["redis-cli", "config", "set", "requirepass", "s3cret"])
        self.lab.run(["redis-cli", "-a", "s3cret", "client", "kill", "type", "normal"])
        self.everyday(30)
        self._restart("worker-rq")
        self.lab.pause(2)
        self.lab.run(["redis-cli", "-a", "s3cret", "config", "set", "requirepass", ""])
        self._revive()

    def memory_exhausted(self) -> None:
        self.lab.run(["redis-cli", "config", "set", "maxmemory", "1kb"])
        self.everyday(40)
        self.lab.run(["redis-cli", "config", "set", "maxmemory", "0"])
        self._revive()

    def kill(self) -> None:
        for name in ("web-uvicorn", "worker-rq"):
            self._restart(name, signal.SIGKILL)
            self.everyday(8)
