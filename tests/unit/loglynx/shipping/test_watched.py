"""Which files a pattern means, and since when."""

from __future__ import annotations

import os
from pathlib import Path

from loglynx.shipping.watched import Watched

NOW_MS = 2_000_000_000_000


def touch(path: Path, at_s: int) -> Path:
    path.touch()
    os.utime(path, (at_s, at_s))
    return path


def test_rotated_files_come_with_their_log_longest_ago_first(tmp_path: Path) -> None:
    log, older = touch(tmp_path / "app.log", 300), touch(tmp_path / "app.log.1", 200)
    oldest, other = touch(tmp_path / "app.log.2.gz", 100), touch(tmp_path / "other.log.1", 100)
    watched = Watched([str(log)], (), {})
    assert watched.look(NOW_MS) == [oldest, older, log]
    assert other not in watched.look(NOW_MS)


def test_what_was_written_before_the_first_look_is_from_before_unless_named(tmp_path: Path) -> None:
    log, older = touch(tmp_path / "app.log", 300), touch(tmp_path / "app.log.1", 200)
    alone, both = Watched([str(log)], (), {}), Watched([str(log) + "*"], (), {})
    for watched in (alone, both):
        watched.look(NOW_MS)
        assert not watched.is_from_before(log)
    assert alone.is_from_before(older)
    assert not both.is_from_before(older)


def test_log_that_came_between_two_looks_counts_from_the_one_before(tmp_path: Path) -> None:
    watched = Watched([str(tmp_path / "*.log")], (), {})
    watched.look(100_000)
    touch(tmp_path / "new.log", 300)
    before, first = touch(tmp_path / "new.log.2", 50), touch(tmp_path / "new.log.1", 200)
    watched.look(400_000)
    assert watched.is_from_before(before)
    assert not watched.is_from_before(first)


def test_the_first_look_counts_over_restarts(tmp_path: Path) -> None:
    log, later = tmp_path / "app.log", touch(tmp_path / "app.log.1", 200)
    first = Watched([str(log)], (), {})
    positions = first.changed(tuple) | {"file:x": {}}
    assert positions == {"file:x": {}}
    first.look(100_000)
    positions = first.changed(tuple)
    assert positions == {f"log:{log}": 100_000}
    assert first.changed(tuple) == {}
    again = Watched([str(log)], (), positions)
    again.look(NOW_MS)
    assert not again.is_from_before(later)


def test_a_log_is_forgotten_when_nothing_of_it_is_there_or_marked(tmp_path: Path) -> None:
    log = touch(tmp_path / "app.log", 300)
    watched = Watched([str(tmp_path / "*.log")], (), {})
    watched.look(NOW_MS)
    watched.changed(tuple)
    log.unlink()
    watched.look(NOW_MS)
    assert watched.changed(lambda: {log}) == {}
    assert watched.changed(tuple) == {f"log:{log}": None}


def test_marked_logs_are_asked_for_only_when_one_is_gone(tmp_path: Path) -> None:
    log = touch(tmp_path / "app.log", 300)
    watched = Watched([str(tmp_path / "*.log")], (), {})
    asked: list[str] = []

    def marked() -> set[Path]:
        asked.append("marks")
        return set()

    for _ in range(3):
        watched.look(NOW_MS)
        watched.changed(marked)
    assert asked == []
    log.unlink()
    watched.look(NOW_MS)
    watched.changed(marked)
    assert asked == ["marks"]
