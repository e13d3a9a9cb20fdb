"""What clients need on this machine: an environment from PyPI, modules from npm, packages from Debian.

Each is installed once and kept. What cannot be had skips the test, with the installer's last words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".shippers"
RECIPES = HERE.parents[1] / "deploy/shippers"
INSTALL_S = 600


@cache
def python_with_clients() -> str:
    """Its interpreter: an environment apart, for clients ask for versions that ours need not."""
    wanted, python = HERE / "python/requirements.txt", INSTALLED / "python/bin/python"
    if _is_to_install(INSTALLED / "python", wanted):
        run_or_skip("PyPI's clients", sys.executable, "-m", "venv", "--clear", str(INSTALLED / "python"))
        run_or_skip("PyPI's clients", str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted))
        _mark_installed(INSTALLED / "python", wanted)
    return str(python)


@cache
def node_with_clients() -> Path:
    """A directory whose scripts find npm's clients."""
    if shutil.which("npm") is None:
        debian_packages("nodejs", "npm")
    wanted, directory = HERE / "node/package-lock.json", INSTALLED / "node"
    if _is_to_install(directory, wanted):
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, directory / name)
        run_or_skip("npm's clients", "npm", "ci", "--ignore-scripts", "--prefix", str(directory))
        _mark_installed(directory, wanted)
    return directory


def debian_packages(*names: str) -> None:
    """Install them with apt where this is Debian and we are root."""
    if all(subprocess.run(["dpkg", "-s", name], capture_output=True, check=False).returncode == 0 for name in names):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        pytest.skip(f"{', '.join(names)}: not installed, and only root on Debian can install them here")
    run_or_skip(" ".join(names), "apt-get", "install", "-y", "--no-install-recommends", *names)


def run_or_skip(what: str, *command: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{what} cannot be had: {error}")
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"{what} cannot be had: {said[-1] if said else done.returncode}")


def _is_to_install(directory: Path, wanted: Path) -> bool:
    mark = directory / "installed"
    return not mark.exists() or mark.read_bytes() != wanted.read_bytes()


def _mark_installed(directory: Path, wanted: Path) -> None:
    (directory / "installed").write_bytes(wanted.read_bytes())
