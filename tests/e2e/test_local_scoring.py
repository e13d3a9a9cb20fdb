"""``detect``, ``batch``, ``tokenize``, ``watch`` and the source projects' options, with the shipped model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

NORMAL = [
    f"2026-03-02 10:{n // 60 % 60:02d}:{n % 60:02d} INFO app: request {n} served in {n % 40} ms" for n in range(900)
]
TROUBLE = [
    "2026-03-02 10:20:01 FATAL app: out of memory: cannot allocate 4096 bytes, aborting",
    "2026-03-02 10:20:02 ERROR app: worker 7 was killed by the kernel, data lost",
]
COMMAND = [sys.executable, "-m", "loglynx"]


def loglynx(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"LOGLYNX_LANG": "en"},
    )


def test_detect_by_threshold() -> None:
    low, high = (loglynx("detect", NORMAL[0], "-t", threshold, "--json") for threshold in ("0", "1"))
    assert (low.returncode, high.returncode) == (1, 0), low.stderr + high.stderr
    scores = [json.loads(done.stdout)["score"] for done in (low, high, loglynx("detect", TROUBLE[0], "--json"))]
    assert 0 < scores[0] == scores[1] < scores[2] <= 1


def test_logs_and_log_as_in_the_source_projects() -> None:
    windows = json.loads(loglynx("--logs", *NORMAL[:12], "--window-type", "sliding", "--json").stdout)
    assert [(window["first"], window["last"]) for window in windows] == [(1, 10), (2, 11), (3, 12)]
    alone = loglynx("--log", "failed login")
    assert alone.returncode in (0, 1)
    assert "score 0." in alone.stdout


def test_batch_and_detect_say_the_same(tmp_path: Path) -> None:
    file, output = tmp_path / "logs.txt", tmp_path / "results.json"
    file.write_text("\n".join([NORMAL[0], TROUBLE[0]]))
    done = loglynx("batch", str(file), "--output", str(output))
    assert done.returncode in (0, 1), done.stderr
    results = json.loads(output.read_text())
    assert [result["log_text"] for result in results] == [NORMAL[0], TROUBLE[0]]
    assert results[1]["score"] == json.loads(loglynx("detect", TROUBLE[0], "--json").stdout)["score"]
    assert results[1]["score"] > results[0]["score"]


def test_tokenize_masks_variables() -> None:
    tokens = json.loads(loglynx("tokenize", "用户 42 登录失败 from 10.0.0.1", "--json").stdout)["tokens"]
    assert "<IP>" in tokens
    assert not any("42" in token or "10.0" in token for token in tokens)


def test_watch_learns_and_then_reports_by_line_number() -> None:
    lines = [*NORMAL, *TROUBLE, *NORMAL[:18]]
    done = loglynx("watch", "--only-anomalies", "--learn", "60", stdin="\n".join(lines) + "\n")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "[ready: watching]" in done.stderr
    assert f"901 │ {TROUBLE[0]}" in done.stdout
    assert done.stdout.count(NORMAL[20]) == 0


def test_watch_passes_lines_on_and_says_nothing_about_calm(tmp_path: Path) -> None:
    old = tmp_path / "old.log"
    old.write_text("\n".join(NORMAL))
    done = loglynx("watch", "--learn-from", str(old), "--learn", "60", stdin="\n".join(NORMAL[:50]) + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == NORMAL[:50]


def test_watch_reports_while_the_log_stays_open(tmp_path: Path) -> None:
    old = tmp_path / "old.log"
    old.write_text("\n".join(NORMAL))
    command = [*COMMAND, "watch", "--only-anomalies", "--learn-from", str(old), "--learn", "60"]
    output = tmp_path / "out"
    with (
        output.open("wb") as sink,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=sink, env=os.environ | {"LOGLYNX_LANG": "en"}
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(("\n".join([*NORMAL[:4], *TROUBLE]) + "\n").encode())
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while TROUBLE[0] not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.2)
        is_reported = TROUBLE[0] in output.read_text()
        process.stdin.close()
        process.wait(timeout=60)
    assert is_reported
