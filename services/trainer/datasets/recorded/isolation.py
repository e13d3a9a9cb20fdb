"""A place where real servers may run and break without touching this machine: fresh Linux namespaces.

Own mounts, host name, network and processes: only loopback is there, standard ports are free, paths and names in the
logs say nothing of the machine, and when the first process ends the kernel ends all others. Needs root and Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOST = "host01"
# Clients of several addresses, all on loopback: RFC 5737, for documentation.
CLIENTS = (
    *(f"192.0.2.{n}" for n in (10, 11, 12, 23, 37, 58)),
    *(f"198.51.100.{n}" for n in (7, 19, 42)),
    *(f"203.0.113.{n}" for n in (5, 66, 99)),
)
_FRESH = ("/run", "/var/log", "/srv", "/opt", "/home", "/var/spool", "/var/tmp")  # noqa: S108 -- empty in there


def is_possible() -> bool:
    """Whether this process may make namespaces."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") is not None


def run_isolated(arguments: Sequence[str]) -> int:
    """This Python with these arguments as first process of new namespaces; its exit status."""
    unshare = ["unshare", "--mount", "--uts", "--net", "--pid", "--ipc", "--fork", "--mount-proc", "--kill-child"]
    return subprocess.run([*unshare, sys.executable, *arguments], check=False).returncode


def furnish(application: Path) -> None:
    """Inside: name the host, bring loopback up, empty the usual places, show this Python's environment as /opt/venv.

    application   directory of programs of ours, shown read-only as /opt/app
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
    for place in ("/home/app", "/run/lock", "/var/log/app"):
        Path(place).mkdir(parents=True)
    Path("/var/tmp").chmod(0o1777)  # noqa: S108
