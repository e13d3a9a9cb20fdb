"""Rounds the trained models to what is stored, and says what that changed.

In: trained models. Out: the models rounded in place, and differences measured on systems never trained on.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from services.trainer.datasets.corpus import Corpus
from services.trainer.datasets.streams import IntArray
from services.trainer.datasets.windows import draw_batch
from services.trainer.fit_lines import TokenTable, encode_lines
from services.trainer.fit_windows import as_tensors
from services.trainer.models.line_encoder import LineEncoder
from services.trainer.models.sequence_model import SequenceModel
from services.trainer.objectives import WindowBatch
from services.trainer.ranking import area_under_curve
from services.trainer.storing import round_as_stored

_LINES = 512
_BATCHES = 8


def round_encoder(encoder: LineEncoder, table: TokenTable, needed: IntArray) -> dict[str, float]:
    """Least and mean cosine between the vectors before and after."""
    some = np.random.default_rng(5).choice(needed, min(_LINES, len(needed)), replace=False)
    before = encode_lines(encoder, table, some)[some]
    round_as_stored(encoder)
    cosine = (before * encode_lines(encoder, table, some)[some]).sum(1)
    return {"line_cosine_least": _short(cosine.min()), "line_cosine_mean": _short(cosine.mean())}


def round_model(model: SequenceModel, vectors: Tensor, corpus: Corpus) -> dict[str, float]:
    """How far the head moved, and the areas under the curve before and after."""
    numbers = np.random.default_rng(6)
    batches = [
        as_tensors(draw_batch(numbers, corpus.held_out, corpus.held_out_failures), vectors) for _ in range(_BATCHES)
    ]
    before = _heads(model, batches)
    round_as_stored(model)
    after = _heads(model, batches)
    truth = torch.cat([batch.is_strange for batch in batches]).numpy()
    moved = (before - after).abs()
    return {
        "head_moved_most": _short(moved.max()),
        "head_moved_mean": _short(moved.mean()),
        "window_auc_before": _short(area_under_curve(before.numpy(), truth)),
        "window_auc_after": _short(area_under_curve(after.numpy(), truth)),
    }


def _heads(model: SequenceModel, batches: list[WindowBatch]) -> Tensor:
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch.vectors, batch.side, batch.is_real)[0] for batch in batches])


def _short(value: Tensor | float) -> float:
    return round(float(value), 5)
