"""How lines are gathered from a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import pytest

import loglynx.commands.watch as subject


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    monkeypatch.setattr(subject, "GATHER_S", 0.05)
    monkeypatch.setattr(subject, "QUIET_S", 0.15)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        yield source, sink


def test_lines_come_in_groups_and_silence_is_said_once(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    source, sink = pipe
    groups = subject.arriving(source)
    sink.write(b"one\ntwo\r\n")
    assert next(groups) == [b"one", b"two"]
    assert next(groups) == []  # QUIET_S later
    sink.write(b"three\n")
    assert next(groups) == [b"three"]  # and no second silence before it
    sink.write(b"four")
    sink.close()
    assert list(groups) == [[b"four"], []]


def test_a_silent_log_ends_with_one_silence(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    source, sink = pipe
    sink.close()
    assert list(subject.arriving(source)) == [[]]


def test_a_flood_is_cut_into_bounded_groups(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    source, sink = pipe
    sink.write(b"x\n" * 3000)
    sink.close()
    groups = list(subject.arriving(source))
    assert sum(map(len, groups)) == 3000
    assert max(map(len, groups)) == subject.MOST_LINES_AT_ONCE
