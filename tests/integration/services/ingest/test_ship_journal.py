"""``loglynx ship journal`` with the machine's own journal, where there is one, against a real front door."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_ship_command import Shipping

from loglynx.shipping.journal_source import read_entry
from shared.store.connection import connect
from shared.store.ledger import Ledger

SINCE = "-2 days"
MOST = 20_000


def entries_with_text() -> int:
    if shutil.which("journalctl") is None:
        return 0
    command = ["journalctl", "-o", "json", "--all", "--quiet", f"--since={SINCE}"]
    lines = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.splitlines()
    return sum(read_entry(line) is not None for line in lines)


def test_every_entry_is_shipped_once_over_two_runs(start_ingest: Any, redis_servers: Any, tmp_path: Path) -> None:
    before = entries_with_text()
    if not 0 < before < MOST:
        pytest.skip("this machine has no journal, or too long a one")
    server = redis_servers()
    ingest = start_ingest(server.url)
    shipping = Shipping(tmp_path)
    for _ in range(2):
        shipping.start("journal", "--once", f"--since={SINCE}", url=ingest.url, key=ingest.admin_key)
        code, said = shipping.wait()
        assert code == 0, said
    with connect(server.url) as redis:
        lines = Ledger(redis).totals()["lines"]
    assert before <= lines <= entries_with_text()
