"""A stream's lines come from the archive, and what is not judged yet from the ledger: each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archive_builders import a_row, normal_lines, write_windows
from redis import Redis

from loglynx.failures import CommandFailed
from loglynx.stack.data_dir import DataDir
from loglynx.training.stream_source import StackSource
from shared.store.blocks import Block
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

NOW = 1_800_000_000_000


class Here(DataDir):
    """A data directory whose stack is that Redis."""

    def __init__(self, path: Path, url: str) -> None:
        super().__init__(path)
        self.url = url

    @property
    def redis_url(self) -> str:
        return self.url


def archived(root: Path) -> list[dict[str, Any]]:
    """Two windows and one across both; another stream beside them."""
    first, second = a_row(0, normal_lines(0)), a_row(1, normal_lines(1))
    across = {**a_row(2, []), "first_seq": 5, "last_seq": 14, "lines": first["lines"][5:] + second["lines"][:5]}
    write_windows(root, [first, second, across, a_row(3, normal_lines(3), stream="db")])
    return [*first["lines"], *second["lines"]]


def test_the_ledger_goes_on_where_the_archive_ends(tmp_path: Path, redis_client: Redis, redis_url: str) -> None:
    kept = archived(tmp_path / "archive")
    block = Block(NOW, [f"line {n}" for n in range(25)], [1] * 25)
    Ledger(redis_client).accept_push(Push([StreamPart("web", "fixed:10", block)], lines=25), NOW)
    lines = list(StackSource(Here(tmp_path, redis_url)).lines("web"))
    assert lines[:20] == [(line["text"], line["time_ms"]) for line in kept]
    assert lines[20:] == [(f"line {n}", NOW) for n in range(20, 25)]


def test_the_archive_is_enough_and_nothing_at_all_is_not(tmp_path: Path) -> None:
    archived(tmp_path / "archive")
    source = StackSource(Here(tmp_path, f"unix://{tmp_path}/no.sock"))
    assert len(list(source.lines("web"))) == 20
    with pytest.raises(CommandFailed, match="no stack"):
        list(source.lines("mail"))
