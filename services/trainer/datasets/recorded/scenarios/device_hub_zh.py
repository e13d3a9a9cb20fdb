"""A gateway of devices that logs in Chinese: connections that come and go, readings, heartbeats, a cache."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, fill, small_disk, stop

PROGRAMS = ("redis-server",)
PACKAGES = ("redis-server",)
_DATA = Path("/srv/readings")
_HUB = ["/opt/venv/bin/python", "-u", "/opt/app/device_hub_zh.py", "9000", str(_DATA)]
_CACHE = ["redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", "/srv"]
_USUAL = {"温度": (-5.0, 45.0), "电压": (205.0, 240.0), "湿度": (20.0, 90.0)}


def play(lab: Lab) -> None:
    small_disk(_DATA, "8m")
    cache = lab.start(_CACHE)
    await_port(6379)
    plant = _Plant(lab, cache, _hub(lab))
    faults = (
        plant.cache_down, plant.cache_hangs, plant.disk_full, plant.permission_denied, plant.network_lost,
        plant.bad_frames, plant.strangers, plant.sensor_failure, plant.too_many_connections, plant.port_conflict,
        plant.duplicate_devices, plant.kill,
    )  # fmt: skip
    lab.live(plant.everyday, 1_900, faults)


def _hub(lab: Lab, limits: str = "") -> subprocess.Popen[bytes]:
    hub = lab.start(_HUB, stream="device-hub-zh", limits=limits)
    await_port(9000, wait_s=6)
    return hub


def _frame(number: int, kind: str, value: float) -> bytes:
    head = f"{number},{kind},{value:.1f}"
    return f"{head},{sum(head.encode()) % 256}\n".encode()


@dataclass(slots=True)
class _Plant:
    lab: Lab
    cache: subprocess.Popen[bytes]
    hub: subprocess.Popen[bytes]
    devices: dict[str, tuple[socket.socket, int]] = field(default_factory=dict)

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            device = f"DEV-{rng.randrange(1, 25):04d}"
            if device not in self.devices:
                self._connect(device)
            elif rng.random() < 0.04:
                self.devices.pop(device)[0].close()
            else:
                for _ in range(rng.randrange(1, 9)):
                    kind = rng.choice(list(_USUAL))
                    low, high = _USUAL[kind]
                    self._report(device, kind, rng.uniform(low, high) if rng.random() > 0.004 else 300.0)
            self.lab.pause(0.02)
            if step % 420 == 0:
                self._restart()

    def _connect(self, device: str) -> socket.socket | None:
        with contextlib.suppress(OSError):
            address = (self.lab.rng.choice(CLIENTS[:9]), 0)
            connection = socket.create_connection(("127.0.0.1", 9000), 1, address)
            connection.sendall(f"{device}\n".encode())
            self.devices[device] = (connection, 0)
            return connection
        return None

    def _report(self, device: str, kind: str, value: float, spoiled: bytes | None = None) -> None:
        connection, number = self.devices.get(device, (None, 0))
        if connection is None:
            return
        try:
            connection.sendall(spoiled if spoiled is not None else _frame(number, kind, value))
            self.devices[device] = (connection, number + 1)
        except OSError:
            self.devices.pop(device)[0].close()

    def _restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        stop(self.hub, how)
        for connection, _ in self.devices.values():
            connection.close()
        self.devices.clear()
        self.hub = _hub(self.lab)

    def cache_down(self) -> None:
        stop(self.cache, signal.SIGKILL)
        self.everyday(60)
        self._restart()
        self.everyday(20)
        self.cache = self.lab.start(_CACHE)
        await_port(6379)

    def cache_hangs(self) -> None:
        self.cache.send_signal(signal.SIGSTOP)
        self.everyday(80)
        self.cache.send_signal(signal.SIGCONT)
        self.lab.pause(1)

    def disk_full(self) -> None:
        filler = fill(_DATA)
        self.everyday(250)
        filler.unlink()
        self.lab.run(["sleep", "1.2"])

    def permission_denied(self) -> None:
        self.lab.run(["mount", "-o", "remount,ro", _DATA])
        self.everyday(250)
        self.lab.run(["mount", "-o", "remount,rw", _DATA])
        self.lab.run(["sleep", "1.2"])

    def network_lost(self) -> None:
        for number in range(1, 16):
            self._connect(f"DEV-{number:04d}")
        self.lab.run(["sleep", "4"])
        self.devices.clear()

    def bad_frames(self) -> None:
        device = "DEV-0099"
        for spoiled in (
            b"1,\xe6\xb8\xa9\xe5\xba\xa6,20.0,1\n",
            b"hello\n",
            b"x,\xe6\xb9\xbf\xe5\xba\xa6,1,2\n",
            b"\xff\xfe\x00\n",
        ) * 12:
            if device not in self.devices:
                self._connect(device)
            self._report(device, "", 0, spoiled)
            self.everyday(1)

    def strangers(self) -> None:
        for words in (b"GET / HTTP/1.1\r\n\r\n", b"admin\n", b"\x16\x03\x01\n", b"") * 8:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", 9000), 1, (CLIENTS[-1], 0)) as stranger,
            ):
                stranger.sendall(words)
                self.everyday(1)
        self.lab.run(["sleep", "2.5"])

    def sensor_failure(self) -> None:
        self._connect("DEV-0007")
        for number in range(60):
            self._report(
                "DEV-0007", self.lab.rng.choice(list(_USUAL)), self.lab.rng.choice([999.9, -273.0, 85.0 + number])
            )
            self.everyday(1)

    def too_many_connections(self) -> None:
        stop(self.hub)
        self.devices.clear()
        self.hub = _hub(self.lab, limits="--nofile=40:40")
        held = [self._connect(f"DEV-{number:04d}") for number in range(100, 150)]
        self.everyday(20)
        self.lab.run(["sleep", "1.5"])
        for connection in held:
            if connection is not None:
                connection.close()
        self._restart()

    def port_conflict(self) -> None:
        for _ in range(2):
            self.lab.run(_HUB, stream="device-hub-zh", timeout_s=6)

    def duplicate_devices(self) -> None:
        for number in range(24):
            first, second = self._connect(f"DEV-{number % 6 + 1:04d}"), self._connect(f"DEV-{number % 6 + 1:04d}")
            self.everyday(2)
            for connection in (first, second):
                if connection is not None:
                    connection.close()

    def kill(self) -> None:
        for _ in range(3):
            self._restart(signal.SIGKILL)
            self.everyday(15)
