"""Libraries that clients are: an environment from PyPI, modules from npm for the machine's own Node.js.

Each is installed once and kept. What cannot be had: ``absent.py``, with the installer's last words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from absent import skip_or_fail

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".shippers"
RECIPES = HERE.parents[1] / "deploy/shippers"
INSTALL_S = 600


@cache
def python_with_clients() -> str:
    """Its interpreter: an environment apart, for clients ask for versions that ours need not."""
    wanted, python = HERE / "python/requirements.txt", INSTALLED / "python/bin/python"
    if _is_to_install(INSTALLED / "python", wanted):
        run_installer("PyPI's clients", sys.executable, "-m", "venv", "--clear", str(INSTALLED / "python"))
        run_installer("PyPI's clients", str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted))
        _mark_installed(INSTALLED / "python", wanted)
    return str(python)


@cache
def node_with_clients() -> Path:
    """A directory whose scripts find npm's clients."""
    if shutil.which("npm") is None:
        skip_or_fail("no npm on PATH")
    wanted, directory = HERE / "node/package-lock.json", INSTALLED / "node"
    if _is_to_install(directory, wanted):
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, directory / name)
        run_installer("npm's clients", "npm", "ci", "--ignore-scripts", "--prefix", str(directory))
        _mark_installed(directory, wanted)
    return directory


def run_installer(what: str, *command: str) -> None:
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        skip_or_fail(f"{what} cannot be had: {error}")
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        skip_or_fail(f"{what} cannot be had: {said[-1] if said else done.returncode}")


def _is_to_install(directory: Path, wanted: Path) -> bool:
    mark = directory / "installed"
    return not mark.exists() or mark.read_bytes() != wanted.read_bytes()


def _mark_installed(directory: Path, wanted: Path) -> None:
    (directory / "installed").write_bytes(wanted.read_bytes())
