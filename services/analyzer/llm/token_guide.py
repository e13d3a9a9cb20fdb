"""Which token may come next if the reply is to fit a JSON schema: llguidance, one guide per reply.

In: a tokenizer, the width of the model's logits, schemas. Out: masks over the vocabulary. Raises AnalysisFailed when
a schema cannot be compiled or a guide is led astray. Without white space between JSON's marks: a small model would
write blanks for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import AnalysisFailed

KEPT_GRAMMARS = 64


class TokenGuides:
    """Makes guides for one model. ``width`` is that of its logits, which may be wider than the vocabulary."""

    def __init__(self, tokenizer: Any, width: int, eos_ids: list[int]) -> None:
        import llguidance.hf

        self.width = width
        self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=width, eos_token=eos_ids)
        self._compiled = lru_cache(KEPT_GRAMMARS)(self._compile)

    def guide(self, schema: Mapping[str, Any]) -> TokenGuide:
        """A guide at the beginning of a reply."""
        return TokenGuide(self._compiled(json.dumps(schema)).deep_copy(), self.width)

    def _compile(self, schema: str) -> Any:
        from llguidance import LLMatcher

        try:
            grammar = LLMatcher.grammar_from_json_schema(schema, overrides={"whitespace_flexible": False})
            matcher = LLMatcher(self._tokenizer, grammar)
        except ValueError as error:
            raise AnalysisFailed("the reply's schema cannot be compiled") from error
        if matcher.is_error():
            raise AnalysisFailed("the reply's schema cannot be compiled")
        return matcher


class TokenGuide:
    """Where one reply stands in its schema."""

    def __init__(self, matcher: Any, width: int) -> None:
        self._matcher = matcher
        self._bits = np.zeros((1, (width + 31) // 32), np.int32)
        self._width = width

    @property
    def is_over(self) -> bool:
        """The reply is complete."""
        return bool(self._matcher.is_stopped())

    def allowed(self) -> NDArray[np.bool_]:
        """(width,) True where a token may come next."""
        from llguidance.numpy import fill_next_token_bitmask

        fill_next_token_bitmask(self._matcher, self._bits)
        return np.unpackbits(self._bits.view(np.uint8)[0], bitorder="little")[: self._width].astype(bool)

    def accept(self, token: int) -> None:
        """``token`` was written. Raises AnalysisFailed if the schema does not allow it."""
        if not self._matcher.consume_token(token):
            raise AnalysisFailed("the reply left its schema")
