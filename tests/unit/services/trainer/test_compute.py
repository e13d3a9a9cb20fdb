"""Training runs on the processor unless told otherwise, in the precision that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from services.trainer.compute import Compute, to_device


@dataclass(frozen=True)
class Pair:
    a: torch.Tensor
    b: torch.Tensor


def test_the_processor_computes_in_float32_when_asked_to() -> None:
    compute = Compute.choose("cpu", "float32")
    layer = torch.nn.Linear(4, 4)
    with compute.products():
        assert layer(torch.ones(1, 4)).dtype == torch.float32
    assert str(compute) == "cpu float32"


def test_only_products_are_in_bfloat16() -> None:
    layer = torch.nn.Linear(4, 4)
    with Compute.choose("cpu", "bfloat16").products():
        assert layer(torch.ones(1, 4)).dtype == torch.bfloat16
    assert layer.weight.dtype == torch.float32


def test_auto_never_takes_a_gpu_that_is_not_there() -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert Compute.choose().device.type == expected


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_asking_for_a_gpu_where_there_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no CUDA"):
        Compute.choose("cuda")


def test_names_that_are_not_offered_are_refused() -> None:
    with pytest.raises(ValueError, match="no such"):
        Compute.choose("tpu")


def test_a_batch_on_the_processor_is_not_copied() -> None:
    pair = Pair(torch.ones(1), torch.zeros(1))
    assert to_device(pair, torch.device("cpu")) is pair
    moved = to_device(pair, torch.device("meta"))
    assert moved.a.device.type == moved.b.device.type == "meta"
