"""Batches of a push and the keys that make a rerun harmless."""

from __future__ import annotations

from pathlib import Path

from loglynx.batching import MAX_BODY_BYTES, PushBatch, batches, lasting_name

LINES = [b"line %d" % i for i in range(25)]


def keys(items: list[PushBatch]) -> list[str]:
    return [item.idempotency_key for item in items]


def test_batches_hold_every_line_once_and_know_their_first() -> None:
    items = list(batches(LINES, 10, "web", "/var/log/a"))
    assert [(item.first, item.lines) for item in items] == [(1, 10), (11, 10), (21, 5)]
    assert b"".join(item.body for item in items) == b"".join(line + b"\n" for line in LINES)


def test_a_rerun_has_the_same_keys() -> None:
    once, again = (list(batches(LINES, 10, "web", "/var/log/a")) for _ in range(2))
    assert keys(once) == keys(again)
    assert len(set(keys(once))) == 3


def test_another_file_stream_or_content_has_other_keys() -> None:
    usual = set(keys(list(batches(LINES, 10, "web", "/var/log/a"))))
    assert usual.isdisjoint(keys(list(batches(LINES, 10, "web", "/var/log/b"))))
    assert usual.isdisjoint(keys(list(batches(LINES, 10, "api", "/var/log/a"))))
    assert usual.isdisjoint(keys(list(batches([b"x", *LINES], 10, "web", "/var/log/a"))))


def test_a_grown_file_repeats_only_its_last_batch() -> None:
    before = keys(list(batches(LINES, 10, "web", "/var/log/a")))
    after = keys(list(batches([*LINES, b"new"], 10, "web", "/var/log/a")))
    assert after[:2] == before[:2]
    assert after[2] != before[2]


def test_equal_lines_at_other_places_have_other_keys() -> None:
    items = list(batches([b"same"] * 20, 10, "web", "/var/log/a"))
    assert len(set(keys(items))) == 2


def test_long_lines_make_smaller_batches() -> None:
    long = b"x" * (MAX_BODY_BYTES // 2 + 1)
    assert [item.lines for item in batches([long] * 3, 1000, "web", "a")] == [1, 1, 1]


def test_a_name_lasts_for_a_file_and_not_for_a_pipe(tmp_path: Path) -> None:
    assert lasting_name(str(tmp_path / "a.log")) == lasting_name(str(tmp_path / "b" / ".." / "a.log"))
    assert lasting_name("-") != lasting_name("-")
