"""Composes what the models are trained on: a book of templates, pairs that mean the same, streams of events.

In: a seed and sizes. Out: a Corpus. Installed software (see harvest) and recordings of real servers (see recorded)
are read; the rest is drawn.
Streams are split into training and held-out ones by system, never by line: a held-out system shares neither grammar
nor clock with any that was trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from services.trainer.datasets.grammar import TONES, Dialect, Lexicon, draw_shape
from services.trainer.datasets.harvest import Harvest, Message
from services.trainer.datasets.recorded.load import recorded_streams
from services.trainer.datasets.simulated import breaking_stream, synthetic_streams
from services.trainer.datasets.simulators import SIMULATORS
from services.trainer.datasets.streams import Draft, IntArray, Stream, TemplateBook, draft_of
from services.trainer.datasets.workflows import draw_system
from shared.core.normalising import template_of
from shared.core.records import Event

_DOCUMENTATION = 2500  # first lines of docstrings kept: plain English, but not log language
_FAILURES = 1200
_MADE_UP = 8000  # templates of synthetic systems that the line encoder reads: many differ by a made-up name only


@dataclass(frozen=True, slots=True)
class CorpusSize:
    """How much to make. ``shapes`` grammar messages with translations, ``systems`` random systems that only log,
    ``synthetic`` random systems that also break."""

    shapes: int = 12_000
    systems: int = 160
    synthetic: int = 80
    events: int = 1_500
    simulated_lines: int = 2_500
    synthetic_lines: int = 800


@dataclass(frozen=True, slots=True)
class Corpus:
    """pairs: template numbers that mean the same (a template with itself where it has no other wording).

    held_out_failures   trouble for corrupting held-out windows, in words that no training window was corrupted with
    """

    book: TemplateBook
    pairs: tuple[tuple[int, int], ...]
    training: tuple[Stream, ...]
    held_out: tuple[Stream, ...]
    failures: Draft
    held_out_failures: Draft
    sources: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over every template in order and every event's template: what the model has read."""
        digest = hashlib.sha256("\n".join(self.book.templates).encode())
        for stream in (*self.training, *self.held_out):
            digest.update(stream.events.kind.tobytes())
        return digest.hexdigest()

    def templates_of(self, streams: Sequence[Stream]) -> IntArray:
        """Numbers of the templates that windows of these streams can hold, corrupted or not."""
        drafts = [draft for stream in streams for draft in stream.drafts]
        return np.unique(np.concatenate([draft.kind for draft in (*drafts, self.failures, self.held_out_failures)]))


def compose(
    seed: int,
    size: CorpusSize,
    text: Harvest,
    held_out_simulators: Sequence[str],
    held_out_recorded: Sequence[str] = (),
) -> Corpus:
    """The corpus of ``seed``; simulators and recorded systems named as held out appear nowhere in it."""
    rng = Random(seed)
    book = TemplateBook()
    pairs = grammar_pairs(rng, size.shapes, book)
    pairs += [(number, number) for number in _borrowed_templates(rng, text, book)]
    borrowed = tuple(message for message in text.messages if message.is_logged and len(message.text) <= 120)
    systems = [draw_system(seed * 100_003 + index, size.events, book, borrowed) for index in range(size.systems)]
    simulators = [name for name in sorted(SIMULATORS) if name not in held_out_simulators]
    simulated = [
        breaking_stream(name, seed + offset, size.simulated_lines, book) for name in simulators for offset in range(2)
    ]
    recorded = recorded_streams(book, held_out_recorded)
    before = len(book)
    synthetic = synthetic_streams(seed, size.synthetic, size.synthetic_lines, book)
    seen = len(book)
    held, held_synthetic = max(1, size.systems // 10), size.synthetic // 8
    failures = _shared_failures(rng, systems[held:], text, book)
    strange = Draft.join([system.failures for system in systems[:held] if system.failures is not None])
    made_up = rng.sample(range(before, seen), min(_MADE_UP, seen - before))
    pairs += [(number, number) for number in (*range(before), *made_up)]
    training = (*systems[held:], *simulated, *recorded, *synthetic[held_synthetic:])
    held_out = (*systems[:held], *synthetic[:held_synthetic])
    return Corpus(book, tuple(pairs), training, held_out, failures, strange, text.sources)


def grammar_pairs(rng: Random, count: int, book: TemplateBook) -> list[tuple[int, int]]:
    """Messages of random dialects beside their translations."""
    pairs = []
    for _ in range(count // 8):
        dialect, lexicon = Dialect.draw(rng), Lexicon.draw(rng)
        for _ in range(8):
            tone = rng.choices(TONES, (5, 2, 4))[0]
            shape = draw_shape(rng, dialect, lexicon, tone)
            here = book.number(template_of(shape.render(rng)), tone)
            there = book.number(template_of(shape.translated().render(rng)), tone)
            pairs.append((here, there))
    return pairs


def _borrowed_templates(rng: Random, text: Harvest, book: TemplateBook) -> list[int]:
    logged = [message for message in text.messages if message.is_logged]
    prose = [message for message in text.messages if not message.is_logged and len(message.text) <= 90]
    chosen = logged + rng.sample(prose, min(_DOCUMENTATION, len(prose)))
    return [book.number(template_of(message.text), message.tone) for message in chosen]


def _shared_failures(rng: Random, systems: Sequence[Stream], text: Harvest, book: TemplateBook) -> Draft:
    """Trouble in anybody's words: the systems' own and what real software raises."""
    own = [system.failures for system in systems if system.failures is not None]
    raised = [m for m in text.messages if m.tone == "failure" and m.is_logged and len(m.text) <= 90]
    return Draft.join([*own, _plain_draft(rng.sample(raised, min(_FAILURES, len(raised))), book)])


def _plain_draft(messages: Sequence[Message], book: TemplateBook) -> Draft:
    events = [Event(message.text, message.text) for message in messages]
    kinds = [book.number(template_of(message.text), message.tone) for message in messages]
    if not events:
        return draft_of([], []).take(np.zeros(0, dtype=np.int64))
    return draft_of(events, kinds)
