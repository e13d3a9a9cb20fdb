"""What one of doctor's checks found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. ``fix`` is "" when all is well."""

    name: str
    is_well: bool
    what: str
    fix: str = ""
