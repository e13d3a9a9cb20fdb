from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from services.trainer.export import export_run
from services.trainer.lstm_export import as_operators
from services.trainer.torch_run import TorchRun


class Reader(nn.Module):
    """Two layers over embedded numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = nn.Embedding(9, 6)
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True, dropout=0.3)

    def forward(self, keys: Tensor) -> Tensor:
        states: Tensor = self.lstm(self.keys(keys))[0]
        return states


@pytest.mark.parametrize("which", ["first in this process", "second in this process"])
def test_any_number_of_rows_of_any_length_gives_what_torch_gives(which: str, tmp_path: Path) -> None:
    model = Reader().eval()
    example = (torch.zeros(3, 7, dtype=torch.long),)
    run = TorchRun(model, ("keys",), ("states",), example, ({0: "rows", 1: "length"},))
    export_run(run, tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "graph.onnx"))
    assert session.get_inputs()[0].shape == ["rows", "length"]
    for rows, length in ((1, 1), (2, 40), (5, 3)):
        keys = torch.randint(0, 9, (rows, length))
        (states,) = session.run(None, {"keys": keys.numpy()})
        assert np.abs(states - model(keys).detach().numpy()).max() < 1e-5


def test_what_cannot_be_said_in_one_operator_is_refused() -> None:
    model = nn.Sequential(nn.LSTM(3, 4, bidirectional=True, batch_first=True))
    with pytest.raises(ValueError, match="one direction"):
        as_operators(model)
