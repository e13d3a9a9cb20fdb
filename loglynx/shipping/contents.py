"""A log file's plain bytes by offset, whether it is packed or not, and the mark that recognises them again.

An open file stays readable after it was renamed or removed. Packed content is read forwards; going back reopens it.
Fails with OSError where the file cannot be opened; broken packing ends the content early and is remembered.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

from loglynx.reading import BROKEN_PACKING, unpacked_stream

HEAD_BYTES = 1024
TAIL_BYTES = 256
CHUNK_BYTES = 256 * 1024
PACKED_MAGIC = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was shipped, and what tells it from any other: what it begins with and what stands before there.

    device, inode  the file that was read last; a copy or a packed one has others and the same bytes
    offset         plain bytes shipped
    read_ms        when, on the wall clock
    is_done        read to its end, and nothing more is expected
    """

    path: str
    device: int
    inode: int
    offset: int = 0
    head: str = ""
    tail: str = ""
    read_ms: int = 0
    is_done: bool = False

    @property
    def identity(self) -> tuple[int, int]:
        return self.device, self.inode

    def moved_to(self, path: Path, identity: tuple[int, int]) -> Mark:
        """The same bytes, in the file that holds them now."""
        return replace(self, path=str(path), device=identity[0], inode=identity[1])

    @property
    def head_bytes(self) -> int:
        return min(HEAD_BYTES, self.offset)

    @property
    def tail_bytes(self) -> int:
        return min(TAIL_BYTES, self.offset)


class Content(Protocol):
    """``is_whole``: reading met no broken packing so far."""

    identity: tuple[int, int]
    is_packed: bool
    is_whole: bool

    def read_at(self, offset: int, size: int) -> bytes: ...

    def close(self) -> None: ...


def open_content(path: Path) -> Content:
    file = path.open("rb", buffering=0)
    is_packed = os.pread(file.fileno(), 6, 0).startswith(PACKED_MAGIC)
    return PackedContent(file) if is_packed else PlainContent(file)


@contextmanager
def closed_on_error(content: Content) -> Iterator[Content]:
    """Left open for whoever took it; closed when the file turns out to be gone, or cannot be read."""
    try:
        yield content
    except OSError:
        content.close()
        raise


class PlainContent:
    is_packed = False
    is_whole = True

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.identity = _identity(file)

    def read_at(self, offset: int, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0 and (piece := os.pread(self._file.fileno(), size, offset)):
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        self._file.close()


class PackedContent:
    is_packed = True

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.identity = _identity(file)
        self.is_whole = True
        self._start = 0  # offset of the first byte that is held
        self._held = b""
        self._plain = self._unpacked()

    def read_at(self, offset: int, size: int) -> bytes:
        if offset < self._start:
            self._rewind()
        while self._start + len(self._held) < offset + size:
            over = offset - self._start
            if over >= len(self._held):  # nothing of what is held is asked for
                self._start += len(self._held)
                self._held = b""
            elif over > 0:
                self._start, self._held = offset, self._held[over:]
            piece = self._next()
            if not piece:
                break
            self._held += piece
        start = offset - self._start
        return self._held[start : start + size]

    def close(self) -> None:
        self._file.close()

    def _rewind(self) -> None:
        self._start, self._held, self.is_whole = 0, b"", True
        self._plain = self._unpacked()

    def _unpacked(self) -> IO[bytes]:
        self._file.seek(0)
        return unpacked_stream(io.BufferedReader(_Unclosed(self._file), CHUNK_BYTES))

    def _next(self) -> bytes:
        if not self.is_whole:
            return b""
        try:
            return self._plain.read(CHUNK_BYTES)
        except BROKEN_PACKING:
            self.is_whole = False
            return b""


class _Unclosed(io.RawIOBase):
    """A file that a reader in front of it must not close."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._file.readinto(buffer) or 0


def _identity(file: io.FileIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino


def holds(content: Content, mark: Mark) -> bool:
    """Whether the content goes on from ``mark``: same beginning, same bytes before its offset."""
    if digest(content.read_at(0, mark.head_bytes)) != mark.head:
        return False
    return digest(content.read_at(mark.offset - mark.tail_bytes, mark.tail_bytes)) == mark.tail


def moved(mark: Mark, content: Content, offset: int, before: bytes, now_ms: int) -> Mark:
    """``mark`` at ``offset``; ``before`` is what stands before there, at least TAIL_BYTES or from the beginning."""
    head = mark.head
    if mark.offset < HEAD_BYTES:
        head = digest(content.read_at(0, min(HEAD_BYTES, offset)))
    return replace(mark, offset=offset, head=head, tail=digest(before[-TAIL_BYTES:]), read_ms=now_ms)


def digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest() if data else ""
