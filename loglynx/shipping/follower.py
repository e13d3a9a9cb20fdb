"""Follows one file: whole lines from its mark on, and the end of them.

A line is held back until its end was written, unless nothing more will be. A line of more than CHUNK_BYTES is shipped
in pieces. Raises Replaced when the bytes before the mark are no longer what was shipped: the file was truncated, or
written anew in place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from loglynx.shipping.contents import CHUNK_BYTES, Content, Mark, digest, moved
from loglynx.shipping.shipment import within_bounds


class Replaced(Exception):
    """The file holds something else now."""


@dataclass(slots=True)
class Follower:
    """``name`` is the mark's in the state. ``is_ending``: the path leads elsewhere now; the rest is read."""

    name: str
    content: Content
    mark: Mark
    stream: str
    is_ending: bool = False
    quiet_since_s: float | None = None

    @property
    def path(self) -> str:
        return self.mark.path

    def rename(self, path: Path) -> None:
        self.mark = replace(self.mark, path=str(path))

    def read(self, now_ms: int, is_last: bool = False) -> tuple[list[bytes], Mark]:
        """Lines of one push and the mark behind them; none when no line is complete.

        is_last  nothing more will be written: the last line counts without its end
        """
        mark = self.mark
        before = mark.tail_bytes
        data = self.content.read_at(mark.offset - before, before + CHUNK_BYTES)
        if digest(data[:before]) != mark.tail:
            raise Replaced
        lines = data[before:].split(b"\n")
        rest = lines.pop()
        is_cut = not lines and len(rest) >= CHUNK_BYTES
        is_end = is_last and self.content.is_whole and len(data) < before + CHUNK_BYTES
        is_whole_rest = bool(rest) and (is_cut or is_end)
        if is_whole_rest:
            lines.append(rest)
        taken = within_bounds(lines)
        if not taken:
            return [], mark
        used = sum(len(line) + 1 for line in lines[:taken])
        used -= is_whole_rest and taken == len(lines)
        end = before + used
        return [line.removesuffix(b"\r") for line in lines[:taken]], moved(
            mark, self.content, mark.offset + used, data[:end], now_ms
        )

    def close(self) -> None:
        self.content.close()
