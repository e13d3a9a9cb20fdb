"""A 64-bit id for each line: the hash of what is left of it when its numbers are gone, for a whole batch at once.

In: messages. Out: uint64 ids, equal exactly when ``collapse`` gives equal text (up to a hash collision).
Never raises. Both ways of collapsing live here: ``collapse`` for one message, in regexes, and ``line_ids`` for a
batch, in array operations over one buffer; a property test holds them together.

What collapses, in this order:
- full-width digits, letters and punctuation become ASCII, other scripts' digits become 0;
- a UUID, and any word of 8 or more hex digits with both a figure and a letter, becomes 0f; 0x1a2b becomes 0x0.
  These differ from line to line and would make every line of a traced service a new one;
- each run of digits becomes 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# The full-width block is ASCII shifted by a constant; NFKC says the same of it. NFKC as a whole is not used: on a
# long run of combining marks it takes quadratic time, and log lines are hostile input.
_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}
_HAS_WIDE = re.compile("[\uff01-\uff5e\u3000]")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_NOT_BEFORE, _NOT_AFTER = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"
_HEX = "[0-9A-Fa-f]"
_UUID = re.compile(rf"{_NOT_BEFORE}{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}{_NOT_AFTER}")
_HEX_WORD = re.compile(rf"{_NOT_BEFORE}(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9]){_HEX}{{8,}}+{_NOT_AFTER}")
_HEX_NUMBER = re.compile(rf"{_NOT_BEFORE}0[xX]{_HEX}++{_NOT_AFTER}")
_DIGITS = re.compile("[0-9]+")
_MIN_HEX_WORD = 8
_MIN_BATCH = 12  # below it the arrays' fixed cost is more than the regexes'

_DIGIT, _HEX_LETTER, _LETTER = 1, 2, 4
_CLASS = np.zeros(256, np.uint8)
_CLASS[list(b"0123456789")] = _DIGIT
_CLASS[list(b"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")] = _LETTER
_CLASS[list(b"abcdefABCDEF")] = _HEX_LETTER


def narrow(message: str) -> str:
    """Full-width forms as ASCII, digits of other scripts as 0. ASCII comes back as it is."""
    if message.isascii():
        return message
    if _HAS_WIDE.search(message):
        message = message.translate(_WIDE)
    return _FOREIGN_DIGIT.sub("0", message)


def collapse(message: str) -> str:
    """The message without the digits that tell one line of an event from the next; see the module's list."""
    message = narrow(message)
    message = _UUID.sub("0f-0f-0f-0f-0f", message)
    message = _HEX_WORD.sub("0f", message)
    message = _HEX_NUMBER.sub("0x0", message)
    return _DIGITS.sub("0", message)


def line_ids(messages: Sequence[str]) -> NDArray[np.uint64]:
    """(n,) one id for each message: BLAKE2b, 64 bits, of its collapsed UTF-8. The same on every machine."""
    if len(messages) < _MIN_BATCH:
        return np.array([_hash(collapse(m).encode("utf-8", "surrogatepass")) for m in messages], np.uint64)
    parts = [(m if m.isascii() else narrow(m)).encode("utf-8", "surrogatepass") for m in messages]
    ends = np.cumsum([len(part) + 1 for part in parts], dtype=np.int64)  # each message and the newline after it
    text = np.frombuffer(bytearray(b"\n" + b"\n".join(parts) + b"\n"), np.uint8)
    collapsed, moved = _collapse_bytes(text)
    buffer = memoryview(collapsed.tobytes())
    bounds = [1, *(moved[ends] + 1).tolist()]
    digests = [blake2b(buffer[a : b - 1], digest_size=8).digest() for a, b in pairwise(bounds)]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def _collapse_bytes(text: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The collapsed bytes, and for each byte of ``text`` its place there. ``text`` begins and ends with newline."""
    kind = _CLASS[text]
    is_digit = kind == _DIGIT
    keep = np.ones(len(text), bool)
    _collapse_hex(text, kind, is_digit, keep)
    keep[1:] &= ~(is_digit[1:] & is_digit[:-1])
    text = np.where(is_digit, np.uint8(ord("0")), text)
    return text[keep], np.cumsum(keep, dtype=np.int32) - 1


def _collapse_hex(
    text: NDArray[np.uint8], kind: NDArray[np.uint8], is_digit: NDArray[np.bool_], keep: NDArray[np.bool_]
) -> None:
    """Write 0f or 0x0 over hex words, in place, and drop the rest of them from ``keep`` and ``is_digit``."""
    is_word = kind != 0
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1  # words: [edges[0], edges[1]), [edges[2], edges[3]) ...
    start, end = edges[::2], edges[1::2]
    length = end - start
    is_uuid = _in_uuid(text, kind, start, end, length)
    is_number = (length > 2) & (text[start] == ord("0")) & ((text[start + 1] | 32) == ord("x"))
    chosen = np.flatnonzero((length >= _MIN_HEX_WORD) | is_number | is_uuid)
    if not len(chosen):
        return
    start, end, length = start[chosen], end[chosen], length[chosen]
    letters = _count(kind == _LETTER, start, end)
    hex_letters = _count(kind == _HEX_LETTER, start, end)
    is_mixed = (length >= _MIN_HEX_WORD) & (letters == 0) & (hex_letters > 0) & (hex_letters < length)
    is_mixed |= is_uuid[chosen]
    number, word = start[is_number[chosen] & (letters == 1)], start[is_mixed]
    text[word], text[word + 1] = ord("0"), ord("f")
    text[number + 1], text[number + 2] = ord("x"), ord("0")
    is_digit[word], is_digit[word + 1], is_digit[number + 2] = True, False, True
    cut = np.zeros(len(text), np.int8)
    cut[word + 2] = 1
    cut[number + 3] = 1
    cut[end[is_mixed]] -= 1
    cut[end[is_number[chosen] & (letters == 1)]] -= 1
    is_cut = np.cumsum(cut, dtype=np.int8) > 0
    keep &= ~is_cut
    is_digit &= ~is_cut


def _in_uuid(
    text: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    start: NDArray[np.intp],
    end: NDArray[np.intp],
    length: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """For each word, whether it is one of the five of a UUID: 8-4-4-4-12 hex digits."""
    found = np.zeros(len(start), bool)
    if len(start) < 5:
        return found
    is_joined = (start[1:] - end[:-1] == 1) & (text[end[:-1]] == ord("-"))
    first = np.flatnonzero((length[:-4] == 8) & (length[1:-3] == 4) & (length[4:] == 12) & is_joined[:-3])
    for n in (1, 2, 3):
        first = first[(length[first + n] == 4) & is_joined[first + n]]
    words = (first[:, None] + np.arange(5)).ravel()
    if len(words):
        is_hex = _count(kind == _LETTER, start[words], end[words]) == 0
        found[words] = np.repeat(is_hex.reshape(-1, 5).all(axis=1), 5)
    return found


def _count(is_one: NDArray[np.bool_], start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many of ``is_one`` hold in each [start, end)."""
    spans = np.stack((start, end), axis=1).ravel()
    return np.add.reduceat(is_one, spans, dtype=np.int64)[::2]
