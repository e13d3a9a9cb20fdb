"""A place where real servers may run and break without touching this machine: fresh Linux namespaces.

Own mounts, host name, network and processes: only loopback is there, standard ports are free, paths and names in the
logs say nothing of the machine, and when the first process ends the kernel ends all others. Needs root and Linux.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

HOST = "host01"
UNSHARE = ("unshare", "--mount", "--uts", "--net", "--pid", "--ipc", "--fork", "--mount-proc", "--kill-child")
# Clients of several addresses, all on loopback: RFC 5737, for documentation.
CLIENTS = (
    *(f"192.0.2.{n}" for n in (10, 11, 12, 23, 37, 58)),
    *(f"198.51.100.{n}" for n in (7, 19, 42)),
    *(f"203.0.113.{n}" for n in (5, 66, 99)),
)
_FRESH = ("/run", "/var/log", "/srv", "/opt", "/home", "/var/spool", "/var/tmp")  # noqa: S108 -- empty in there


_COPIED = ("/etc", "/var/lib")  # as they are, but what changes in there stays in there


def is_possible() -> bool:
    """Whether this process may make namespaces."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") is not None


def run_isolated(arguments: Sequence[str]) -> int:
    """This Python with these arguments as first process of new namespaces; its exit status."""
    return subprocess.run([*UNSHARE, sys.executable, *arguments], check=False).returncode


def as_init(work: Callable[[], None]) -> int:
    """Do the work in a child while this, the first process, buries orphans; the child's exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def furnish(application: Path) -> None:
    """Inside: name the host, bring loopback up, empty or copy the usual places, show this Python's environment as
    /opt/venv.

    application   directory of programs of ours, shown as /opt/app
    """
    call = subprocess.run
    call(["hostname", HOST], check=True)
    call(["ip", "link", "set", "lo", "up"], check=True)
    for address in CLIENTS:
        call(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    source, venv = application.resolve(), Path(sys.prefix)
    hold = Path("/mnt")
    call(["mount", "-t", "tmpfs", "tmpfs", hold], check=True)
    for name, shown in (("app", source), ("venv", venv)):
        (hold / name).mkdir()
        call(["mount", "--bind", shown, hold / name], check=True)
    for place in _FRESH:
        call(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", place], check=True)
    for name in ("app", "venv"):
        (Path("/opt") / name).mkdir()
        call(["mount", "--move", hold / name, Path("/opt") / name], check=False)
    for place in _COPIED:
        upper, work = Path(f"/run/copied{place}/upper"), Path(f"/run/copied{place}/work")
        upper.mkdir(parents=True)
        work.mkdir()
        layers = f"lowerdir={place},upperdir={upper},workdir={work}"
        call(["mount", "-t", "overlay", "overlay", "-o", layers, place], check=True)
    Path("/etc/resolv.conf").write_text("nameserver 192.0.2.53\n")  # documentation's, and out of reach
    _furnish_devices(hold / "dev")
    for place in ("/home/app", "/run/lock", "/var/log/app"):
        Path(place).mkdir(parents=True)
    Path("/var/tmp").chmod(0o1777)  # noqa: S108


def _furnish_devices(devices: Path) -> None:
    """A /dev of its own, whose /dev/log no other namespace writes to."""
    call = subprocess.run
    devices.mkdir()
    call(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", devices], check=True)
    for name, number in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(devices / name, 0o666 | stat.S_IFCHR, os.makedev(1, number))
    os.mknod(devices / "tty", 0o666 | stat.S_IFCHR, os.makedev(5, 0))
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        (devices / name).chmod(0o666)
    for name in ("pts", "shm"):
        (devices / name).mkdir(mode=0o1777)
    call(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", devices / "pts"], check=True)
    call(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", devices / "shm"], check=True)
    for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stderr", "fd/2")):
        (devices / name).symlink_to(target)
    call(["mount", "--move", devices, "/dev"], check=True)
