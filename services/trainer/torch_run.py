"""Runs a trained graph by torch in the form in which readers call it, and tells what its export has to know.

The same module is read with, exported and compared with its export: what is proven is what was calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shared.core.sequences.impressions import Arrays

Shape = dict[int, str]  # axis -> the name of a dimension that is free


@dataclass(frozen=True, slots=True)
class TorchRun:
    """A Run.

    graph     takes ``inputs`` in their order, gives ``outputs`` in theirs
    example   one input of each kind; any sizes, all above 1
    free      for each input the axes that vary; axes of one name are equal
    """

    graph: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    example: tuple[Tensor, ...]
    free: tuple[Shape, ...]

    @torch.no_grad()
    def __call__(self, arrays: Arrays) -> Sequence[NDArray[Any]]:
        given = (torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in self.inputs)
        return [output.numpy() for output in self.graph(*given)]
