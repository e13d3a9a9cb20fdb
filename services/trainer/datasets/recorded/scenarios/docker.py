"""A Docker engine of a small shop: containers that come, work and go, health checks, restarts of the engine.

Images are made on the spot of a static busybox, for there is no registry; containers have no network.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, children, fill, small_disk, stop

PROGRAMS = ("dockerd", "docker", "containerd", "runc", "busybox")
PACKAGES = ("docker.io", "busybox-static")
_DATA = Path("/var/lib/docker")
_SETTINGS = Path("/srv/daemon.json")
_IMAGES = ("shop/web:1.4", "shop/cart:2.0", "shop/mailer:0.9", "shop/report:3.1")
_ENDLESS = "trap 'exit 0' TERM; while true; do busybox sleep 0.2; done"


def play(lab: Lab) -> None:
    small_disk(_DATA, "160m")
    small_disk("/var/lib/containerd", "64m")
    engine = _Engine(lab, _daemon(lab))
    engine.make_images()
    faults = (
        engine.out_of_memory, engine.command_missing, engine.registry_gone, engine.unhealthy, engine.restart_loop,
        engine.disk_full, engine.configuration_error, engine.second_engine, engine.containerd_killed,
        engine.bad_requests, engine.kill, engine.data_corruption,
    )  # fmt: skip
    lab.live(engine.everyday, 160, faults)


def _daemon(lab: Lab, **settings: object) -> subprocess.Popen[bytes]:
    usual = {"storage-driver": "vfs", "bridge": "none", "iptables": False, "ip6tables": False, "live-restore": True}
    _SETTINGS.write_text(json.dumps(usual | settings))
    engine = lab.start(["dockerd", "--config-file", _SETTINGS], stream="dockerd")
    end = time.monotonic() + 15
    while time.monotonic() < end and engine.poll() is None and "Server Version" not in lab.run(["docker", "info"]):
        time.sleep(0.3)
    return engine


@dataclass(slots=True)
class _Engine:
    lab: Lab
    daemon: subprocess.Popen[bytes]
    number: int = 0

    def make_images(self) -> None:
        root = Path("/srv/root/bin")
        root.mkdir(parents=True)
        for name in ("busybox", "sh"):
            self.lab.run(["cp", "/bin/busybox", root / name])
        for image in _IMAGES:
            self.lab.run(["sh", "-c", f"tar -C /srv/root -c . | docker import - {image}"])

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            choice = rng.random()
            if choice < 0.5:
                self._job(f"busybox sleep {rng.uniform(0.1, 0.6):.1f}; exit {int(rng.random() < 0.05)}")
            elif choice < 0.7:
                name = self._service("")
                self.lab.pause(0.5)
                self._docker("exec", name, "busybox", "uptime")
                self._docker("stop", "--time", "2", name)
                self._docker("rm", name)
            elif choice < 0.85:
                self._docker(rng.choice(["ps", "images", "version", "stats"]), *(["--no-stream"] * (choice > 0.84)))
            elif choice < 0.93:
                self._docker("inspect", f"gone-{rng.randrange(9)}")
            else:
                name = self._service("--health-cmd 'exit 0' --health-interval 1s")
                self.lab.pause(1.2)
                self._docker("rm", "--force", name)
            self.lab.pause(0.05)
            if step % 50 == 0:
                self._restart()

    def _docker(self, *words: str, timeout_s: float = 12) -> str:
        return self.lab.run(["docker", *words], timeout_s=timeout_s)

    def _name(self) -> str:
        self.number += 1
        return f"{self.lab.rng.choice(['web', 'cart', 'mailer', 'report'])}-{self.number}"

    def _job(self, script: str, *options: str) -> str:
        image = self.lab.rng.choice(_IMAGES)
        return self._docker(
            "run", "--rm", "--network", "none", "--name", self._name(), *options, image, "sh", "-c", script
        )

    def _service(self, options: str, script: str = _ENDLESS) -> str:
        name = self._name()
        image = self.lab.rng.choice(_IMAGES)
        command = f'docker run --detach --network none --name {name} {options} {image} sh -c "{script}"'
        self.lab.run(["sh", "-c", command])
        return name

    def _restart(self) -> None:
        stop(self.daemon)
        self.daemon = _daemon(self.lab)

    def _revive(self) -> None:
        if self.daemon.poll() is not None:
            self.daemon = _daemon(self.lab)
        left = self._docker("ps", "--all", "--quiet").split()
        if left and "rror" not in left:
            self._docker("rm", "--force", *left)
        self.everyday(4)

    def out_of_memory(self) -> None:
        for _ in range(5):
            self._job("x=x; while true; do x=$x$x$x; done", "--memory", "6m", "--memory-swap", "6m")
            self.everyday(1)

    def command_missing(self) -> None:
        for program in ("/app/serve", "gunicorn", "/bin", "java"):
            self._docker("run", "--network", "none", "--name", self._name(), _IMAGES[0], program)
        self._docker("run", "--network", "none", "--workdir", "/bin/sh", "--name", self._name(), _IMAGES[1], "sh")

    def registry_gone(self) -> None:
        for image in ("registry.shop.example/web:1.5", "registry.shop.example:5000/cart:2.1", "shop/none:1"):
            self._docker("pull", image)
            self._docker("push", image)

    def unhealthy(self) -> None:
        names = [self._service("--health-cmd 'exit 1' --health-interval 1s --health-retries 2") for _ in range(2)]
        names.append(self._service("--health-cmd 'busybox sleep 9' --health-interval 1s --health-timeout 1s"))
        self.lab.pause(6)
        self._docker("stop", "--time", "1", *names)

    def restart_loop(self) -> None:
        names = [self._service("--restart always", "busybox sleep 0.2; exit 3") for _ in range(3)]
        self.lab.pause(8)
        self._docker("rm", "--force", *names)

    def disk_full(self) -> None:
        filler = fill(_DATA)
        for _ in range(5):
            self._job("echo hello")
        self._docker("tag", _IMAGES[0], "shop/web:full")
        self.lab.run(["sh", "-c", "tar -C /srv/root -c . | docker import - shop/new:1"])
        filler.unlink()
        self._revive()

    def configuration_error(self) -> None:
        stop(self.daemon)
        for settings in (
            {"storage-driver": "overlay9"}, {"log-driver": "carrier-pigeon"}, {"default-ulimits": 7},
            {"hosts": ["tcp://203.0.113.5:2375"]}, {"no-such-setting": True}, {"data-root": "/proc/docker"},
        ):  # fmt: skip
            failed = _daemon(self.lab, **settings)
            if failed.poll() is None:
                stop(failed)
        self.daemon = _daemon(self.lab)

    def second_engine(self) -> None:
        for _ in range(2):
            self.lab.run(["dockerd", "--config-file", _SETTINGS], stream="dockerd", timeout_s=8)

    def containerd_killed(self) -> None:
        for _ in range(2):
            self._service("")
            self.lab.run(["sh", "-c", f"kill -9 {' '.join(map(str, children(self.daemon)))}"])
            self._job("echo hello")
            self.lab.pause(2)
        self._revive()

    def bad_requests(self) -> None:
        for path in ("/v1.41/containers/json?limit=x", "/v1.41/nothing", "/v0.1/info", "/v1.41/containers/none/logs"):
            self.lab.run(["python3", "-c", _REQUEST, "GET", path, ""])
        for body in ("{", '{"Image": "shop/none:1"}', '{"Image": "shop/web:1.4", "HostConfig": {"Memory": 1}}'):
            self.lab.run(["python3", "-c", _REQUEST, "POST", "/v1.41/containers/create", body])
        self._docker("run", "--rm", "--memory", "1k", _IMAGES[0], "sh")
        self._docker("run", "--rm", "--volume", "/no:/no:xx", _IMAGES[0], "sh")

    def kill(self) -> None:
        for _ in range(2):
            self._service("--restart always")
            stop(self.daemon, signal.SIGKILL)
            self.lab.pause(1)
            self._revive()

    def data_corruption(self) -> None:
        self._service("")
        stop(self.daemon, signal.SIGKILL)
        for spoiled in ("containers/*/config.v2.json", "image/vfs/repositories.json", "containers/*/hostconfig.json"):
            for path in _DATA.glob(spoiled):
                path.write_bytes(path.read_bytes()[:40] + b"\0")
        self.daemon = _daemon(self.lab)
        self._job("echo hello")
        stop(self.daemon)


_REQUEST = """
import socket, sys
method, path, body = sys.argv[1:]
with socket.socket(socket.AF_UNIX) as client:
    client.connect("/var/run/docker.sock")
    head = [f"{method} {path} HTTP/1.0", "Host: d", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    client.sendall("\\r\\n".join([*head, "", body]).encode())
    client.recv(65536)
"""
