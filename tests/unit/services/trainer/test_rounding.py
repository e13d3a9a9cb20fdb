"""Rounding to bytes moves vectors and scores a little, and says how much."""

from __future__ import annotations

import numpy as np
import torch

from services.trainer.fit_lines import TokenTable
from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape
from services.trainer.rounding import round_encoder


def test_vectors_turn_by_a_hair() -> None:
    torch.manual_seed(0)
    tokens = tuple(np.random.default_rng(0).integers(5, 400, 9) for _ in range(40))
    table = TokenTable(tokens, np.zeros(40, np.int64), np.zeros(40, np.float32), 400)
    encoder = LineEncoder(LineEncoderShape(400, dim=64, layers=1, heads=2, hidden=400, max_tokens=20))
    before = encoder.layers[0].widen.weight.detach().clone()
    found = round_encoder(encoder, table, np.arange(40))
    assert 0.999 < found["line_cosine_least"] <= found["line_cosine_mean"] <= 1.00001
    assert not torch.equal(before, encoder.layers[0].widen.weight)
