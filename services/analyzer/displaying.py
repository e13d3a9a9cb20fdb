"""Log text as it may be quoted to people: secrets masked, nothing active, nothing invisible, else as it stands.

In: a line or an event. Out: the same text; line breaks stay. Pages escape what they show all the same; this is for
wherever a title or an explanation goes from there (alerts, chats, terminals, other pages). Idempotent. Pure.
"""

from __future__ import annotations

import re

from services.analyzer.fencing import visible
from services.analyzer.masking import mask_secrets

_ACTIVE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\]\("), "] ("),  # a Markdown link
    (re.compile(r"\b(javascript|vbscript|data)(\s?):(?=\s?\S)", re.IGNORECASE), r"\1\2·:"),
)
_ANGLES = str.maketrans({"<": "‹", ">": "›"})


def shown(text: str) -> str:
    """``text`` for people."""
    text = visible(mask_secrets(text)).translate(_ANGLES)
    for pattern, harmless in _ACTIVE:
        text = pattern.sub(harmless, text)
    return text
