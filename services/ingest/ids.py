"""Ids in addresses and bodies: checked by their shape before anything reaches the store. Fails with NotFound."""

from __future__ import annotations

import re
from typing import Final

from shared.errors import NotFound

_INCIDENT: Final = re.compile(r"i[0-9a-f]{16}")
_FEEDBACK: Final = re.compile(r"f[0-9a-f]{16}")


def checked_incident_id(text: str) -> str:
    """``text`` if it may name an incident."""
    if not _INCIDENT.fullmatch(text):
        raise NotFound
    return text


def checked_feedback_id(text: str) -> str:
    """``text`` if it may name feedback."""
    if not _FEEDBACK.fullmatch(text):
        raise NotFound
    return text
