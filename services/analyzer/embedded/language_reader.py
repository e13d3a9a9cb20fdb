"""The shipped language model on ONNX Runtime: what it makes of a window, as probabilities; it writes nothing.

In: the lines as shown, the language. Out: a LanguageReading. Log text is encoded with special tokens off, so that no
line can hold a control token; the control tokens around it are put in by number (``shared.core.compact_window``).
The same window gives the same reading. Memory is bounded by MOST_LINES lines of MOST_LINE_TOKENS tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.compact_window import (
    CONTROL_NAMES,
    CONTROL_TOKENS,
    FIRST_CLASS,
    FIRST_LINE,
    LINE_CLASSES,
    MOST_LINES,
    compact_line,
    compact_window,
)
from shared.core.taxonomy import Language
from shared.errors import ArtefactInvalid

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LanguageReading:
    """Natural logarithms of probabilities.

    classes   (lines, LINE_CLASSES) what each line is, by itself and those before it
    evidence  (lines,) that the line carries the evidence
    category  (lines, LINE_CLASSES) what the window is, if that line carries the evidence
    """

    classes: FloatArray
    evidence: FloatArray
    category: FloatArray


class LanguageReader:
    """Safe to use from several threads. Raises ArtefactInvalid if graph and vocabulary do not fit this program."""

    def __init__(self, graph: bytes, vocabulary: bytes, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # windows differ in length, and an arena keeps the largest of each shape
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._tokenizer = Tokenizer.from_str(vocabulary.decode("utf-8"))
        self._tokenizer.encode_special_tokens = True
        if any(self._tokenizer.token_to_id(name) != number for number, name in enumerate(CONTROL_NAMES)):
            raise ArtefactInvalid("the vocabulary has other control tokens than this program")
        self._session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        inputs = self._session.get_inputs()
        self._cache_names = [entry.name for entry in inputs if entry.name.startswith("past_key_values.")]
        self._cache = {
            entry.name: np.zeros((1, entry.shape[1], 0, entry.shape[3]), np.float32)
            for entry in inputs
            if entry.name in self._cache_names
        }
        self._outputs = ["logits", *(name.replace("past_key_values.", "present.") for name in self._cache_names)]

    def encode(self, text: str) -> list[int]:
        """Ids of plain text: no control token among them, whatever it says."""
        return [
            token for token in self._tokenizer.encode(text, add_special_tokens=False).ids if token >= CONTROL_TOKENS
        ]

    def read(self, lines: Sequence[str], language: Language) -> LanguageReading:
        """``lines`` must not be empty; those beyond MOST_LINES are not read."""
        window = compact_window([compact_line(text) for text in lines[:MOST_LINES]], language, self.encode)
        logits, cache = self._run(window.ids, self._cache, 0)
        count = len(window.ends)
        evidence = _log_shares(logits[-1, FIRST_LINE : FIRST_LINE + count])
        classes = _log_shares(logits[list(window.ends), FIRST_CLASS : FIRST_CLASS + len(LINE_CLASSES)])
        said = [self._run((FIRST_LINE + line,), cache, len(window.ids))[0][-1] for line in range(count)]
        category = _log_shares(np.stack(said)[:, FIRST_CLASS : FIRST_CLASS + len(LINE_CLASSES)])
        return LanguageReading(classes, evidence, category)

    def _run(
        self, ids: Sequence[int], cache: dict[str, FloatArray], seen: int
    ) -> tuple[FloatArray, dict[str, FloatArray]]:
        """(T, V) logits of ``ids`` behind ``seen`` tokens, and the cache with them in it."""
        feeds = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, seen + len(ids)), np.int64)}
        logits, *present = self._session.run(self._outputs, feeds | cache)
        return logits[0], dict(zip(self._cache_names, present, strict=True))


def _log_shares(logits: FloatArray) -> FloatArray:
    """Log-softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    shares: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shares
