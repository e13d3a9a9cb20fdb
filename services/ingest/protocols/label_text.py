r"""Loki's label text ``{app="shop", path="C:\\x"}`` as a dict. Never raises: a text that is none gives no labels."""

from __future__ import annotations

import re
from functools import lru_cache

_PAIR = re.compile(r'[\s,]*([A-Za-z_][\w.:/-]*)\s*=\s*"((?:[^"\\]|\\.)*+)"\s*', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
MAX_CACHED_CHARS = 2048


def read_labels(text: str) -> dict[str, str]:
    """The labels; of an empty, broken or cut text those that stand before the break."""
    return _remembered(text) if len(text) <= MAX_CACHED_CHARS else _read(text)


def _read(text: str) -> dict[str, str]:
    labels, text = {}, text.strip()
    position = 1 if text.startswith("{") else len(text)
    while pair := _PAIR.match(text, position):
        labels[pair[1]] = _ESCAPE.sub(_unescaped, pair[2]) if "\\" in pair[2] else pair[2]
        position = pair.end()
    return labels


_remembered = lru_cache(maxsize=4096)(_read)


def _unescaped(escape: re.Match[str]) -> str:
    """As Go's strconv.Unquote reads it."""
    byte, short, long, octal, other = escape.groups()
    if other is not None:
        return _NAMED.get(other, other)
    code = int(octal, 8) if octal else int(byte or short or long, 16)
    return chr(code) if code < 0x110000 else "\ufffd"
