"""Log text made harmless for a language model: no control token of any chat format survives, nothing invisible stays.

NFKC first (full-width look-alikes become what they look like, but for punctuation that people read), then every
control, bidi and zero-width character is shown as its code point, then every angle bracket is replaced by a
look-alike and every square-bracket token is broken.
Replacing all angle brackets is blunt but can be proved: no token of ChatML, Llama 3, Gemma, Phi, DeepSeek, Qwen,
Cohere, GPT-OSS or T5 is spelled without one.
"""

from __future__ import annotations

import re
import unicodedata

_BRACKET_TOKENS = re.compile(
    r"\[(/?\s?(?:INST|SYS|SYSTEM|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|TOOL_OUTPUT|MODEL_SETTINGS|THINK|"
    r"ARGS|CALL_ID|CLS|SEP|[gs]?MASK|PAD|UNK|BOS|EOS|IMG|PREFIX|SUFFIX|MIDDLE|REFERENCE_DOC_\d{1,3}|control_\d{1,3}|UNUSED_TOKEN_\d{1,4}|unused\d{1,4}))\]",
    re.IGNORECASE,
)
_HEADINGS = re.compile(r"#{2,}\s*(instruction|response|input|system|user|assistant|human)", re.IGNORECASE)
_ROLES = re.compile(r"((?:^|[\s\"'|⏎])(?:system|user|assistant|human|developer|tool))\s?([:：])", re.IGNORECASE)
# Punctuation that takes part in no token: people read it, so NFKC does not get it.
_PUNCTUATION = re.compile("([，；：？！（）…]+)")
_ANGLES = str.maketrans({"<": "‹", ">": "›"})
_INVISIBLE_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Look-alikes that NFKC leaves alone and that some tokenizers fold together with the real ones.
_LOOKALIKES = str.maketrans(
    {"❘": "|", "∣": "|", "│": "|", "┃": "|", "▁": "_", "〈": "‹", "〉": "›", "⟨": "‹", "⟩": "›"}
)


def neutralise(text: str) -> str:
    """``text`` as one visible line without any chat-control token. Newlines become ⏎. Idempotent."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_plain, _PUNCTUATION.split(text.replace("\r\n", "\n")))).translate(_LOOKALIKES)
        text = "".join(_visible(char) for char in text)
    text = text.translate(_ANGLES)
    text = _BRACKET_TOKENS.sub(r"⟦\1⟧", text)
    text = _HEADINGS.sub(r"⌗ \1", text)
    return _ROLES.sub(r"\1·\2", text)


def visible(text: str) -> str:
    """``text`` with every control, bidi and zero-width character shown as its code point; line breaks stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char if char == "\n" else _visible(char) for char in text)


def _plain(piece: str) -> str:
    return piece if _PUNCTUATION.fullmatch(piece) else unicodedata.normalize("NFKC", piece)


def _visible(char: str) -> str:
    if char == "\n":
        return " ⏎ "
    if char == "\t":
        return " "
    if char == " " or unicodedata.category(char) not in _INVISIBLE_CATEGORIES:
        return char
    return f"⟦U+{ord(char):04X}⟧"
