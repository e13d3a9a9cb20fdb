"""Everyday life of the small shop under systemd, and how a unit is tried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from services.trainer.datasets.recorded.scenarios.systemd_machine import Machine
from services.trainer.datasets.recorded.scenarios.systemd_units import ENABLED, SPOOL

_ENQUIRY = """
import socket, sys
with socket.create_connection(("127.0.0.1", 7007)) as client:
    client.sendall(sys.argv[1].encode())
    client.shutdown(socket.SHUT_WR)
    while client.recv(99):
        pass
"""


@dataclass(slots=True)
class Shop:
    """A machine with the units of ``systemd_units``."""

    machine: Machine
    numbers: Callable[[], int] = count(1000).__next__

    def open(self) -> None:
        """Boot it and start what is not started at boot."""
        self.machine.boot()
        self.ctl("daemon-reload")
        self.ctl("start", *ENABLED)

    def close(self) -> None:
        """Shut it down, as for the night."""
        self.machine.lab.collect()
        self.machine.shut_down()

    def ctl(self, *words: str, timeout_s: float = 30) -> str:
        """What systemctl answers."""
        return self.machine.run("systemctl", *words, timeout_s=timeout_s)

    def order(self, name: str = "") -> None:
        """A file in the spool of the order worker; some names make it break."""
        number = self.numbers()
        spool = self.machine.place(SPOOL)
        spool.mkdir(parents=True, exist_ok=True)
        (spool / (name or f"A{number}")).write_text(f"{number},{self.machine.lab.rng.random():.3f}\n")

    def everyday(self, steps: int) -> None:
        """So many small things that happen, an order with each."""
        lab = self.machine.lab
        for _ in range(steps):
            self.order()
            self._something(lab.rng.random())
            lab.pause(0.25)

    def _something(self, choice: float) -> None:
        rng, run = self.machine.lab.rng, self.machine.run
        if choice < 0.22:
            for _ in range(rng.randint(1, 4)):
                self.order()
        elif choice < 0.36:
            self.ctl("start", "shop-backup.service")
        elif choice < 0.46:
            self.machine.place(f"/var/lib/shop/inbox/{self.numbers()}.csv").write_text("a,b\n")
        elif choice < 0.58:
            run("/usr/bin/python3", "-c", _ENQUIRY, str(choice))
        elif choice < 0.68:
            page = rng.choice(["", "mail_sink.py", "shop_upstream.py", f"gone-{self.numbers()}"])
            fetch = f"import urllib.request as u; u.urlopen('http://127.0.0.1:8080/{page}').read()"
            run("/usr/bin/python3", "-c", fetch)
        else:
            self._administer(choice)

    def _administer(self, choice: float) -> None:
        rng, run = self.machine.lab.rng, self.machine.run
        if choice < 0.74:
            self.ctl(rng.choice(["restart", "restart", "reload"]), "shop-orders.service")
        elif choice < 0.79:
            self.ctl(rng.choice(["start", "stop"]), "srv-cache.mount")
        elif choice < 0.89:
            job = ("--unit", f"job-{self.numbers()}", "/bin/sh", "-c", "sleep 0.2; echo done")
            run("systemd-run", "--quiet", *job)
        elif choice < 0.94:
            self.ctl("restart", rng.choice(["redis-server", "shop-web", "shop-report.timer"]))
        elif choice < 0.97:
            run("logger", "-t", "shop-deploy", f"release 2.{self.numbers()} checked, nothing to do")
        else:
            self.ctl(*rng.choice([("daemon-reload",), ("start", "systemd-tmpfiles-clean"), ("daemon-reexec",)]))

    def attempt(self, unit: str, text: str, wait_s: float = 0.8) -> None:
        """Write a unit that cannot work, start it, wait, take it away."""
        self.machine.write_unit(unit, text)
        self.ctl("start", unit, timeout_s=20)
        self.machine.lab.pause(wait_s)
        self.machine.remove_unit(unit)

    def wait(self, seconds: float) -> None:
        """Let the units work or fail for a while."""
        self.machine.run("sleep", str(seconds))
