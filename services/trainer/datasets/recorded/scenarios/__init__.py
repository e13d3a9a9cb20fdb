"""One file per system: how it is started, what it does in normal life, and how it is broken.

A scenario is a module with PROGRAMS (what must be installed), PACKAGES (the Debian packages that hold it) and
``play(lab)``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from services.trainer.datasets.recorded.lab import Lab

SCENARIOS = (
    "device_hub_zh", "docker", "haproxy", "maintenance_zh", "mariadb_zh", "mosquitto", "nginx", "orders_zh",
    "postfix", "postgresql", "redis", "sshd", "systemd", "web_tasks",
)  # fmt: skip


class Scenario(NamedTuple):
    """``programs`` that ``play`` starts, and the Debian ``packages`` that bring them."""

    programs: tuple[str, ...]
    packages: tuple[str, ...]
    play: Callable[[Lab], None]


def scenario(name: str) -> Scenario:
    """The scenario of this name. ModuleNotFoundError if there is none."""
    module = import_module(f"{__name__}.{name}")
    return Scenario(module.PROGRAMS, module.PACKAGES, module.play)
