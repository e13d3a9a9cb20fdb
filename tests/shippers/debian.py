"""Debian's packages of real clients, unpacked under ``.shippers/debian``: nothing is installed on the machine.

syslog-ng and rsyslog would throw each other out, and both would be started. What cannot be had: ``absent.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from absent import skip_or_fail

UNPACKED = Path(__file__).parents[2] / ".shippers" / "debian"
LEFT_TO_THE_MACHINE = ("libc6", "libc-bin")  # the machine's loader goes with them


@dataclass(frozen=True)
class Root:
    """Where packages were unpacked. ``environment`` is for their programs: it has their libraries."""

    path: Path

    def program(self, name: str) -> str:
        for place in ("usr/sbin", "usr/bin", "bin", "lib/systemd", "usr/lib/systemd"):
            if (self.path / place / name).exists():
                return str(self.path / place / name)
        raise FileNotFoundError(name)

    def place_of(self, name: str) -> Path:
        """The directory below ``usr/lib`` that holds the file ``name``, whatever the machine's architecture is."""
        return next((self.path / "usr/lib").glob(f"**/{name}")).parent

    @property
    def environment(self) -> dict[str, str]:
        libraries = {path.parent for path in self.path.glob("**/*.so*") if path.name.startswith("lib")}
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, sorted(libraries)))}


def unpacked(*packages: str) -> Root:
    """``packages`` and what they need beyond what the machine has, fetched once."""
    if not shutil.which("apt-get"):
        skip_or_fail(f"no apt-get to fetch {' '.join(packages)} with")
    root = UNPACKED / packages[0]
    if root.exists():
        return Root(root)
    new = UNPACKED / f"{packages[0]}.new"
    shutil.rmtree(new, ignore_errors=True)
    (new / "debs").mkdir(parents=True)
    wanted = _with_needed(packages)
    _apt(new / "debs", "download", *wanted)
    for deb in (new / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(deb), str(new)], check=True)
        deb.unlink()
    new.rename(root)
    return Root(root)


def _with_needed(packages: tuple[str, ...]) -> list[str]:
    simulated = ["install", "--simulate", "--no-install-recommends", *packages]
    told = _apt(UNPACKED, *simulated, is_trial=True)
    if told is None:
        _apt(UNPACKED, "update", is_trial=True)
        told = _apt(UNPACKED, *simulated) or ""
    installs = {line.split()[1] for line in told.splitlines() if line.startswith("Inst ")}
    return sorted(installs.union(packages).difference(LEFT_TO_THE_MACHINE))


def _apt(directory: Path, *words: str, is_trial: bool = False) -> str | None:
    """What apt-get says. A failure is the client's absence, or None for a trial."""
    done = subprocess.run(
        ["apt-get", "--quiet", *words], cwd=directory, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode == 0:
        return done.stdout
    if is_trial:
        return None
    skip_or_fail(f"apt-get {words[0]} failed: {done.stderr.strip()[-200:]}")
