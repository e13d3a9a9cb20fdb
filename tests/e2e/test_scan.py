"""``loglynx scan`` as a process: exit codes, packings, pipes, hostile bytes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard

NORMAL = [
    f"2026-03-02 10:{n // 60 % 60:02d}:{n % 60:02d} INFO app: request {n} served in {n % 40} ms" for n in range(2000)
]
TROUBLE = "2026-03-02 10:20:01 FATAL app: out of memory: cannot allocate 4096 bytes, aborting"
TROUBLE_AT = 1234
COMMAND = [sys.executable, "-m", "loglynx"]


def scan(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "scan", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"LOGLYNX_LANG": "en"} | environment,
    )


def with_trouble(lines: Sequence[str] = NORMAL) -> bytes:
    return "\n".join([*lines[: TROUBLE_AT - 1], TROUBLE, *lines[TROUBLE_AT - 1 :]]).encode() + b"\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(with_trouble())
    return path


def test_found_exits_1_and_names_the_line(log: Path) -> None:
    done = scan(str(log))
    assert done.returncode == 1, done.stderr.decode()
    out = done.stdout.decode()
    assert f"line {TROUBLE_AT}" in out
    assert TROUBLE in out
    assert "memory_exhausted" in out
    assert "\x1b" not in out  # no colours in a pipe
    assert done.stderr == b""  # and no progress bar


def test_nothing_found_exits_0(tmp_path: Path) -> None:
    path = tmp_path / "calm.log"
    path.write_text("\n".join(NORMAL) + "\n")
    done = scan(str(path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert "no anomalies found" in done.stdout.decode()


def test_a_lone_error_is_a_note_and_exits_0(tmp_path: Path) -> None:
    path = tmp_path / "lived-in.log"
    lines = NORMAL.copy()
    for at in range(70, 2000, 300):
        lines[at] = "2026-03-02 10:01:10 WARN app: slow answer from the cache"
    lines[1233] = "2026-03-02 10:20:33 ERROR app: mailer refused letter 17"
    path.write_text("\n".join(lines) + "\n")
    done = scan(str(path))
    assert (done.returncode, done.stderr) == (0, b"")
    assert "no anomalies found" in done.stdout.decode()
    assert "1 lone odd line that nothing followed" in done.stdout.decode()
    assert "line 1234" in scan(str(path), "--all").stdout.decode()
    report = json.loads(scan(str(path), "--json").stdout)
    assert (report["findings"], report["notes"]) == ([], 1)


def test_json_is_for_programs(log: Path) -> None:
    report = json.loads(scan(str(log), "--json").stdout)
    assert (report["lines"], report["input"]) == (2001, str(log))
    worst = report["findings"][0]
    assert worst["line_numbers"] == [TROUBLE_AT]
    assert {"number": TROUBLE_AT, "text": TROUBLE} in worst["lines"]
    assert worst["category"] == "memory_exhausted"
    assert 0.5 <= worst["score"] <= 1


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"])
@pytest.mark.parametrize("is_piped", [False, True], ids=["file", "stdin"])
def test_packed_logs_and_pipes(tmp_path: Path, pack, is_piped: bool) -> None:
    path = tmp_path / "app.packed"
    path.write_bytes(pack(with_trouble()))
    done = scan("-", stdin=path.read_bytes()) if is_piped else scan(str(path))
    assert done.returncode == 1
    assert f"line {TROUBLE_AT}" in done.stdout.decode()


def test_chinese_on_demand_and_by_locale(log: Path) -> None:
    for done in (scan(str(log), "--lang", "zh"), scan(str(log), LOGLYNX_LANG="", LC_ALL="zh_CN.UTF-8")):
        assert f"第 {TROUBLE_AT} 行" in done.stdout.decode()
        assert "内存" in done.stdout.decode()


def test_chinese_lines_are_explained_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    lines = [f"2026-03-02 10:00:{n % 60:02d} INFO 订单 {n} 已支付，耗时 {n % 50} 毫秒" for n in range(2000)]
    lines.insert(1500, "2026-03-02 10:20:01 ERROR 数据库连接失败：无法连接到 10.0.0.5:3306，连接被拒绝")
    path.write_text("\n".join(lines))
    report = json.loads(scan(str(path), "--json").stdout)
    assert report["findings"][0]["line_numbers"] == [1501]
    assert report["findings"][0]["language"] == "zh"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, 2, "No such file"),
        (bytes(range(256)) * 64 + b"\x00" * 50_000, 2, "does not look like text"),
        (b"", 0, ""),
        (b"\n\n\n", 0, ""),
        (gzip.compress(with_trouble())[:-30], 2, "stopped before its end"),
    ],
    ids=["missing", "binary", "empty", "blank", "cut gzip"],
)
def test_odd_files(tmp_path: Path, content: bytes | None, code: int, said: str) -> None:
    path = tmp_path / "odd.log"
    if content is not None:
        path.write_bytes(content)
    done = scan(str(path))
    assert done.returncode == code, done.stderr.decode()
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_directory_is_no_log(tmp_path: Path) -> None:
    assert scan(str(tmp_path)).returncode == 2


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe" * 9, b"\x00" * 64, b"\x1b]0;x\x07\x1b[2J", b"\xed\xa0\x80" * 5, b"a" * 3_000_000]
)
def test_junk_among_lines_does_no_harm(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(with_trouble() + b"2026-03-02 11:00:00 ERROR app: failed " + junk + b"\n" + with_trouble())
    done = scan(str(path))
    assert done.returncode == 1, done.stderr.decode()
    assert not {0x1B, 0x07, 0x00} & set(done.stdout)


def test_a_reader_that_goes_away_is_no_error(log: Path) -> None:
    """As in ``loglynx scan app.log | head -1``."""
    with subprocess.Popen([*COMMAND, "scan", str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_a_growing_pipe_is_read_to_its_end(log: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "scan", "-", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for part in (b"2026-03-02 10:00:00 INFO a", b"pp: started\n", with_trouble()):
            process.stdin.write(part)
            process.stdin.flush()
        process.stdin.close()
        report = json.loads(process.stdout.read())
    assert report["lines"] == 2002
    assert report["findings"][0]["line_numbers"] == [TROUBLE_AT + 1]
