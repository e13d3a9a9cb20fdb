"""Files on a real file system, followed through everything rotation does; each line once, in order."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loglynx.shipping import file_source
from loglynx.shipping.contents import CHUNK_BYTES, Content, open_content
from loglynx.shipping.file_options import FileOptions
from loglynx.shipping.file_source import FileSource
from loglynx.shipping.mark_book import KEPT_MS

RUNNING: list[Follow] = []


class Follow:
    """A source whose shipments arrive at once; ``go`` reads until nothing is there, ``restart`` keeps only the state."""

    def __init__(self, *patterns: Path | str, **options: Any) -> None:
        self.patterns = [str(pattern) for pattern in patterns]
        self.options = FileOptions(**options)
        self.positions: dict[str, Any] = {}
        self.lines: list[str] = []
        self.streams: list[str] = []
        self.warnings: list[str] = []
        self.clock_s = 0.0
        self.start()
        RUNNING.append(self)

    def restart(self) -> None:
        self.shipments.close()
        self.start()

    def start(self) -> None:
        self.source = FileSource(
            self.patterns, self.positions, self.options, lambda _: False, self.warnings.append, lambda: self.clock_s
        )
        self.shipments = self.source.shipments()

    def go(self, rounds: int = 1) -> list[str]:
        """The lines that came."""
        before = len(self.lines)
        for _ in range(rounds):
            self.clock_s = max(self.clock_s + 3, file_source.time.time())
            for shipment in self.shipments:
                if shipment is None:
                    break
                for name, position in shipment.after.items():
                    self.positions.pop(name, None) if position is None else self.positions.update({name: position})
                self.lines += [line.decode() for line in shipment.lines]
                self.streams += [shipment.stream] * len(shipment.lines)
        return self.lines[before:]

    def much_later(self) -> list[str]:
        self.clock_s += 100
        return self.go(rounds=3)


def write(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def numbered(first: int, last: int) -> list[str]:
    return [f"2026-03-01 12:00:00 line {number}" for number in range(first, last)]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "app.log"
    while RUNNING:
        RUNNING.pop().shipments.close()


def test_lines_come_as_they_are_written_and_an_unfinished_one_waits(log: Path) -> None:
    write(log, "one", "two")
    follow = Follow(log)
    with log.open("a") as file:
        file.write("thr")
    assert follow.go() == ["one", "two"]
    with log.open("a") as file:
        file.write("ee\r\nfour\n")
    assert follow.go() == ["three", "four"]


def test_each_line_once_over_a_restart(log: Path) -> None:
    write(log, *numbered(0, 2500))
    follow = Follow(log)
    follow.go()
    write(log, *numbered(2500, 2600))
    follow.restart()
    follow.go()
    assert follow.lines == numbered(0, 2600)


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_renaming(log: Path, pattern: str, is_restarted: bool) -> None:
    follow = Follow(log.with_name(pattern))
    write(log, *numbered(0, 10))
    follow.go()
    write(log, *numbered(10, 20))
    log.rename(log.with_name("app.log.1"))
    write(log, *numbered(20, 30))
    if is_restarted:
        follow.restart()
    follow.go(rounds=2)
    assert follow.lines == numbered(0, 30)
    assert set(follow.streams) == {"app.log"}


def test_log_that_came_and_was_rotated_between_two_looks_is_read_from_its_first_line(log: Path) -> None:
    follow = Follow(log.with_name("*.log"))
    follow.go()
    write(log, *numbered(0, 10))
    rotated = log.rename(log.with_name("app.log.1"))
    write(log, *numbered(10, 20))
    os.utime(rotated, (follow.clock_s + 1,) * 2)
    os.utime(log, (follow.clock_s + 2,) * 2)
    assert follow.go(rounds=2) == numbered(0, 20)


def test_what_a_writer_adds_to_the_renamed_file_is_read(log: Path) -> None:
    follow = Follow(log)
    write(log, *numbered(0, 10))
    with log.open("a") as slow_writer:
        follow.go()
        log.rename(log.with_name("app.log.1"))
        write(log, "new 1")
        follow.go()
        slow_writer.write("late 1\nlate 2 without end")
        slow_writer.flush()
        assert follow.go() == ["late 1"]
        assert follow.much_later() == ["late 2 without end"]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_generations_that_came_and_went_meanwhile_are_found_in_order(log: Path, is_restarted: bool) -> None:
    follow = Follow(log)
    write(log, *numbered(0, 10))
    follow.go()
    write(log, *numbered(10, 12))
    for turn in range(3):
        for number in (3, 2, 1):
            older = log.with_name(f"app.log.{number}")
            if older.exists():
                older.rename(log.with_name(f"app.log.{number + 1}"))
        log.rename(log.with_name("app.log.1"))
        write(log, *numbered(12 + 10 * turn, 22 + 10 * turn))
        os.utime(log, ns=(10**18 * 2 + turn, 10**18 * 2 + turn))
    if is_restarted:
        follow.restart()
    follow.go(rounds=3)
    assert follow.lines == numbered(0, 42)


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_copy_and_truncate(log: Path, pattern: str, is_restarted: bool) -> None:
    follow = Follow(log.with_name(pattern))
    write(log, *numbered(0, 100))
    follow.go()
    write(log, *numbered(100, 110))  # not yet read
    shutil.copy(log, log.with_name("app.log.1"))
    os.truncate(log, 0)
    write(log, *numbered(110, 115))
    if is_restarted:
        follow.restart()
    follow.go(rounds=3)
    assert sorted(follow.lines) == sorted(numbered(0, 115))


def test_truncated_and_grown_beyond_what_was_read_is_seen(log: Path) -> None:
    follow = Follow(log)
    write(log, *numbered(0, 10))
    follow.go()
    os.truncate(log, 0)
    write(log, *numbered(500, 600))
    follow.go(rounds=2)
    assert follow.lines == numbered(0, 10) + numbered(500, 600)


def test_a_copy_under_way_is_not_a_new_file(log: Path) -> None:
    follow = Follow(log.with_name("app.log*"))
    write(log, *numbered(0, 100))
    follow.go()
    copy = log.with_name("app.log.1")
    copy.write_bytes(log.read_bytes()[:1500])
    assert follow.go() == []
    shutil.copy(log, copy)
    assert follow.go() == []
    os.truncate(log, 0)
    write(log, *numbered(100, 103))
    assert follow.go(rounds=2) == numbered(100, 103)
    assert follow.much_later() == []


@pytest.mark.parametrize("is_restarted", [False, True])
def test_packing_of_what_was_shipped_brings_nothing_twice(log: Path, is_restarted: bool) -> None:
    follow = Follow(log.with_name("app.log*"))
    write(log, *numbered(0, 3000))
    follow.go()
    write(log, *numbered(3000, 3010))
    packed = log.with_name("app.log.1.gz")
    packed.write_bytes(gzip.compress(log.read_bytes())[:-500])
    if is_restarted:
        follow.restart()
    log.rename(log.with_name("app.log.1"))
    write(log, *numbered(3010, 3020))
    follow.go()
    packed.write_bytes(gzip.compress(log.with_name("app.log.1").read_bytes()))
    log.with_name("app.log.1").unlink()
    follow.go()
    follow.much_later()
    follow.much_later()
    assert follow.lines == numbered(0, 3020)


def test_what_was_packed_while_nobody_looked_is_read_on(log: Path) -> None:
    follow = Follow(log)
    write(log, *numbered(0, 10))
    follow.go()
    write(log, *numbered(10, 20))
    log.with_name("app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    write(log, *numbered(20, 30))
    follow.restart()
    follow.go(rounds=3)
    assert follow.lines == numbered(0, 30)


def test_once_ships_everything_oldest_first(log: Path) -> None:
    for age, name in enumerate(("app.log.2.gz", "app.log.1", "app.log")):
        text = "".join(f"{line}\n" for line in numbered(10 * age, 10 * age + 10)).encode()
        path = log.with_name(name)
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
        os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
    with log.open("a") as file:
        file.write("without end")
    follow = Follow(log.with_name("app.log*"), is_once=True)
    follow.go()
    assert follow.lines == [*numbered(0, 30), "without end"]
    follow.restart()
    assert follow.go() == []


def test_files_with_the_same_banner_are_not_taken_for_each_other(log: Path) -> None:
    follow = Follow(log.with_name("app.log*"))
    write(log, "=== started ===")
    follow.go()
    log.rename(log.with_name("app.log.1"))
    write(log, "=== started ===", "on")
    follow.go()
    log.with_name("app.log.1").rename(log.with_name("app.log.2"))
    log.rename(log.with_name("app.log.1"))
    write(log, "=== started ===")
    follow.go(rounds=2)
    follow.restart()
    follow.go(rounds=2)
    assert follow.lines == ["=== started ===", "=== started ===", "on", "=== started ==="]


def test_a_line_without_end_is_shipped_in_pieces(log: Path) -> None:
    log.write_bytes(b"x" * (2 * CHUNK_BYTES + 5) + b"\nnext\n")
    follow = Follow(log)
    follow.go()
    assert "".join(follow.lines) == "x" * (2 * CHUNK_BYTES + 5) + "next"


def test_from_end_takes_only_what_comes(log: Path) -> None:
    write(log, *numbered(0, 5000))
    follow = Follow(log.with_name("*.log"), is_from_end=True)
    assert follow.go() == []
    write(log, "later")
    write(log.with_name("other.log"), "a new file is read whole")
    assert follow.go(rounds=2) == ["later", "a new file is read whole"]


def test_binary_files_are_left_out_with_one_warning(log: Path) -> None:
    log.write_bytes(bytes(range(32)) * 100)
    follow = Follow(log)
    assert follow.go(rounds=3) == []
    assert len(follow.warnings) == 1


def test_a_broken_packed_file_gives_what_can_be_read(log: Path) -> None:
    packed = log.with_name("old.gz")
    packed.write_bytes(gzip.compress("".join(f"{os.urandom(30).hex()}\n" for _ in range(20_000)).encode())[:-1000])
    os.utime(packed, (1_700_000_000, 1_700_000_000))
    follow = Follow(packed)
    follow.go(rounds=3)
    assert 15_000 < len(follow.lines) < 20_000
    assert len(set(follow.lines)) == len(follow.lines)


def test_two_names_of_one_file_are_one_file(log: Path) -> None:
    write(log, "once")
    log.with_name("link.log").symlink_to(log)
    os.link(log, log.with_name("hard.log"))
    follow = Follow(log.with_name("*.log"))
    assert follow.go(rounds=3) == ["once"]


def test_a_file_that_is_still_there_is_known_after_a_month(log: Path) -> None:
    packed = log.with_name("app.log.1.gz")
    packed.write_bytes(gzip.compress(b"once\n"))
    os.utime(packed, (1_700_000_000, 1_700_000_000))
    write(log, "now")
    follow = Follow(log.with_name("app.log*"))
    follow.go(rounds=2)
    for _ in range(2):
        follow.clock_s += KEPT_MS / 1000 + 1
        follow.go(rounds=2)
    follow.restart()
    follow.go(rounds=2)
    assert follow.lines == ["once", "now"]


def test_a_generation_that_was_seen_but_not_read_is_read_when_it_is_packed_meanwhile(log: Path) -> None:
    write(log, *numbered(0, 10))
    follow = Follow(log)
    follow.go()
    log.rename(log.with_name("app.log.2"))
    write(log, *numbered(10, 20))
    log.rename(log.with_name("app.log.1"))
    write(log, *numbered(20, 30))
    follow.restart()
    follow.positions.update(next(follow.shipments).after)  # it has found them all, and is killed
    plain, packed = log.with_name("app.log.1"), log.with_name("app.log.1.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    shutil.copystat(plain, packed)
    plain.unlink()
    follow.restart()
    follow.go(rounds=3)
    assert follow.lines == numbered(0, 30)


def test_rotated_files_that_were_there_first_are_left_out_unless_named(log: Path) -> None:
    for name in ("app.log.1", "app.log.2.gz"):
        old = log.with_name(name)
        old.write_bytes(gzip.compress(b"old\n") if name.endswith("gz") else b"old\n")
        os.utime(old, (1_700_000_000, 1_700_000_000))
    write(log, "new")
    follow = Follow(log)
    follow.go(rounds=2)
    log.with_name("app.log.2.gz").rename(log.with_name("app.log.3.gz"))
    log.with_name("app.log.1").rename(log.with_name("app.log.2"))
    log.rename(log.with_name("app.log.1"))
    write(log, "newer")
    follow.restart()
    follow.go(rounds=2)
    assert follow.lines == ["new", "newer"]


def test_a_log_that_was_only_waited_for_is_found_though_rotation_has_moved_it(log: Path) -> None:
    follow = Follow(log)
    assert follow.go() == []
    write(log, "first")
    log.rename(log.with_name("app.log.1"))
    follow.restart()
    assert follow.go(rounds=2) == ["first"]


def test_excluded_rotated_files_are_left_out(log: Path) -> None:
    write(log, "one")
    follow = Follow(log, exclude=("*.1",))
    follow.go()
    write(log.with_name("app.log.1"), "excluded")
    assert follow.go(rounds=2) == []


def test_file_that_vanishes_while_it_is_looked_at_is_closed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(log, "one")
    follow = Follow(log)

    def vanish(path: Path, *_: object) -> bool:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(file_source.Watched, "is_from_before", vanish)
    opened: list[Content] = []

    def noted(path: Path) -> Content:
        opened.append(open_content(path))
        return opened[-1]

    monkeypatch.setattr(file_source, "open_content", noted)
    follow.go()
    assert opened
    with pytest.raises(ValueError, match="closed file"):
        opened[0].read_at(0, 1)
