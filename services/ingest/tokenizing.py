"""Log text as the shipped tokenizer cuts it, for people who want to see what the model sees.

Needs the ``tokenizers`` package and ``tokenizer.json`` of the model directory; without them it says NotFound.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.errors import NotFound
from shared.web.problems import PublicDetail

MAX_TOKENS = 4096


class Tokenizer:
    """Loads on first use. Safe to call from several threads."""

    def __init__(self, model_dir: Path) -> None:
        self._path = model_dir / "tokenizer.json"
        self._lock = Lock()
        self._loaded: Any = None

    def tokens(self, text: str, received_ms: int) -> list[str]:
        """Tokens of the text's template: timestamp and level removed, variables masked. At most MAX_TOKENS."""
        template = template_of(LineParser().parse(text, received_ms).message)
        return list(self._load().encode(template, add_special_tokens=False).tokens)[:MAX_TOKENS]

    def _load(self) -> Any:
        with self._lock:
            if self._loaded is None:
                try:
                    from tokenizers import Tokenizer as Loaded

                    self._loaded = Loaded.from_file(str(self._path))
                except Exception as error:  # tokenizers raises plain Exception for a missing or broken file
                    raise NotFound(PublicDetail("This server has no tokenizer")) from error
        return self._loaded
