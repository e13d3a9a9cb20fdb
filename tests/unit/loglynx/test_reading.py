"""Lines out of every kind of packing, in bounded memory, with the numbers that an editor shows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from loglynx import reading
from loglynx.failures import InputUnreadable
from loglynx.reading import MAX_LINE_BYTES, looks_binary, open_input

TEXT = b"first\nsecond\r\n\nfourth without end"
LINES = [b"first", b"second", b"", b"fourth without end"]


def lines_of(path: Path, *, binary: bool = False) -> list[bytes]:
    with open_input(str(path), binary) as source:
        return list(source.lines)


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
def test_packing_is_told_by_the_first_bytes(tmp_path: Path, pack) -> None:
    path = tmp_path / "log.txt"  # the name says nothing
    path.write_bytes(pack(TEXT))
    assert lines_of(path) == LINES


def test_members_of_a_concatenated_gzip_are_one_log(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"one\ntw") + gzip.compress(b"o\nthree\n"))
    assert lines_of(path) == [b"one", b"two", b"three"]


def test_frames_of_a_concatenated_zstd_are_one_log(tmp_path: Path) -> None:
    path = tmp_path / "log.zst"
    compress = zstandard.ZstdCompressor().compress
    path.write_bytes(compress(b"one\ntw") + compress(b"o\n"))
    assert lines_of(path) == [b"one", b"two"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_a_mark_becomes_utf8(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes("\ufeff连接超时\r\nsecond\n".encode(encoding))
    assert [line.decode() for line in lines_of(path)] == ["连接超时", "second"]


def test_a_line_across_chunks_stays_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_BYTES", 7)
    path = tmp_path / "log.txt"
    path.write_bytes(TEXT)
    assert lines_of(path) == LINES


def test_an_endless_line_is_cut_and_the_next_one_keeps_its_number(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"a" * (5 * MAX_LINE_BYTES) + b"\nnext\n")
    first, second = lines_of(path)
    assert len(first) == MAX_LINE_BYTES
    assert second == b"next"


def test_an_endless_last_line_comes_once(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"a" * (3 * MAX_LINE_BYTES))
    assert len(lines_of(path)) == 1


@pytest.mark.parametrize("content", [b"", b"\n"], ids=["nothing", "one blank line"])
def test_empty_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(content)
    assert lines_of(path) == ([b""] if content else [])


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="No such file"):
        lines_of(tmp_path / "absent.log")


def test_a_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match="directory"):
        lines_of(tmp_path)


def test_a_binary_file_is_refused_unless_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(bytes(range(32)) * 100 + b"\x00" * 5000)
    with pytest.raises(InputUnreadable, match="does not look like text"):
        lines_of(path)
    assert lines_of(path, binary=True)


def test_a_log_with_a_hole_of_nuls_is_text() -> None:
    assert not looks_binary(b"2026-01-01 INFO started\n" * 1000 + b"\x00" * 4096)
    assert not looks_binary("错误：连接超时\n".encode("gb18030") * 50)
    assert not looks_binary(b"\x1b[31mred\x1b[0m\n" * 50)


@pytest.mark.parametrize("cut", [1, 8, 20])
def test_a_damaged_gzip_gives_what_it_holds_and_then_fails(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"".join(b"line %d of the log\n" % i for i in range(100_000)))[:-cut])
    seen = []
    with pytest.raises(InputUnreadable, match="stopped before its end"), open_input(str(path)) as source:
        seen.extend(source.lines)
    assert seen[:2] == [b"line 0 of the log", b"line 1 of the log"]


def test_bytes_read_counts_what_lies_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(TEXT * 1000))
    with open_input(str(path)) as source:
        list(source.lines)
        assert source.bytes_read() == source.total_bytes == path.stat().st_size


def test_standard_input_has_no_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TEXT))))
    with open_input("-") as source:
        assert source.total_bytes is None
        assert list(source.lines) == LINES
