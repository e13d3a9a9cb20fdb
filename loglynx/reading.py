"""Lines out of a file or standard input: plain, gzip, zstd, bzip2 or xz, told by their first bytes.

Memory is bounded whatever comes: chunks of 1 MiB, and a line without an end is cut at ``MAX_LINE_BYTES``. Lines end
at ``\\n``, as editors, grep and sed count them; a ``\\r`` before it is dropped. UTF-16 becomes UTF-8.
Raises InputUnreadable: missing, a directory, binary, or broken compression (after the lines before the break).
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import zstandard

from loglynx.failures import InputUnreadable

CHUNK_BYTES = 1024 * 1024
MAX_LINE_BYTES = 1024 * 1024
STDIN = "-"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MAX_CONTROL_SHARE = 0.3
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")

BROKEN_PACKING = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


@dataclass(frozen=True, slots=True)
class OpenInput:
    """An input that is being read. ``total_bytes`` is None for a pipe; ``bytes_read`` counts compressed bytes."""

    name: str
    total_bytes: int | None
    bytes_read: Callable[[], int]
    lines: Iterator[bytes]


@contextmanager
def open_input(
    path: str, is_binary_allowed: bool = False, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[OpenInput]:
    """Open ``path`` (``-`` is standard input) and tell how it is packed; lines are cut at ``max_line_bytes``."""
    if path == STDIN:
        yield _opened("stdin", sys.stdin.buffer, None, is_binary_allowed, max_line_bytes)
        return
    try:
        raw = Path(path).open("rb")  # noqa: SIM115  closed below; only the opening may fail with this message
    except OSError as error:
        raise InputUnreadable(f"{path}: {error.strerror}", "check the path; - reads standard input") from error
    with raw:
        total = Path(path).stat().st_size if raw.seekable() else None
        yield _opened(path, raw, total, is_binary_allowed, max_line_bytes)


def _opened(name: str, raw: BinaryIO, total: int | None, is_binary_allowed: bool, max_line_bytes: int) -> OpenInput:
    counted = _Counted(raw)
    source = io.BufferedReader(counted, CHUNK_BYTES)
    unpacked = unpacked_stream(source)
    return OpenInput(
        name, total, lambda: counted.bytes_read, _lines(name, unpacked, is_binary_allowed, max_line_bytes)
    )


class _Counted(io.RawIOBase):
    """A raw reader that knows how far it has come; pipes have no ``tell``."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read_some = getattr(self._raw, "read1", self._raw.read)  # read1 gives what a pipe has now, and does not wait
        data = read_some(len(buffer))
        buffer[: len(data)] = data
        self.bytes_read += len(data)
        return len(data)


def unpacked_stream(source: io.BufferedReader[Any]) -> IO[bytes]:
    """The plain bytes of gzip, zstd, bzip2 or xz; ``source`` itself when its first bytes tell of none."""
    head = source.peek(6)[:6]
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=source))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True))
    if head.startswith(b"BZh"):
        return cast(IO[bytes], bz2.BZ2File(source))
    if head.startswith(b"\xfd7zXZ\x00"):
        return cast(IO[bytes], lzma.LZMAFile(source))
    return source


def _chunks(name: str, unpacked: IO[bytes]) -> Iterator[bytes]:
    read_some = getattr(unpacked, "read1", unpacked.read)
    while True:
        try:
            chunk = read_some(CHUNK_BYTES)
        except BROKEN_PACKING as error:
            raise InputUnreadable(
                f"{name}: reading stopped before its end ({type(error).__name__}: {error})",
                "the file is cut short or damaged; what was read before is shown",
            ) from error
        if not chunk:
            return
        yield chunk


def _lines(name: str, unpacked: IO[bytes], is_binary_allowed: bool, max_line_bytes: int) -> Iterator[bytes]:
    chunks = _chunks(name, unpacked)
    first = next(chunks, b"")
    if first.startswith(UTF16_MARKS):
        yield from (line.encode("utf-8", "replace") for line in _utf16_lines(first, chunks))
        return
    if not is_binary_allowed and looks_binary(first):
        raise InputUnreadable(f"{name}: this does not look like text", "to read it all the same, add --binary")
    rest = b""
    is_cut = False
    chunk: bytes | None = first
    while chunk:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not is_cut:
                yield line.removesuffix(b"\r")
            is_cut = False
        if len(rest) > max_line_bytes:
            if not is_cut:
                yield rest[:max_line_bytes]
            is_cut, rest = True, b""
        chunk = next(chunks, None)
    if rest and not is_cut:
        yield rest.removesuffix(b"\r")


def _utf16_lines(first: bytes, chunks: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    rest = decoder.decode(first)
    while True:
        *whole, rest = rest.split("\n")
        yield from (line.removesuffix("\r") for line in whole)
        rest = rest[:MAX_LINE_BYTES]
        chunk = next(chunks, None)
        if chunk is None:
            break
        rest += decoder.decode(chunk)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest.removesuffix("\r")


def looks_binary(sample: bytes) -> bool:
    """True when more than 30 % of the sample are control bytes that no log line holds.

    A run of NULs, which a crash leaves in a log, stays below that in a sample of 64 KiB unless it is most of it.
    """
    head = sample[: 64 * 1024]
    return len(head) > 0 and (len(head) - len(head.translate(None, _CONTROLS))) / len(head) > MAX_CONTROL_SHARE
