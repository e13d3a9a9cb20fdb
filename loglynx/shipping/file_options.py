"""What a person asks of the shipping of files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileOptions:
    """stream: of all lines, else each file's own name; is_from_end: what is there at first counts as shipped."""

    stream: str | None = None
    is_from_end: bool = False
    is_once: bool = False
    is_binary_allowed: bool = False
    exclude: tuple[str, ...] = ()
