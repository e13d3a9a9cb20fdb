"""Training goes on from an exported model: the weights come back out of the graph as they are computed with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from services.trainer.export import export_line_encoder
from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape
from services.trainer.starting_weights import take_over
from services.trainer.storing import round_as_stored
from shared.errors import ArtefactInvalid

SHAPE = LineEncoderShape(vocabulary=300, dim=96, layers=1, heads=2, hidden=256, max_tokens=16)
HEADS = ("word_norm", "word_bias", "level", "trouble")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[LineEncoder, bytes]:
    torch.manual_seed(3)
    model = LineEncoder(SHAPE)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    round_as_stored(model)
    path = tmp_path_factory.mktemp("graph") / "line_encoder.onnx"
    export_line_encoder(model.eval(), path)
    return model, path.read_bytes()


def test_what_is_taken_over_computes_the_same(trained: tuple[LineEncoder, bytes]) -> None:
    model, content = trained
    fresh = LineEncoder(SHAPE)
    take_over(fresh, export_line_encoder, content, HEADS)
    tokens = torch.randint(5, 300, (4, 9))
    real = torch.ones_like(tokens, dtype=torch.bool)
    with torch.no_grad():
        assert np.abs(fresh.eval()(tokens, real).numpy() - model(tokens, real).numpy()).max() < 1e-6


def test_a_model_of_another_shape_is_refused(trained: tuple[LineEncoder, bytes]) -> None:
    other = LineEncoder(LineEncoderShape(vocabulary=301, dim=96, layers=1, heads=2, hidden=256, max_tokens=16))
    with pytest.raises(ArtefactInvalid, match="no weight"):
        take_over(other, _no_export, trained[1], HEADS)


def _no_export(model: LineEncoder, path: Path) -> None:
    """A twin that tells nothing."""
    import onnx

    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [])), path)
