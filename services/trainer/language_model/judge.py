"""How well the language model alone reads windows: the line it points at, the category it names, what lines are.

In: something that gives logits for ids, examples. Out: shares of what was right. Each window is read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.trainer.language_model.examples import Example
from services.trainer.language_model.export import run_graph
from shared.core.compact_window import FIRST_CLASS, FIRST_LINE, LINE_CLASSES, ORDINARY

Read = Callable[[Sequence[int]], NDArray[np.float32]]


def read_by(path: Path) -> Read:
    """Logits (T, V) by the exported graph."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda ids: run_graph(session, ids)


def judge(read: Read, tokenizer: Tokenizer, examples: Sequence[Example]) -> dict[str, float]:
    """evidence: the line pointed at carries some; category: named behind that line; lines: of those not ordinary."""
    pointed, named, line_hits, count = 0, 0, [], 0
    for example in examples:
        if not example.evidence:
            continue
        count += 1
        window = example.window(tokenizer)
        logits = read(window.ids)
        at = int(logits[-1, FIRST_LINE : FIRST_LINE + len(example.lines)].argmax())
        pointed += at in example.evidence
        named += _class(read((*window.ids, FIRST_LINE + at))[-1]) == example.category
        for place, name in zip(window.ends, example.classes, strict=True):
            if name != ORDINARY:
                line_hits.append(_class(logits[place]) == name)
    return {
        "windows": count,
        "evidence": round(pointed / max(count, 1), 3),
        "category": round(named / max(count, 1), 3),
        "lines": round(float(np.mean(line_hits)), 3) if line_hits else 0.0,
    }


def _class(logits: NDArray[np.float32]) -> str:
    """The likeliest class; a window is never ordinary, so lines and windows are asked for trouble."""
    some = logits[FIRST_CLASS : FIRST_CLASS + len(LINE_CLASSES)].copy()
    some[LINE_CLASSES.index(ORDINARY)] = -np.inf
    return LINE_CLASSES[int(some.argmax())]
