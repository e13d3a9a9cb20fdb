"""A line encoder on its own: masked lines to vectors, with ONNX Runtime on the CPU.

In: the graph and the tokenizer of a detector's artefact, as bytes. Out: one vector of length 1 for each line. The
detector has its own way to the same graph, for it also places it on a card; both cut tokens here. Nothing that a line
says becomes a special token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import ArtefactInvalid

LONGEST_READ = 600  # characters of a template; more than max_tokens tokens ever need in practice
_LINES_AT_ONCE = 64


class TemplateEncoder:
    """Safe to use from several threads. Raises ArtefactInvalid for what is no encoder."""

    def __init__(self, graph: bytes, tokenizer: bytes, max_tokens: int, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._tokenizer = truncating_tokenizer(tokenizer, max_tokens)
        try:
            self._session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception:  # the runtime's own errors have no common base
            raise ArtefactInvalid("the line encoder is no graph that ONNX Runtime can run") from None
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        names = ({one.name for one in inputs}, [one.name for one in outputs])
        if names != ({"tokens", "is_real"}, ["vectors"]) or not isinstance(outputs[0].shape[-1], int):
            raise ArtefactInvalid("the line encoder has other inputs and outputs than this program knows")
        self.dim: int = outputs[0].shape[-1]

    def encode(self, templates: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim)."""
        vectors = np.zeros((len(templates), self.dim), np.float32)
        for rows, tokens, is_real in token_batches(self._tokenizer, templates, _LINES_AT_ONCE):
            vectors[rows] = self._session.run(["vectors"], {"tokens": tokens, "is_real": is_real})[0]
        return vectors


def truncating_tokenizer(content: bytes, max_tokens: int) -> Any:
    """Raises ArtefactInvalid."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(content.decode())
    except Exception:
        raise ArtefactInvalid("tokenizer.json is not a tokenizer") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def token_batches(
    tokenizer: Any, templates: Sequence[str], most: int
) -> Iterator[tuple[list[int], NDArray[np.int64], NDArray[np.bool_]]]:
    """Rows of ``templates`` (positions), their tokens (r, t) and which of them are real; similar lengths together."""
    readable = [template[:LONGEST_READ].encode(errors="replace").decode() for template in templates]
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(readable)]
    by_length = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
    for start in range(0, len(by_length), most):
        rows = by_length[start : start + most]
        ids = np.zeros((len(rows), len(tokens[rows[-1]])), np.int64)
        is_real = np.zeros(ids.shape, bool)
        for row, index in enumerate(rows):
            ids[row, : len(tokens[index])] = tokens[index]
            is_real[row, : len(tokens[index])] = True
        yield rows, ids, is_real
