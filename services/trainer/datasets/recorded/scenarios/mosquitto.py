"""mosquitto, an MQTT broker: sensors publish, displays subscribe, one bridge to a second broker."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, fill, small_disk, stop

PROGRAMS = ("mosquitto", "mosquitto_pub", "mosquitto_sub", "mosquitto_passwd", "nc")
PACKAGES = ("mosquitto", "mosquitto-clients", "netcat-openbsd")
_DATA = Path("/var/lib/mosquitto")
_CONFIG = """
listener 1883 127.0.0.1
allow_anonymous false
password_file /srv/passwords
acl_file /srv/acl
persistence true
persistence_location /var/lib/mosquitto/
autosave_interval 5
log_type all
log_timestamp_format %Y-%m-%dT%H:%M:%S
max_inflight_messages 4
max_queued_messages 10
connection upstream
address 127.0.0.1:1884
topic alarm/# out 1
restart_timeout 2
cleansession false
remote_clientid hall-broker
"""


def play(lab: Lab) -> None:
    small_disk(_DATA, "1m")
    lab.run(["chown", "mosquitto", _DATA])
    Path("/srv/acl").write_text("user sensor\ntopic write room/#\ntopic write alarm/#\nuser display\ntopic read #\n")
    Path("/srv/passwords").touch()
    for user in ("sensor", "display"):
        lab.run(["mosquitto_passwd", "-b", "/srv/passwords", user, user])
    lab.run(["chmod", "0644", "/srv/passwords", "/srv/acl"])
    Path("/srv/upstream.conf").write_text("listener 1884 127.0.0.1\nallow_anonymous true\n")
    house = _House(lab, lab.start(["mosquitto", "-c", "/srv/upstream.conf"]), _broker(lab))
    faults = (
        house.wrong_password, house.not_allowed, house.upstream_down, house.clients_lost, house.port_scan,
        house.slow_subscriber, house.disk_full, house.configuration_error, house.port_conflict, house.kill,
        house.data_corruption,
    )  # fmt: skip
    lab.live(house.everyday, 320, faults)


def _broker(lab: Lab, extra: str = "") -> subprocess.Popen[bytes]:
    Path("/srv/broker.conf").write_text(_CONFIG + extra)
    broker = lab.start(["mosquitto", "-c", "/srv/broker.conf"], stream="mosquitto", user="mosquitto")
    await_port(1883, wait_s=4)
    return broker


@dataclass(slots=True)
class _House:
    lab: Lab
    upstream: subprocess.Popen[bytes]
    broker: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            room, choice = rng.randrange(1, 9), rng.random()
            if choice < 0.7:
                self._publish(
                    f"room/{room}/temperature", f"{rng.uniform(15, 28):.1f}", f"sensor-{room}", rng.choice("012")
                )
            elif choice < 0.78:
                self._publish(f"alarm/{room}", "smoke", f"sensor-{room}", "1")
            elif choice < 0.95:
                topic = rng.choice(["room/#", "alarm/#", f"room/{room}/+"])
                self._subscribe(topic, f"display-{room}", rng.choice(["1", "0"]))
            else:
                self._publish(f"room/{room}/state", "on", f"sensor-{room}", "1", "-r")
            if step % 100 == 0:
                stop(self.broker)
                self.broker = _broker(self.lab)
            if step % 70 == 0:
                self.broker.send_signal(signal.SIGHUP)

    def _publish(self, topic: str, text: str, name: str, qos: str, *more: str, as_guess: bool = False) -> None:
        words = [
            "mosquitto_pub",
            "-u",
            "sensor",
            "-P",
            "guess" if as_guess else "sensor",
            "-i",
            name,
            "-t",
            topic,
            "-m",
            text,
            "-q",
            qos,
        ]
        self.lab.run([*words, *more], timeout_s=4)

    def _subscribe(self, topic: str, name: str, wait_s: str) -> None:
        words = ["mosquitto_sub", "-u", "display", "-P", "display", "-i", name, "-t", topic, "-W", wait_s or "1"]
        self.lab.start([*words, "-q", "1", "-c"])

    def wrong_password(self) -> None:
        for number in range(60):
            self._publish("room/1/x", "1", f"bot-{number % 3}", "0", as_guess=True)

    def not_allowed(self) -> None:
        for number in range(40):
            self._publish(self.lab.rng.choice(["admin/reboot", "door/1/open"]), "1", f"sensor-{number % 4}", "1")

    def upstream_down(self) -> None:
        stop(self.upstream, signal.SIGKILL)
        for _ in range(4):
            self.everyday(12)
            self.lab.pause(1.5)
        self.upstream = self.lab.start(["mosquitto", "-c", "/srv/upstream.conf"])
        self.lab.pause(3)

    def clients_lost(self) -> None:
        for number in range(12):
            words = [
                "mosquitto_sub",
                "-u",
                "display",
                "-P",
                "display",
                "-i",
                f"display-{number}",
                "-t",
                "#",
                "-k",
                "5",
            ]
            client = self.lab.start(words)
            twin = self.lab.start(words)
            self.lab.pause(0.3)
            stop(client, signal.SIGKILL)
            stop(twin, signal.SIGKILL)
        frozen = self.lab.start(
            ["mosquitto_sub", "-u", "display", "-P", "display", "-i", "display-f", "-t", "#", "-k", "5"]
        )
        self.lab.pause(0.5)
        frozen.send_signal(signal.SIGSTOP)
        self.lab.run(["sleep", "9"])
        stop(frozen, signal.SIGKILL)

    def port_scan(self) -> None:
        for words in ("GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\xa5", "\x10\x0c\x00\x04MQTX\x04", "\x00" * 60) * 8:
            self.lab.run(["nc", "-w", "1", "127.0.0.1", "1883"], feed=words, timeout_s=2)

    def slow_subscriber(self) -> None:
        words = ["mosquitto_sub", "-u", "display", "-P", "display", "-i", "display-slow", "-t", "#", "-q", "1", "-c"]
        slow = self.lab.start(words)
        self.lab.pause(0.4)
        slow.send_signal(signal.SIGSTOP)
        for number in range(30):
            self._publish("room/1/log", "x" * 9000, f"sensor-{number % 5}", "1")
        stop(slow, signal.SIGKILL)

    def disk_full(self) -> None:
        filler = fill(_DATA)
        for _ in range(3):
            self.everyday(10)
            self.broker.send_signal(signal.SIGUSR1)
        filler.unlink()

    def configuration_error(self) -> None:
        for spoiled in (
            "max_inflght_messages 4\n",
            "listener abc\n",
            "password_file /srv/none\n",
            "acl_file /srv/none\n",
        ):
            stop(self.broker)
            self.broker = _broker(self.lab, spoiled)
        stop(self.broker)
        self.broker = _broker(self.lab)

    def port_conflict(self) -> None:
        self.lab.run(["mosquitto", "-c", "/srv/broker.conf"], stream="mosquitto", user="mosquitto", timeout_s=3)

    def kill(self) -> None:
        for _ in range(4):
            stop(self.broker, signal.SIGKILL)
            self.broker = _broker(self.lab)
            self.everyday(6)

    def data_corruption(self) -> None:
        stop(self.broker)
        store = _DATA / "mosquitto.db"
        for spoiled in (store.read_bytes()[:60], b"not a database at all", b""):
            store.write_bytes(spoiled)
            self.broker = _broker(self.lab)
            stop(self.broker, signal.SIGKILL)
        store.unlink()
        self.broker = _broker(self.lab)
