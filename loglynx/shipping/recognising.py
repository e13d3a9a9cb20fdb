"""Which known file a content is: by its inode, or as a copy or packed form of one, told by its bytes.

In: a path with its content, the marks of known files, the names of those still being read.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from loglynx.shipping.contents import CHUNK_BYTES, Content, Mark, digest, holds, moved, open_content
from loglynx.shipping.rotation import base_name

SETTLED_S = 60.0  # a file not written for this long is complete


def recognised(path: Path, content: Content, marks: Mapping[str, Mark], followed: Container[str]) -> str | None:
    """Name of the mark that this content goes on from; None for a new file."""
    for name, mark in marks.items():
        if mark.offset and mark.identity == content.identity and holds(content, mark):
            return name
    for name, mark in marks.items():
        if not mark.offset or mark.identity == content.identity or not _are_kin(mark, path):
            continue
        if (name in followed or content.is_packed or not _is_still(mark)) and holds(content, mark):
            return name
    # Of an empty file only its inode was seen, which may be another's by now: what bytes tell comes first.
    return next((name for name, mark in marks.items() if not mark.offset and mark.identity == content.identity), None)


def may_be_a_copy_under_way(path: Path, content: Content, marks: Mapping[str, Mark], now_s: float) -> bool:
    """A young file under a rotated name that begins as a known one does: the original is yet to be truncated."""
    if base_name(path.name) == path.name or now_s - path.stat().st_mtime > SETTLED_S:
        return False
    return any(
        mark.offset and _are_kin(mark, path) and digest(content.read_at(0, mark.head_bytes)) == mark.head
        for mark in marks.values()
    )


def is_complete(path: Path, content: Content, now_s: float) -> bool:
    """A packed file that is still being written ends too early. Read through only where it is young."""
    if not content.is_packed or now_s - path.stat().st_mtime > SETTLED_S:
        return True
    offset = 0
    while piece := content.read_at(offset, CHUNK_BYTES):
        offset += len(piece)
    return content.is_whole


def at_end(mark: Mark, content: Content, now_ms: int) -> Mark:
    """``mark`` behind the last whole line that is there now."""
    offset = end = 0
    kept = before = b""
    while piece := content.read_at(offset, CHUNK_BYTES):
        seen = kept + piece
        cut = seen.rfind(b"\n") + 1
        if cut:
            end, before = offset - len(kept) + cut, seen[:cut]
        offset += len(piece)
        kept = seen[-CHUNK_BYTES:]
    return moved(mark, content, end, before, now_ms) if end else mark


def identity_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _are_kin(mark: Mark, path: Path) -> bool:
    """Another name of the same log."""
    other = Path(mark.path)
    return other != path and other.parent == path.parent and base_name(other.name) == base_name(path.name)


def _is_still(mark: Mark) -> bool:
    """Whether the marked file is where it was, with what was shipped still in it."""
    try:
        content = open_content(Path(mark.path))
    except OSError:
        return False
    try:
        return content.identity == mark.identity and holds(content, mark)
    finally:
        content.close()
