"""The template of a message: what all lines of one event have in common, its variables masked.

In: a message as the parser left it. Out: its template, ids of both, and the numbers that masking loses.
Never raises; linear time in the length of the message.
``template_of`` sees only ``collapse(message)``, so that lines with one id have one template and a table keyed by line
id never has to look at the text of a line it knows.
"""

from __future__ import annotations

import re
import zlib
from hashlib import blake2b
from itertools import islice

from shared.core.line_ids import collapse, line_ids, narrow
from shared.core.masks import mask_variables
from shared.core.request_masks import mask_requests, restore_slashes

__all__ = ["VERSION", "collapse", "line_ids", "numbers_in", "template_id", "template_of", "words_in"]

VERSION = 2  # of collapse and template_of together; an artefact names the version that it was trained with

_MAX_TEMPLATE_CHARS = 2000
_MAX_MASKED_CHARS = 4000  # of a collapsed message; what stands behind is cut before masking
_MAX_NUMBERS = 64
_BLANKS = re.compile(r"\s+")


def template_of(message: str) -> str:
    """The message with its variables as typed masks (``<IP>``, ``<NUM>`` ...) and runs of blanks as one.

    "Received block blk_-16 of size 9 from /10.0.0.6" -> "Received block blk_<ID> of size <NUM> from /<IP>"
    """
    text = collapse(message)[:_MAX_MASKED_CHARS]
    text = restore_slashes(mask_variables(mask_requests(text))) if " /" in text else mask_variables(text)
    return _BLANKS.sub(" ", text).strip()[:_MAX_TEMPLATE_CHARS]


def template_id(template: str) -> int:
    """64-bit id of a template, the same on every machine (BLAKE2b)."""
    return int.from_bytes(blake2b(template.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


# Words of letters, with a mask's name left out; Chinese, which has no blanks, in pairs of characters.
_WORD = re.compile(r"<[A-Z:]+>|[^\W\d_]{2,}")
_CJK = re.compile("[\u3400-\u9fff]")


def words_in(template: str, most: int) -> list[int]:
    """Hashes (32 bits, never 0) of the first ``most`` distinct words of a template, whatever their case."""
    found: dict[int, None] = {}
    for match in _WORD.finditer(template):
        word = match[0]
        if word[0] == "<":
            continue
        parts = [word[i : i + 2] for i in range(len(word) - 1)] if _CJK.search(word) else [word.lower()]
        for part in parts:
            found[zlib.crc32(part.encode("utf-8", "surrogatepass")) or 1] = None
        if len(found) >= most:
            break
    return list(found)[:most]


_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.:/\\-])(?<![\d]-)([+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?)"
    r"(?:(?=[A-Za-z]{1,12}(?![A-Za-z0-9_]))|(?![A-Za-z0-9_]))(?![.:/\\-]?[0-9])"
)


def numbers_in(message: str) -> list[float]:
    """The quantities in a message, in order, at most 64: what masking loses.

    Parts of ids, addresses, paths and times are none. "took 12.5ms for 3 of 10.0.0.6" -> [12.5, 3.0]
    """
    return [float(match[1]) for match in islice(_NUMBER.finditer(narrow(message)), _MAX_NUMBERS)]
