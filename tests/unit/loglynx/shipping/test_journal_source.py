"""Journal entries as journalctl gives them, and a journalctl that ends and is started again."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from loglynx.failures import CommandFailed
from loglynx.shipping import journal_source
from loglynx.shipping.journal_source import JournalSource, read_entry

ENTRY = {"__CURSOR": "s=1;i=7", "__REALTIME_TIMESTAMP": "1700000000123456", "MESSAGE": "order 7 paid", "PRIORITY": "3",
         "SYSLOG_IDENTIFIER": "python3", "_SYSTEMD_UNIT": "shop@2.service"}  # fmt: skip

FAKE = """#!{python}
import json, sys
options = dict(word.partition("=")[::2] for word in sys.argv[1:])
entries = [json.loads(line) for line in open({entries!r})]
after = int(options.get("--after-cursor", "0"))
sent = 0
for entry in entries:
    if int(entry["__CURSOR"]) > after:
        print(json.dumps(entry))
        sent += 1
        if sent == {dies_after}:
            break
if sent < {dies_after} and "--follow" in options:
    sys.stdout.flush()
    import time
    time.sleep(60)
sys.exit({code} if not sent else 0)
"""


def read(**changes: Any) -> tuple[dict[str, Any], Any]:
    arrived = read_entry(json.dumps(ENTRY | changes).encode())
    assert arrived is not None
    return json.loads(arrived.line), arrived


def test_an_entry_becomes_a_record_of_its_service() -> None:
    record, arrived = read()
    assert record == {
        "log": "order 7 paid",
        "stream": "shop",
        "time": 1700000000.123456,
        "level": 3,
        "logger": "python3",
    }
    assert (arrived.source, arrived.position) == ("journal", "s=1;i=7")


def test_bytes_and_repeated_fields_are_text() -> None:
    assert read(MESSAGE=list("连接 \x1b".encode()))[0]["log"] == "连接 \x1b"
    assert read(MESSAGE=["a", "b"])[0]["log"] == "a\nb"
    assert read(_SYSTEMD_UNIT="session-3.scope", SYSLOG_IDENTIFIER="sshd")[0]["stream"] == "sshd"
    assert read(_SYSTEMD_UNIT=None, SYSLOG_IDENTIFIER="kernel")[0]["stream"] == "kernel"


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[]", b"{}", json.dumps(ENTRY | {"MESSAGE": None}).encode()])
def test_what_has_no_text_is_left_out(line: bytes) -> None:
    assert read_entry(line) is None


def fake(directory: Path, count: int, dies_after: int = 10**9, code: int = 0) -> str:
    entries = directory / "entries"
    entries.write_text(
        "".join(json.dumps(ENTRY | {"__CURSOR": str(n + 1), "MESSAGE": f"m{n}"}) + "\n" for n in range(count))
    )
    program = directory / "journalctl"
    program.write_text(FAKE.format(python=sys.executable, entries=str(entries), dies_after=dies_after, code=code))
    program.chmod(0o755)
    return str(program)


def shipped(source: JournalSource, positions: dict[str, Any], count: int) -> list[str]:
    texts: list[str] = []
    shipments = source.shipments()
    for shipment in shipments:
        if shipment is not None:
            texts += [json.loads(line)["log"] for line in shipment.lines]
            positions.update(shipment.after)
        if len(texts) >= count:
            break
    shipments.close()
    return texts


def test_journalctl_that_ends_is_started_again_behind_the_last_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_source, "AGAIN_S", 0.01)
    program, positions = fake(tmp_path, 100, dies_after=30), dict[str, Any]()
    texts = shipped(JournalSource([], positions, threading.Event(), program=program), positions, 100)
    assert texts == [f"m{number}" for number in range(100)]
    fake(tmp_path, 130)
    texts = shipped(JournalSource([], positions, threading.Event(), program=program), positions, 30)
    assert texts == [f"m{number}" for number in range(100, 130)]


def test_once_ends_and_the_cursor_goes_before_since(tmp_path: Path) -> None:
    program, positions = fake(tmp_path, 2500), dict[str, Any]()
    source = JournalSource(["--unit=a"], positions, threading.Event(), since="today", is_once=True, program=program)
    assert source.command()[-2:] == ["--unit=a", "--since=today"]
    assert len(shipped(source, positions, 10**9)) == 2500
    again = JournalSource([], positions, threading.Event(), since="today", is_once=True, program=program)
    assert again.command()[-1] == "--after-cursor=2500"
    assert shipped(again, positions, 1) == []


def test_a_journalctl_that_cannot_work_is_said(tmp_path: Path) -> None:
    program = fake(tmp_path, 0, code=1, dies_after=0)
    with pytest.raises(CommandFailed):
        shipped(JournalSource([], {}, threading.Event(), program=program), {}, 1)
    with pytest.raises(CommandFailed, match="not here"):
        JournalSource([], {}, threading.Event(), program=os.devnull + "-none")
