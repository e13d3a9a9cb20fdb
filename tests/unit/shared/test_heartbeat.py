"""The sign of life says yes only while the check passes and the beat is fresh."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.heartbeat import MAX_AGE_S, Heartbeat, age_s, main


def fine() -> None:
    return None


def broken() -> None:
    raise ConnectionError("redis is away")


def test_a_fresh_beat_is_healthy(tmp_path: Path) -> None:
    file = tmp_path / "beat"
    assert Heartbeat(file, fine).beat()
    assert main([str(file)]) == 0


def test_no_beat_is_written_while_the_check_fails(tmp_path: Path) -> None:
    file = tmp_path / "beat"
    assert not Heartbeat(file, broken).beat()
    assert main([str(file)]) == 1


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf"])
def test_a_broken_file_is_unhealthy(tmp_path: Path, text: str) -> None:
    file = tmp_path / "beat"
    file.write_text(text)
    assert main([str(file)]) == 1


@pytest.mark.parametrize(("offset_s", "code"), [(-MAX_AGE_S - 1, 1), (-MAX_AGE_S + 5, 0), (+60, 1)])
def test_a_beat_counts_while_it_is_fresh(tmp_path: Path, offset_s: float, code: int) -> None:
    file = tmp_path / "beat"
    file.write_text(str(time.monotonic() + offset_s))
    assert main([str(file)]) == code


def test_the_thread_goes_on_beating_until_it_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "beat"
    heart = Heartbeat(file, fine, interval_s=0.01)
    heart.start()
    deadline = time.monotonic() + 5
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    first = file.read_text()
    while file.read_text() == first and time.monotonic() < deadline:
        time.sleep(0.005)
    assert file.read_text() != first
    heart.stop()
    assert age_s(file) < 5


def test_without_a_file_nothing_happens() -> None:
    heart = Heartbeat(None, broken)
    heart.start()
    assert not heart.beat()
    heart.stop()


def test_a_missing_argument_is_neither_healthy_nor_a_crash() -> None:
    assert main([]) == 2
