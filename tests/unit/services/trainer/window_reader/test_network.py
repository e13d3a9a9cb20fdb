"""Numpy reads what torch learnt: the same parameters by the same names give the same answers."""

from __future__ import annotations

import numpy as np
import torch

from services.trainer.fit_line_model import quantised
from services.trainer.train_window_reader import assembled
from services.trainer.window_reader.corpus import Windows
from services.trainer.window_reader.line_readings import ByMeaning, ByWords, Readings
from services.trainer.window_reader.network import (
    NetworkPlan,
    Table,
    WindowTransformer,
    fit_network,
    loss_of,
    table_of,
)
from shared.core.records import Level
from shared.core.window_network import VECTOR_GAIN, LineInputs, columns_for, level_columns

K, DIM, LINES = 5, 6, 4
SMALL = NetworkPlan(dim=16, inner=8, drop=0.0, hidden=0.0, epochs=30, batch=16)


def windows_of(count: int, seed: int = 0) -> tuple[Windows, Readings]:
    """The evidence is the one line that readings which never saw its fold are sure of; the others mislead."""
    rng = np.random.default_rng(seed)
    lines = np.arange(count * LINES).reshape(count, LINES)
    fold = rng.integers(0, 4, lines.shape)
    category = rng.integers(0, K, count)
    evidence = np.zeros(lines.shape, bool)
    evidence[np.arange(count), rng.integers(0, LINES, count)] = True
    of_all = rng.normal(0, 1, (3, lines.size, 1 + K)).astype(np.float32)
    held_out = np.repeat(rng.normal(0, 1, of_all.shape).astype(np.float32)[:, None], 4, axis=1)
    for row in range(count):
        at = lines[row, evidence[row]][0]
        held_out[:, fold[row, evidence[row]][0], at, 1 + category[row]] += 9.0
    shape = (count, LINES)
    windows = Windows(
        lines, np.ones(shape, bool), np.zeros(shape, np.int64), fold, evidence, category, ("fault",) * count
    )
    return windows, Readings(of_all, held_out)


def test_numpy_gives_what_torch_gives() -> None:
    torch.manual_seed(0)
    by_words, by_meaning = ByWords(1 + K).eval(), ByMeaning(DIM, 1 + K).eval()
    with torch.no_grad():
        values, scale = quantised(by_words.words.weight.numpy())
        by_words.words.weight.copy_(torch.from_numpy(values * scale))
    model = WindowTransformer(K, NetworkPlan()).eval()
    rng = np.random.default_rng(0)
    features = [rng.choice(900, size, replace=False).astype(np.int32) for size in (3, 40, 1)]
    vectors = rng.normal(0, 1, (3, DIM)).astype(np.float32)
    levels = [None, Level.ERROR, Level.INFO]
    linear = rng.normal(0, 2, (3, 1 + K)).astype(np.float32)
    found = assembled(by_words, by_meaning, model).read(LineInputs(features, levels, vectors, linear))

    with torch.no_grad():
        words = by_words(features).numpy()
        columns = np.concatenate([vectors * np.float32(VECTOR_GAIN), level_columns(levels)], axis=1)
        meaning = by_meaning(torch.from_numpy(columns)).numpy()
        windows = Windows(
            np.arange(3)[None], np.ones((1, 3), bool), *(np.zeros((1, 3), np.int64),) * 2,
            np.ones((1, 3), bool), np.zeros(1, np.int64), ("fault",),
        )  # fmt: skip
        readings = Readings(np.stack([linear, words, meaning]), np.zeros((3, 4, 3, 1 + K), np.float32))
        table = table_of(windows, readings, levels, is_training=False)
        evidence, category = model(table.columns, table.is_there)
    np.testing.assert_allclose(found.evidence, evidence[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(found.category, category[0].numpy(), atol=1e-5)


def test_training_sees_only_readings_that_never_saw_the_fold() -> None:
    windows, readings = windows_of(200)
    table = table_of(windows, readings, [None] * windows.lines.size, is_training=True)
    model = fit_network(table, K, SMALL, lambda step, steps: None)
    held, other = windows_of(100, seed=1)
    honest = table_of(held, other, [None] * held.lines.size, is_training=True)
    with torch.no_grad():
        _, evidence, category = loss_of(model, honest)
    assert (honest.is_evidence.gather(1, evidence.argmax(1, keepdim=True))).float().mean() > 0.9
    assert (category.argmax(1) == honest.category).float().mean() > 0.9
    misled = table_of(held, other, [None] * held.lines.size, is_training=False)
    with torch.no_grad():
        _, evidence, _ = loss_of(model, misled)
    assert (misled.is_evidence.gather(1, evidence.argmax(1, keepdim=True))).float().mean() < 0.6


def test_padding_changes_nothing() -> None:
    torch.manual_seed(0)
    model = WindowTransformer(K, NetworkPlan()).eval()
    columns = torch.randn(1, 3, columns_for(K))
    padded = torch.cat([columns, torch.randn(1, 4, columns_for(K))], 1)
    with torch.no_grad():
        alone = model(columns, torch.ones(1, 3, dtype=torch.bool))
        beside = model(padded, torch.tensor([[True] * 3 + [False] * 4]))
    for one, other in zip(alone, beside, strict=True):
        torch.testing.assert_close(other[:, :3], one)


def test_rows_of_a_table_are_rows_of_all_its_parts() -> None:
    windows, readings = windows_of(6)
    table = table_of(windows, readings, [None] * windows.lines.size, is_training=True)
    part: Table = table.rows(torch.tensor([4, 1]))
    torch.testing.assert_close(part.columns[0], table.columns[4])
    assert part.category.tolist() == [int(windows.category[4]), int(windows.category[1])]
