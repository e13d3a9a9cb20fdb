"""Trains the line encoder on pairs of templates that mean the same.

In: a book of templates, pairs into it, a tokenizer. Out: the trained model and how well it does on pairs it never
saw. Batches hold lines of similar length, so that little is spent on padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from services.trainer.checkpoints import chance_as_text, restore_chance
from services.trainer.compute import Compute, to_device
from services.trainer.course import Course
from services.trainer.datasets.grammar import TONES
from services.trainer.datasets.streams import TemplateBook
from services.trainer.models.line_encoder import LineEncoder
from services.trainer.objectives import LineBatch, line_loss
from services.trainer.pace import Pace
from services.trainer.tokenizing import CLS_ID, MASK_ID, SEP_ID
from shared.core.evidence import log_odds
from shared.core.lexicon import trouble

PAIRS_PER_BATCH = 48
HIDDEN_SHARE = 0.2
_HELD_OUT_PAIRS = 480
PEAK_RATE = 8e-4
_STAGE = "line_encoder"
_ENCODED_AT_ONCE = 128
Numbers = np.random.Generator


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The tokens of every template, the tone each line claims, the log-odds of trouble in its words."""

    tokens: tuple[NDArray[np.int64], ...]
    tones: NDArray[np.int64]
    troubles: NDArray[np.float32]
    vocabulary: int

    @classmethod
    def of(cls, book: TemplateBook, tokenizer: Tokenizer, max_tokens: int) -> TokenTable:
        tokenizer.enable_truncation(max_tokens)
        encoded = tokenizer.encode_batch_fast(book.templates)
        return cls(
            tuple(np.array(e.ids, dtype=np.int64) for e in encoded),
            np.array([TONES.index(tone) for tone in book.tones], dtype=np.int64),
            log_odds(np.array([trouble(template) for template in book.templates])).astype(np.float32),
            tokenizer.get_vocab_size(),
        )


def fit_lines(
    model: LineEncoder,
    table: TokenTable,
    pairs: Sequence[tuple[int, int]],
    numbers: Numbers,
    pace: Pace,
    course: Course,
    peak_rate: float = PEAK_RATE,
) -> dict[str, float]:
    """Train in place until ``pace`` is over; the losses on held-out pairs. Raises CheckpointMismatch."""
    compute = course.compute
    order = numbers.permutation(len(pairs))
    held, rest = order[:_HELD_OUT_PAIRS], order[_HELD_OUT_PAIRS:]
    model.to(compute.device).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    taken, began = 0, ""
    if kept := course.checkpoints.load(_STAGE) if course.checkpoints else None:
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        taken, began = kept["taken"], kept["began"]
        pace.go_on_from(kept["done"])
    while pace.share < 1.0:
        if began:
            restore_chance(numbers, began)
        began = chance_as_text(numbers)
        drawn = _line_batches(table, pairs, rest, numbers)
        for batch in islice(course.peers.own(drawn), taken, None):
            for group in optimiser.param_groups:
                group["lr"] = pace.learning_rate(peak_rate)
            with compute.products():
                loss, parts = line_loss(model, to_device(batch, compute.device))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            course.peers.average_gradients(model)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            pace.tick(parts)
            course.watch(_STAGE, pace.done, parts)
            taken += 1
            if course.checkpoints and (pace.is_over or course.checkpoints.is_due()):
                state = {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
                course.checkpoints.save(_STAGE, {**state, "taken": taken, "began": began, "done": pace.done})
            if pace.is_over:
                break
        else:
            if not taken:
                raise ValueError("there are fewer batches than processes to share them")
            taken, began = 0, ""
    pace.report()
    model.cpu()
    return _held_out_losses(model, table, [pairs[row] for row in held])


def encode_lines(
    model: LineEncoder, table: TokenTable, needed: NDArray[np.int64], compute: Compute | None = None
) -> Tensor:
    """(templates, dim): the vector of each template numbered in ``needed``, zeros for the others.

    Without ``compute`` on the processor in float32, as when serving."""
    compute = compute or Compute(torch.device("cpu"), "float32")
    model.to(compute.device).eval()
    vectors = torch.zeros(len(table.tokens), model.shape.dim)
    by_length = sorted(needed.tolist(), key=lambda number: len(table.tokens[number]))
    with torch.no_grad(), compute.products():
        for start in range(0, len(by_length), _ENCODED_AT_ONCE):
            rows = by_length[start : start + _ENCODED_AT_ONCE]
            tokens, is_real = _padded([table.tokens[row] for row in rows])
            vectors[rows] = model(tokens.to(compute.device), is_real.to(compute.device)).float().cpu()
    model.cpu()
    return vectors


def _batches(
    table: TokenTable, pairs: Sequence[tuple[int, int]], rows: NDArray[np.int64], numbers: Numbers
) -> Iterator[NDArray[np.int64]]:
    """All pairs once, in batches of similar length, the batches in random order."""
    length = np.array([max(len(table.tokens[a]), len(table.tokens[b])) for a, b in (pairs[row] for row in rows)])
    order = rows[np.argsort(length + numbers.uniform(0, 3, len(rows)))]
    starts = np.arange(0, len(order) - PAIRS_PER_BATCH + 1, PAIRS_PER_BATCH)
    for start in numbers.permutation(starts):
        yield order[start : start + PAIRS_PER_BATCH]


def _line_batches(
    table: TokenTable, pairs: Sequence[tuple[int, int]], rows: NDArray[np.int64], numbers: Numbers
) -> Iterator[LineBatch]:
    for chosen in _batches(table, pairs, rows, numbers):
        yield _line_batch(table, [pairs[row] for row in chosen], numbers)


def _line_batch(table: TokenTable, pairs: Sequence[tuple[int, int]], numbers: Numbers) -> LineBatch:
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    numbers_of = np.concatenate([left, right])
    tokens, is_real = _padded([table.tokens[number] for number in numbers_of])
    ordinary = is_real & (tokens != CLS_ID) & (tokens != SEP_ID)
    draw = torch.from_numpy(numbers.random(tokens.shape))
    hidden = ordinary & (draw < HIDDEN_SHARE)
    fate = torch.from_numpy(numbers.random(tokens.shape))
    random_tokens = torch.from_numpy(numbers.integers(5, table.vocabulary, tuple(tokens.shape)))
    masked = torch.where(hidden & (fate < 0.8), MASK_ID, tokens)
    masked = torch.where(hidden & (fate > 0.9), random_tokens, masked)
    same = torch.from_numpy(left[:, None] == right[None, :]) & ~torch.eye(len(left), dtype=torch.bool)
    return LineBatch(
        masked,
        torch.where(hidden, tokens, -100),
        is_real,
        torch.from_numpy(table.tones[numbers_of]),
        torch.from_numpy(table.troubles[numbers_of]),
        same,
    )


def _padded(rows: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
    lengths = np.array([len(row) for row in rows])
    is_real = np.arange(int(lengths.max())) < lengths[:, None]
    tokens = np.zeros(is_real.shape, dtype=np.int64)
    tokens[is_real] = np.concatenate(rows)
    return torch.from_numpy(tokens), torch.from_numpy(is_real)


def _held_out_losses(model: LineEncoder, table: TokenTable, pairs: Sequence[tuple[int, int]]) -> dict[str, float]:
    model.eval()
    numbers = np.random.default_rng(1)
    totals: dict[str, float] = {}
    starts = range(0, len(pairs) - 1, PAIRS_PER_BATCH)
    with torch.no_grad():
        for start in starts:
            _, parts = line_loss(model, _line_batch(table, pairs[start : start + PAIRS_PER_BATCH], numbers))
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + value / len(starts)
    return totals
