"""The tier of real clients (``make test-shippers``): each sends 1000 lines to the real front door, through trouble too.

What a client needs is installed by its tests: from PyPI and npm into ``.shippers`` at the top of the repository, from
Debian with apt. What cannot be had skips its tests and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from front_door import REDIS_OPTIONS, FrontDoor


@pytest.fixture
def front_door(redis_servers: Callable[..., Any], tmp_path: Path) -> Iterator[FrontDoor]:
    """One of the test's own, with an empty ledger."""
    running = FrontDoor(redis_servers(*REDIS_OPTIONS).url, tmp_path)
    yield running
    running.close()
