"""Counts tokens for which a model's vocabulary has no piece, so that their bytes stand for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from services.archiver.measure_drift import CountTokens

_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")


def token_counter(model_dir: Path) -> CountTokens | None:
    """By the ``tokenizer.json`` of a model; None where there is none, or nothing to read it with."""
    try:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str((model_dir / "tokenizer.json").read_text(encoding="utf-8"))
    except (ImportError, OSError, ValueError):
        return None

    def count(lines: Sequence[str]) -> tuple[int, int]:
        tokens = [token for encoded in tokenizer.encode_batch(list(lines)) for token in encoded.tokens]
        return sum(_BYTE.fullmatch(token) is not None for token in tokens), len(tokens)

    return count
