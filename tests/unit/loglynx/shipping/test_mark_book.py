"""What is written down of files, and what is forgotten."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from loglynx.shipping.contents import Mark
from loglynx.shipping.mark_book import KEPT_MARKS, KEPT_MS, MarkBook


def a_mark(read_ms: int, path: str = "/logs/app.log") -> Mark:
    return Mark(path, 1, 2, offset=10, read_ms=read_ms)


def test_a_change_is_told_once_and_a_written_one_not_at_all() -> None:
    book = MarkBook({"file:a": asdict(a_mark(1)), "journal": {"cursor": "x"}})
    assert book.changed((), 1) == {}
    book["file:a"] = a_mark(2)
    book.written("file:b", a_mark(3))
    assert book.changed((), 3) == {"file:a": asdict(a_mark(2))}
    assert book.changed((), 3) == {}


def test_the_longest_unread_are_forgotten_but_never_what_is_followed() -> None:
    book = MarkBook({f"file:{n}": asdict(a_mark(n)) for n in range(KEPT_MARKS + 2)})
    assert book.changed({"file:0"}, 0) == {"file:1": None}
    assert set(book.changed({"file:0"}, KEPT_MS + KEPT_MARKS + 1)) == {f"file:{n}" for n in range(2, KEPT_MARKS + 1)}
    assert set(book) == {"file:0", f"file:{KEPT_MARKS + 1}"}


def test_a_path_was_last_read_under_its_latest_mark() -> None:
    book = MarkBook({"file:a": asdict(a_mark(1)), "file:b": asdict(a_mark(5)), "file:c": asdict(a_mark(9, "/other"))})
    assert book.last_read(Path("/logs/app.log")) == (5, "file:b")
    assert book.last_read(Path("/logs/app.log"), after="file:a") == (1, "file:a")
    assert book.last_read(Path("/none")) is None
