"""Bytes become lines of text that can be stored, shown and fed to a model without harm.

In: whatever a shipper sent. Out: text, lines, safe lines. Never raises; linear time.
"""

from __future__ import annotations

import re

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_COMMON_PAIR = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")  # GB2312: punctuation, full-width forms, common hanzi
_SAMPLE_BYTES = 1 << 16

CLIP_MARK = "…[clipped]"
_LOOKED_AT = 4  # times as many characters as may stay, for escapes and invisible ones go
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)?|\x1b[ -/]*+[0-~]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_VISIBLE: dict[int, str | None] = {code: chr(0x2400 + code) for code in range(0x20)}  # ␀ ␁ ␂ ...
_VISIBLE |= {0x7F: "␡", 0x2028: "␤", 0x2029: "␤"} | dict.fromkeys(range(0x80, 0xA0), "�")
_VISIBLE |= dict.fromkeys(range(0xD800, 0xE000), "�")
_VISIBLE |= {ord("\t"): "\t", ord("\n"): "\n"}
# What no reader sees: soft hyphen, zero-width and bidirectional controls, tags. A person must see what a model reads.
_VISIBLE |= dict.fromkeys(
    [0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF], None
)
_VISIBLE |= dict.fromkeys([*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE1000)], None)


def decode_bytes(data: bytes) -> str:
    """Text of the bytes: by byte order mark, as UTF-8, as GB18030 (GBK) where it looks like Chinese, else repaired.

    Bytes that are not UTF-8 are judged as a whole first, then line by line, so that one odd line spoils no other.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    is_chinese = _is_gb18030(data)
    return "\n".join(_decode_line(line, is_chinese) for line in data.split(b"\n"))


def _decode_line(line: bytes, is_chinese: bool) -> str:
    """One line of bytes that as a whole are no UTF-8; ``is_chinese``: as a whole they read as GB18030."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030" if is_chinese or _is_gb18030(line) else "utf-8", "replace")
    # A few pairs of hanzi are sound UTF-8 by accident; UTF-8 read as GB18030 is hardly ever common hanzi.
    return line.decode("gb18030", "replace") if is_chinese and not text.isascii() and _is_common(line) else text


def _is_gb18030(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 read well as GB18030."""
    sample = data[:_SAMPLE_BYTES]
    repaired = sample.decode("utf-8", "replace")
    is_mostly_utf8 = sum(char > "\x7f" for char in repaired) > 2 * repaired.count("\ufffd")
    return not is_mostly_utf8 and _is_common(sample)


def _is_common(sample: bytes) -> bool:
    """Whether the high bytes pair up, most of them as the common characters of GB2312."""
    high = sum(byte > 0x7F for byte in sample)
    pairs = _PAIR.findall(sample)
    common = sum(_COMMON_PAIR.fullmatch(pair) is not None for pair in pairs)
    covered = sum(byte > 0x7F for pair in pairs for byte in pair)
    return common >= 2 and covered >= 0.97 * high - 1 and common >= 0.7 * len(pairs)


def split_lines(text: str) -> list[str]:
    """Lines ended by \\n, \\r\\n or \\r; nothing else ends a line. No empty line for a final line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def make_safe(line: str, max_chars: int) -> tuple[str, bool]:
    """The line without what could deceive a terminal, a reader or a model; and whether it was clipped.

    ANSI escapes and invisible characters go, controls become visible (NUL is ␀), lone surrogates �. A tab stays, and
    so does the newline inside a folded trace. A line of more than ``max_chars`` ends in a mark within that length; of
    a much longer one the rest is not even looked at, or a line of ten megabytes would hold everybody up.
    """
    is_cut = len(line) > _LOOKED_AT * max_chars
    if is_cut:
        line = line[: _LOOKED_AT * max_chars]
    if not (line.isascii() and line.isprintable()) and _UNSAFE.search(line) is not None:
        line = _ANSI.sub("", line).translate(_VISIBLE)
    if len(line) <= max_chars and not is_cut:
        return line, False
    return line[: max(max_chars - len(CLIP_MARK), 0)] + CLIP_MARK[: max(max_chars, 0)], True
