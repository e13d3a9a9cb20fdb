"""Postfix on loopback: mail for local people, mail relayed to a next hop, logging to syslog."""

from __future__ import annotations

import contextlib
import signal
import smtplib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, fill, small_disk, stop
from services.trainer.datasets.recorded.scenarios.syslog import start_syslog

PROGRAMS = ("/usr/sbin/postfix", "rsyslogd", "nc")
PACKAGES = ("postfix", "rsyslog", "netcat-openbsd")
_PEOPLE = ("amira", "chen", "maria")
_MAIN = """
compatibility_level = 3.6
myhostname = host01.example.com
mydestination = example.com, localhost
mynetworks = 127.0.0.0/8 192.0.2.0/24
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:2525
smtpd_banner = $myhostname ESMTP
smtpd_relay_restrictions = permit_mynetworks reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient permit
smtpd_client_connection_rate_limit = 60
smtpd_timeout = 3s
smtp_connect_timeout = 2s
smtp_helo_timeout = 2s
smtp_rcpt_timeout = 2s
minimal_backoff_time = 4s
maximal_backoff_time = 6s
queue_run_delay = 4s
message_size_limit = 300000
alias_maps =
local_recipient_maps = proxy:unix:passwd.byname
mail_spool_directory = /srv/mail/
{extra}
"""


def play(lab: Lab) -> None:
    small_disk("/var/spool/postfix", "8m")
    lab.run(["chmod", "0755", "/var/spool/postfix"])
    small_disk("/srv/mail", "6m")
    for person in _PEOPLE:
        lab.run(["useradd", "--no-create-home", person])
    start_syslog(lab, "postfix", "mail.*")
    office = _Office(lab, _next_hop(lab), _start(lab))
    faults = (
        office.next_hop_down, office.next_hop_slow, office.refused_by_next_hop, office.relay_attempts,
        office.dictionary_attack, office.disk_full, office.mailbox_denied, office.configuration_error,
        office.port_conflict, office.odd_clients, office.kill_daemons, office.queue_damaged,
    )  # fmt: skip
    lab.live(office.everyday, 520, faults)


def _next_hop(lab: Lab) -> subprocess.Popen[bytes]:
    sink = lab.start(["/opt/venv/bin/python", "/opt/app/mail_sink.py", "2525"])
    await_port(2525)
    return sink


def _start(lab: Lab, extra: str = "", wait_s: float = 10) -> subprocess.Popen[bytes]:
    Path("/etc/postfix/main.cf").write_text(_MAIN.format(extra=extra))
    master = Path("/usr/share/postfix/master.cf.dist").read_text().replace("  y  ", "  n  ")
    Path("/etc/postfix/master.cf").write_text(master)
    Path("/etc/hostname").write_text("host01\n")
    server = lab.start(["/usr/sbin/postfix", "start-fg"])
    await_port(25, wait_s=wait_s)
    return server


@dataclass(slots=True)
class _Office:
    lab: Lab
    next_hop: subprocess.Popen[bytes]
    server: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            choice, size = rng.random(), rng.randrange(100, 9_000)
            if choice < 0.45:
                self._mail(f"{rng.choice(_PEOPLE)}@example.com", size)
            elif choice < 0.93:
                self._mail(f"{rng.choice(['li', 'bob', 'eva', 'tom'])}{rng.randrange(40)}@example.net", size)
            elif choice < 0.97:
                self._mail(f"amira@example.com,{rng.choice(['later', 'unknown'])}@example.net", size)
            else:
                self._mail("mria@example.com", size)
            self.lab.pause(0.03)
            if step % 170 == 0:
                self._restart()

    def _mail(self, recipients: str, size: int, client: str | None = None, sender: str = "app@example.com") -> None:
        client = client or self.lab.rng.choice(CLIENTS[:6])
        text = f"Subject: note {size}\r\nFrom: {sender}\r\n\r\n" + "lorem ipsum\r\n" * (size // 13)
        with (
            contextlib.suppress(OSError, smtplib.SMTPException),
            smtplib.SMTP("127.0.0.1", 25, "client.example.com", timeout=6, source_address=(client, 0)) as session,
        ):
            session.sendmail(sender, recipients.split(","), text)

    def _restart(self) -> None:
        stop(self.server, wait_s=20)
        self.server = _start(self.lab)

    def next_hop_down(self) -> None:
        stop(self.next_hop, signal.SIGKILL)
        self.everyday(30)
        self.lab.run(["sleep", "8"])
        self.next_hop = _next_hop(self.lab)
        self.lab.run(["sleep", "8"])

    def next_hop_slow(self) -> None:
        self.next_hop.send_signal(signal.SIGSTOP)
        self.everyday(25)
        self.lab.run(["sleep", "6"])
        self.next_hop.send_signal(signal.SIGCONT)
        for _ in range(3):
            self._mail("slow@example.net", 900)
        self.lab.run(["sleep", "10"])

    def refused_by_next_hop(self) -> None:
        for name in ("full", "spam") * 15:
            self._mail(f"{name}@example.net", 400)
        self.lab.run(["sleep", "7"])

    def relay_attempts(self) -> None:
        for number in range(40):
            self._mail(f"victim{number}@example.org", 300, CLIENTS[-1], "spammer@example.org")

    def dictionary_attack(self) -> None:
        for name in ("admin", "info", "sales", "test", "webmaster", "root1", "office", "hr") * 9:
            self._mail(f"{name}@example.com", 200, CLIENTS[-2])

    def disk_full(self) -> None:
        filler = fill("/var/spool/postfix")
        self.everyday(40)
        filler.unlink()
        filler = fill("/srv/mail")
        self.everyday(20)
        filler.unlink()
        self.lab.run(["sleep", "7"])

    def mailbox_denied(self) -> None:
        self.lab.run(["chmod", "0000", "/srv/mail"])
        self.everyday(40)
        self.lab.run(["chmod", "0777", "/srv/mail"])
        self.lab.run(["sleep", "7"])

    def configuration_error(self) -> None:
        for spoiled in (
            "smtpd_recipient_restrictions = permit_all_friends", "local_recipient_maps = hash:/etc/none",
            "message_size_limit = lots", "inet_interfaces = 192.0.2.250", "transport_maps = hash:/etc/postfix/none",
        ):  # fmt: skip
            stop(self.server, wait_s=20)
            self.server = _start(self.lab, spoiled, wait_s=4)
            self.everyday(5)
        self._restart()

    def port_conflict(self) -> None:
        stop(self.server, wait_s=20)
        squatter = self.lab.start(["nc", "-l", "-k", "-s", "127.0.0.1", "-p", "25"])
        self.lab.pause(0.4)
        conflict = _start(self.lab, wait_s=1)
        self.lab.run(["sleep", "2"])
        stop(conflict)
        stop(squatter)
        self.server = _start(self.lab)

    def odd_clients(self) -> None:
        for words in (
            "GET / HTTP/1.1\r\n\r\n",
            "EHLO\r\nMAIL\r\nRCPT TO:x\r\n",
            "AUTH LOGIN\r\n",
            "\x16\x03\x01\r\n",
            "",
        ) * 6:
            self.lab.run(["nc", "-w", "1", "-s", CLIENTS[-3], "127.0.0.1", "25"], feed=words, timeout_s=6)
        self._mail("amira@example.com", 900_000)

    def kill_daemons(self) -> None:
        for name in ("qmgr", "smtpd", "cleanup", "pickup") * 2:
            self.everyday(4)
            self.lab.run(["pkill", "-KILL", "-x", name])  # of this namespace: there are no others
        self.lab.run(["sleep", "3"])
        self._restart()

    def queue_damaged(self) -> None:
        stop(self.next_hop)
        self.everyday(15)
        for path in Path("/var/spool/postfix/deferred").rglob("*"):
            if path.is_file():
                path.write_bytes(b"\xff" * 300)
        self.next_hop = _next_hop(self.lab)
        self.lab.run(["sleep", "8"])
