"""``loglynx demo``: ends by itself, finds what was planted, and tells the truth about lines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "loglynx", "demo"]
ENVIRONMENT = os.environ | {"LOGLYNX_LANG": "en"}
HEADING = re.compile(r"^\d+\. (LOW|MEDIUM|HIGH|CRITICAL)  .+$")
FACTS = re.compile(r" · stream (\S+)")
LINE = re.compile(r"^   [ ›]\s*(?:\[(\d+)\])?\s*(\d+) │ (.*)$")
LONGEST_TRACE = 40  # lines
QUOTE = re.compile(r"^   why: (?:Line |第 )(\d+)\D.*?“…?(.+?)…?”")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    data_dir = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*COMMAND, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env=ENVIRONMENT,
    )
    return done, data_dir


def test_it_finds_planted_faults_and_ends_by_itself(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, data_dir = demo
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"planted (\d+) faults: found (\d+) of \d+; (\d+) further alerts", done.stdout)
    assert found, done.stdout
    planted, hits, extra = map(int, found.groups())
    assert planted == 6
    assert hits >= planted - 1, done.stdout
    assert extra <= planted, done.stdout
    assert not (data_dir / "stack.json").exists()  # everything was stopped


def test_every_incident_is_explained_in_the_language_of_its_lines(
    demo: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    lines = demo[0].stdout.splitlines()
    headings = [index for index, line in enumerate(lines) if HEADING.match(line)]
    assert headings
    for start, end in zip(headings, [*headings[1:], len(lines)], strict=True):
        block = "\n".join(lines[start:end])
        assert "   category: " in block
        why = next(line for line in lines[start:end] if line.startswith("   why: "))
        is_chinese = any("\u4e00" <= character <= "\u9fff" for character in why)
        assert is_chinese == ("stream orders-zh" in block), block


def test_explanations_quote_the_lines_they_cite(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """``Line 5: …: “quote”`` stands beside ``[5] 1003 │``; line 1003, or the trace that begins there, holds it."""
    done, data_dir = demo
    log: list[str] = []
    numbers: dict[int, int] = {}
    checked = 0
    for line in done.stdout.splitlines():
        if facts := FACTS.search(line):
            log, numbers = (data_dir / "demo" / f"{facts[1]}.log").read_text().split("\n"), {}
        elif shown := LINE.match(line):
            assert shown[3] in log[int(shown[2]) - 1].replace("\t", "    ")
            if shown[1]:
                numbers[int(shown[1])] = int(shown[2])
        elif (quoted := QUOTE.match(line)) and not log[0].startswith("{"):  # of JSON the message is quoted
            first = numbers[int(quoted[1])] - 1
            trace = "\n".join(log[first : first + LONGEST_TRACE])
            assert " ".join(quoted[2].split()) in re.sub(r"\s+", " ", trace), line  # runs of blanks are one
            checked += 1
    assert checked >= 3


def test_keep_leaves_it_running_until_ctrl_c(tmp_path: Path) -> None:
    output = tmp_path / "out"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [*COMMAND, "--keep", "--data-dir", str(tmp_path / "data")],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT | {"LOGLYNX_LANG": "zh"},
        )
    try:
        deadline = time.monotonic() + 240
        while "Ctrl-C" not in output.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        text = output.read_text()
        assert process.poll() is None, text
        url = re.search(r"进一步查看： (http://\S+)", text)
        key = re.search(r"管理员密钥： (llx_\S+)", text)
        assert url and key, text
        answer = httpx.get(f"{url[1]}/api/v1/incidents", headers={"Authorization": f"Bearer {key[1]}"})
        assert answer.json()["incidents"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
