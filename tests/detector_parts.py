"""What tests of the detector's use case share: a reader that sees templates and no model, a clock, pushes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import VALUE_SLOTS, WindowEvidence
from shared.core.lexicon import trouble
from shared.core.normalising import template_id, template_of
from shared.core.records import Event
from shared.core.reference import Reference
from shared.store.blocks import Block
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

NOW = 1_800_000_000_000
DIM = 64


class TemplateReader:
    """Evidence from templates alone; chokes on the word POISON."""

    def __init__(self) -> None:
        self.runs = 0

    def read(self, windows: Sequence[Sequence[Event]]) -> list[WindowEvidence]:
        self.runs += 1
        return [self._read(events) for events in windows]

    def _read(self, events: Sequence[Event]) -> WindowEvidence:
        if any("POISON" in event.text for event in events):
            raise RuntimeError("choked")
        templates = [template_of(event.message) for event in events]
        ids = np.array([template_id(t) for t in templates], dtype=np.uint64)
        vectors = np.stack([_direction(int(i) % 2**32) for i in ids]).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        embedding = vectors.mean(axis=0)
        words = [trouble(t, e.level) for t, e in zip(templates, events, strict=True)]
        return WindowEvidence(
            template_ids=ids,
            vectors=vectors,
            trouble=np.array(words, dtype=np.float32),
            surprise=np.full(len(events), 0.1, dtype=np.float32),
            head=0.05,
            embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
            values=np.full((len(events), VALUE_SLOTS), np.nan, dtype=np.float32),
            gaps=np.full(len(events), np.nan, dtype=np.float32),
        )


@lru_cache(maxsize=4096)
def _direction(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=DIM)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def normal_lines(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    kinds = ["GET /cart took 3 ms", "order 17 stored", "session opened for user ann", "cache hit ratio 0.9"]
    return [f"2026-11-02T10:00:00Z INFO {kinds[rng.integers(len(kinds))]}" for _ in range(count)]


def push(ledger: Ledger, lines: list[str], stream: str = "shop", is_sequence: bool = False) -> str:
    block = Block(NOW, lines, [1] * len(lines))
    part = StreamPart(stream, "whole" if is_sequence else "fixed:10", block)
    return ledger.accept_push(Push([part], lines=len(lines), is_sequence=is_sequence), NOW).job_id


def reference_of(reader: TemplateReader) -> Reference:
    return Reference.of(reader.read([[Event(t, t) for t in normal_lines(10, i)] for i in range(200)]))
