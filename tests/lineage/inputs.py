"""The logs that the rows read, from the project's own simulators: the same at every run.

app.log, today.log       a storage cluster, in health, and with a full disk      access.log, auth.log  Apache, sshd
orders-zh.log            a Chinese order system losing its database               quiet.log  an sshd at rest; of attacks on it: BEHAVIOURS
labelled.log             app.log with a label before each line, as BGL has        blocks.log, anomaly_label.csv  as HDFS
test.jsonl               labelled windows of the cluster, some of them broken
timeout.log, kinds.jsonl a payment gateway that times out; a window of each KIND
base, tune.jsonl         a tiny base model and rows to tune it with
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tiny_language_model import a_row, make_tiny_base

from services.trainer.datasets.simulators import plant, simulate
from services.trainer.datasets.simulators.engine import SimulatedLine

NORMAL_LINES = 1600
WINDOW = 20
# file -> what is written into the quiet log of an sshd, every so often
BEHAVIOURS = {
    "flood.log": "kernel: TCP: request_sock_TCP: Possible SYN flooding on port 443. Dropping request.",
    "intrusion.log": "sshd[4{n}]: Failed password for root from 203.0.113.9 port 4{n} ssh2",
    "probing.log": "ids[77]: port scan detected from 203.0.113.9, {n} ports in 4 s",
}
KINDS = {
    "timeout": ("request to http://stock:8080 timed out after 30000 ms", "read timed out, retry 2 of 3"),
    "connection_failure": ("connect to 10.0.0.7:6379 failed: Connection refused", "dial tcp 10.0.0.7:6379: refused"),
    "database_error": (
        "SQLSTATE[42P01]: relation orders does not exist",
        "could not execute statement; SQL [insert]",
    ),
    "disk_full": ("write /var/lib/data: no space left on device", "disk usage of /var is 100%"),
}
_BLOCK = re.compile(r"blk_-?\d+")


def write_inputs(directory: Path) -> None:
    app = simulate("hdfs_cluster", 1, NORMAL_LINES)
    _write(directory / "app.log", app)
    _write(directory / "today.log", plant("hdfs_cluster", 2, 500, [("no_space", 300)]))
    _write(directory / "orders-zh.log", plant("spring_orders_zh", 3, 700, [("db_connection_lost", 500)]))
    _write(directory / "access.log", plant("apache", 4, 500, [("backend_gone", 300)]))
    _write(directory / "auth.log", plant("sshd", 5, 500, [("password_bruteforce", 300)]))
    _write(directory / "timeout.log", plant("spring_orders_zh", 6, 260, [("pay_gateway_timeout", 200)]))
    _write_behaviours(directory)
    _write_rows(
        directory / "kinds.jsonl",
        [{"lines": ["service started", *said], "label": kind} for kind, said in KINDS.items()],
    )
    _write_tuning(directory)
    broken = simulate("hdfs_cluster", 7, NORMAL_LINES, 0.05)
    _write(directory / "labelled.log", broken, labels=True)
    _write_windows(directory / "test.jsonl", simulate("hdfs_cluster", 8, 1200, 0.1))
    _write_blocks(directory, broken)


def _write(path: Path, lines: Sequence[SimulatedLine], labels: bool = False) -> None:
    first = [("FAULT " if line.fault else "- ") if labels else "" for line in lines]
    path.write_text("".join(f"{label}{line.text}\n" for label, line in zip(first, lines, strict=True)), "utf-8")


def _write_windows(path: Path, lines: Sequence[SimulatedLine]) -> None:
    cut = [lines[at : at + WINDOW] for at in range(0, len(lines) - WINDOW + 1, WINDOW)]
    rows = [
        {"lines": [line.text for line in window], "label": int(any(line.fault for line in window))} for window in cut
    ]
    _write_rows(path, rows)


def _write_rows(path: Path, rows: Sequence[object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def _write_behaviours(directory: Path) -> None:
    _write(directory / "quiet.log", simulate("sshd", 9, 600))
    quiet = [line.text for line in simulate("sshd", 6, 200)]
    for name, text in BEHAVIOURS.items():
        attack = [f"{quiet[-1][:15]} bastion1 {text.format(n=100 + at)}" for at in range(20)]
        (directory / name).write_text("".join(f"{line}\n" for line in (*quiet, *attack)), "utf-8")


def _write_tuning(directory: Path) -> None:
    """A base model of random weights, rows to tune it with, and golden ones."""
    rows = [a_row(at, "train" if at < 12 else "test") for at in range(18)]
    make_tiny_base(directory / "base", [json.dumps(row) for row in rows])  # of 128: less cannot be held in 4 bits
    _write_rows(directory / "tune.jsonl", rows)
    _write_rows(directory / "golden.jsonl", rows[:2])


def _write_blocks(directory: Path, lines: Sequence[SimulatedLine]) -> None:
    """A block is anomalous where a fault wrote one of its lines."""
    named = [(line, _BLOCK.findall(line.text)) for line in lines]
    kept = [(line, blocks[0]) for line, blocks in named if blocks]
    (directory / "blocks.log").write_text("".join(f"{line.text}\n" for line, _ in kept), "utf-8")
    labels: dict[str, str] = {}
    for line, block in kept:
        labels[block] = "Anomaly" if line.fault or labels.get(block) == "Anomaly" else "Normal"
    rows = "".join(f"{block},{label}\n" for block, label in labels.items())
    (directory / "anomaly_label.csv").write_text("BlockId,Label\n" + rows, "utf-8")
