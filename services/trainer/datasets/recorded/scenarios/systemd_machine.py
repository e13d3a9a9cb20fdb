"""A machine that systemd runs as its first process, inside the lab: its boot, its units, its journal, its end.

The root is a file system in memory with nothing of the lab but /usr (read only), /opt and copies of a few files of
/etc: systemd cleans /tmp and /run when it starts, and must find none but its own.
What it logs is read with journalctl.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.isolation import HOST, UNSHARE
from services.trainer.datasets.recorded.lab import Lab, children

_ROOT, _LOCALES = Path("/srv/machine"), Path("/srv/locales")
_JOURNAL, _UNITS = "var/log/journal", "etc/systemd/system"
_JOURNALD = "[Journal]\nStorage=persistent\nReadKMsg=no\nRateLimitIntervalSec=0\n"
_OWN_NAMESPACES = (*(word for word in UNSHARE if word != "--mount-proc"), "--cgroup")
_FURNISH = f"""
set -e
mkdir -p {_ROOT}
mount -t tmpfs -o mode=0755,size=200m tmpfs {_ROOT}
cd {_ROOT}
mkdir -p usr {_UNITS} etc/systemd/journald.conf.d {_JOURNAL} var/lib/redis var/log/redis var/tmp tmp run proc sys dev
mkdir -p root srv opt home mnt old
ln -s usr/bin usr/sbin usr/lib usr/lib64 .
ln -s /run var/run
for part in passwd group shadow gshadow nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives; do
  cp -a /etc/$part etc/
done
cp -a /etc/redis etc/
cp -a /opt/app opt/app
chown -R redis:redis etc/redis var/lib/redis var/log/redis
chmod 1777 tmp var/tmp
touch etc/fstab
ln -s /lib/systemd/system/multi-user.target {_UNITS}/default.target
"""
_BOOT = f"""
set -e
mount --make-rprivate /
cd {_ROOT}
mount --bind . .
cd {_ROOT}
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount --rbind /dev dev
ip link set lo up
hostname {HOST}
pivot_root . old
umount -l /old
cd /
exec env -i container=other PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 /lib/systemd/systemd --log-target=journal
"""


@dataclass(slots=True)
class Machine:
    """Furnished once, then booted and shut down any number of times; its files stay."""

    lab: Lab
    _process: subprocess.Popen[bytes] | None = None
    _pid: int = 0
    _group: Path = Path()

    def furnish(self, units: Mapping[str, str]) -> None:
        """Make its disk, with these unit files."""
        print(self.lab.run(["sh", "-c", _FURNISH]), end="")
        machine_id = f"{self.lab.rng.getrandbits(128):032x}"
        (_ROOT / "etc/machine-id").write_text(f"{machine_id}\n")
        (_ROOT / "etc/hostname").write_text(f"{HOST}\n")
        (_ROOT / "etc/systemd/journald.conf.d/lab.conf").write_text(_JOURNALD)
        (_ROOT / _JOURNAL / machine_id).mkdir()
        for name, text in units.items():
            (_ROOT / _UNITS / name).write_text(text)

    def follow_journal(self) -> None:
        """What is logged is the stream ``journal``, and what systemd itself says, explained, ``journal-zh``."""
        _LOCALES.mkdir()
        self.lab.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", _LOCALES / "zh_CN.UTF-8"])
        self.lab.run(["journalctl", "--update-catalog"])
        read = ("journalctl", "--quiet", "--directory", _ROOT / _JOURNAL, "--follow", "--lines=all", "--merge")
        self.lab.start([*read, "--output", "short-iso"], stream="journal")
        chinese = {"LANG": "zh_CN.UTF-8", "LOCPATH": str(_LOCALES)}
        self.lab.start([*read, "--catalog", "_PID=1"], stream="journal-zh", env=chinese)

    def boot(self) -> None:
        """Start it and wait until it says that it runs, or for 20 s."""
        self._group = _own_group()
        enter = f'echo $$ > {self._group}/cgroup.procs; exec {" ".join(_OWN_NAMESPACES)} sh -c "$0"'
        self._process = self.lab.start(["sh", "-c", enter, _BOOT])
        end = time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(0.3)
            self._pid = next(iter(children(self._process)), 0)
            if self._pid and self.run("systemctl", "is-system-running").strip() in ("running", "degraded"):
                break

    def _inside(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self._pid), "-m", "-u", "-i", "-n", "-p", "-C", *words]

    def run(self, *words: str, timeout_s: float = 30) -> str:
        """A command in the machine, to its end; its output."""
        return self.lab.run(self._inside(*words), timeout_s=timeout_s)

    def place(self, path: str) -> Path:
        """A path of the machine as the lab sees it."""
        return Path(f"/proc/{self._pid}/root") / path.lstrip("/")

    def write_unit(self, name: str, text: str) -> None:
        """A unit file, new or changed, and told to systemd."""
        path = self.place(f"{_UNITS}/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.run("systemctl", "daemon-reload")

    def remove_unit(self, name: str) -> None:
        """Stop it, forget its failure and delete its file."""
        self.run("systemctl", "stop", name)
        self.run("systemctl", "reset-failed", name)
        self.place(f"{_UNITS}/{name}").unlink(missing_ok=True)
        self.run("systemctl", "daemon-reload")

    def shut_down(self) -> None:
        """Power off, and clear away its control groups."""
        if self._process is None:
            return
        self.run("systemctl", "poweroff")
        try:
            self._process.wait(25)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        time.sleep(0.5)
        for group in sorted((path for path in self._group.rglob("*") if path.is_dir()), reverse=True):
            group.rmdir()
        self._group.rmdir()
        self._process = None


def _own_group() -> Path:
    """A new control group below this process's own, for the machine to rule over."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    top = next(Path(words[1]) for words in mounts if words[2] == "cgroup2")
    own = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    group = top / own[3:].lstrip("/") / f"recorded-machine-{time.monotonic_ns()}"
    group.mkdir()
    return group
