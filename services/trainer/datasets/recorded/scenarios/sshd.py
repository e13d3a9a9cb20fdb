"""OpenSSH behind rsyslog, with cron: people log in by key and password, copy files, mistype now and then."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, stop
from services.trainer.datasets.recorded.scenarios.syslog import start_syslog

PROGRAMS = ("/usr/sbin/sshd", "ssh", "sshpass", "rsyslogd", "cron", "nc")
PACKAGES = ("openssh-server", "openssh-client", "sshpass", "rsyslog", "cron", "netcat-openbsd")
_PEOPLE = ("deploy", "amira", "chen", "maria", "git")
_GUESSED = ("root", "admin", "test", "oracle", "ubuntu", "postgres", "pi", "chen", "guest", "123")
_KEY = "/home/app/id_ed25519"
_CONFIG = Path("/srv/sshd_config")
_OPTIONS = ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", "-oConnectTimeout=4"]


def play(lab: Lab) -> None:
    _settle(lab)
    start_syslog(lab, "linux-auth", "auth,authpriv.*")
    lab.start(["cron", "-f"])
    daemon = _Daemon(lab, _start(lab))
    faults = (
        daemon.authentication_attack, daemon.port_scan, daemon.permission_denied, daemon.configuration_error,
        daemon.port_conflict, daemon.home_missing, daemon.account_locked, daemon.too_many_sessions, daemon.kill,
    )  # fmt: skip
    lab.live(daemon.everyday, 330, faults)


def _settle(lab: Lab) -> None:
    Path("/run/sshd").mkdir()
    lab.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _KEY, "-C", "app@host01"])
    lab.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/srv/host_key"])
    public = Path(_KEY + ".pub").read_text()
    for person in _PEOPLE:
        lab.run(["useradd", "--create-home", "--shell", "/bin/bash", person])
        lab.run(["chpasswd"], feed=f"{person}:right-{person}\n")
        home = Path("/home") / person / ".ssh"
        home.mkdir(mode=0o700)
        (home / "authorized_keys").write_text(public)
        lab.run(["chown", "-R", f"{person}:{person}", home])
    _CONFIG.write_text(
        "ListenAddress 127.0.0.1\nHostKey /srv/host_key\nUsePAM yes\nSubsystem sftp internal-sftp -f AUTH -l INFO\n"
        "PasswordAuthentication yes\nMaxStartups 10:30:20\nLoginGraceTime 5\n"
    )
    lab.run(["crontab", "-"], feed="* * * * * true\n* * * * * echo done >/dev/null\n")


def _start(lab: Lab, wait_s: float = 5) -> subprocess.Popen[bytes]:
    server = lab.start(["/usr/sbin/sshd", "-D", "-f", _CONFIG])
    await_port(22, wait_s=wait_s)
    return server


def _ssh(person: str, command: str, client: str = "127.0.0.1") -> list[str]:
    return ["ssh", *_OPTIONS, "-oBatchMode=yes", "-i", _KEY, "-b", client, f"{person}@127.0.0.1", command]


@dataclass(slots=True)
class _Daemon:
    lab: Lab
    server: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            person, choice = rng.choice(_PEOPLE), rng.random()
            if choice < 0.55:
                self._by_key(person, rng.choice(["true", "uptime", "ls /srv", "date"]))
            elif choice < 0.75:
                self._by_password(person, f"right-{person}", rng.choice(CLIENTS[:6]))
            elif choice < 0.79:
                self._by_password(person, "rihgt", rng.choice(CLIENTS[:6]))
            elif choice < 0.92:
                words = ["sftp", *_OPTIONS, "-b", "-", "-i", _KEY, f"{person}@127.0.0.1"]
                self.lab.run(words, feed="ls /etc\nget /etc/hostname /dev/null\n", timeout_s=8)
            elif choice < 0.97:
                self.lab.run(["su", "-", person, "-c", "true"])
            else:
                self.lab.run(["chage", "-M", "90", person])
            if step % 90 == 0:
                stop(self.server)
                self.server = _start(self.lab)

    def _by_key(self, person: str, command: str) -> None:
        self.lab.run(_ssh(person, command, self.lab.rng.choice(CLIENTS[:6])), timeout_s=8)

    def _by_password(self, person: str, password: str, client: str) -> None:
        words = ["ssh", *_OPTIONS, "-oPubkeyAuthentication=no", "-oNumberOfPasswordPrompts=1", "-b", client]
        self.lab.run(["sshpass", "-p", password, *words, f"{person}@127.0.0.1", "true"], timeout_s=8)

    def authentication_attack(self) -> None:
        for _ in range(40):
            name = self.lab.rng.choice(_GUESSED)
            self._by_password(name, self.lab.rng.choice(["123456", "admin", "root"]), CLIENTS[-1])

    def port_scan(self) -> None:
        for words in (
            "GET / HTTP/1.0\r\n\r\n",
            "\x03\x00\x00\x13\x0e",
            "SSH-1.5-scan\r\n",
            "SSH-2.0-Go\r\nx\n",
            "",
        ) * 5:
            client = self.lab.rng.choice(CLIENTS[-3:])
            self.lab.run(["nc", "-w", "1", "-s", client, "127.0.0.1", "22"], feed=words, timeout_s=2)

    def permission_denied(self) -> None:
        self.lab.run(["chmod", "0777", "/home/deploy/.ssh", "/home/chen/.ssh"])
        for person in ("deploy", "chen") * 8:
            self._by_key(person, "true")
        self.lab.run(["chmod", "0700", "/home/deploy/.ssh", "/home/chen/.ssh"])

    def configuration_error(self) -> None:
        good = _CONFIG.read_text()
        for spoiled in ("PermitRootLogin maybe\n", "Cipherss aes\n", "UsePAM yes\nPort x\n"):
            _CONFIG.write_text(good + spoiled)
            self.server.send_signal(signal.SIGHUP)
            self.lab.pause(0.5)
            stop(self.server)
            _CONFIG.write_text(good)
            self.server = _start(self.lab)
        _CONFIG.write_text(good.replace("/srv/host_key", "/srv/no_such_key"))
        stop(self.server)
        _start(self.lab, 1)
        _CONFIG.write_text(good)
        self.server = _start(self.lab)

    def port_conflict(self) -> None:
        stop(self.server)
        squatter = self.lab.start(["nc", "-l", "-k", "-s", "127.0.0.1", "-p", "22"])
        self.lab.pause(0.5)
        _start(self.lab, 0.2)
        self.lab.pause(1)
        stop(squatter)
        self.server = _start(self.lab)

    def home_missing(self) -> None:
        self.lab.run(["mv", "/home/maria", "/home/gone"])
        for _ in range(8):
            self._by_key("maria", "true")
            self._by_password("maria", "right-maria", CLIENTS[0])
        self.lab.run(["mv", "/home/gone", "/home/maria"])

    def account_locked(self) -> None:
        self.lab.run(["usermod", "--lock", "--expiredate", "1", "git"])
        for _ in range(10):
            self._by_key("git", "true")
            self._by_password("git", "right-git", CLIENTS[2])
        self.lab.run(["usermod", "--unlock", "--expiredate", "", "git"])

    def too_many_sessions(self) -> None:
        held = [self.lab.start(["nc", "-s", client, "127.0.0.1", "22"]) for client in CLIENTS * 2]
        for _ in range(12):
            self._by_key("deploy", "true")
        for connection in held:
            stop(connection)

    def kill(self) -> None:
        for _ in range(6):
            session = self.lab.start(_ssh("chen", "sleep 20"))
            self.lab.pause(0.6)
            stop(session, signal.SIGKILL)
        stop(self.server, signal.SIGKILL)
        self.server = _start(self.lab)
