"""Where training runs and in which precision: a GPU if there is one, else the processor.

- weights, optimiser and losses stay float32; only products of matrices run in bfloat16, by autocast
- ``auto`` takes bfloat16 on CUDA, and on processors that multiply it natively; on others it is fifty times slower
- nothing of this reaches the artefact: models are moved back to the processor before export
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import torch

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")
_NATIVE = ("avx512_bf16", "amx_bf16")

Tensors = TypeVar("Tensors")


@dataclass(frozen=True, slots=True)
class Compute:
    """One choice of device and precision."""

    device: torch.device
    precision: str

    @classmethod
    def choose(cls, device: str = "auto", precision: str = "auto", threads: int = 1, local_rank: int = 0) -> Compute:
        """Raises ValueError for a name that is not offered, or for cuda where there is none.

        local_rank  of this process among those on this machine: which of its GPUs is taken
        """
        if device not in DEVICES or precision not in PRECISIONS:
            raise ValueError(f"no such device or precision: {device}, {precision}")
        has_cuda = torch.cuda.is_available()
        if device == "cuda" and not has_cuda:
            raise ValueError("this machine has no CUDA device that torch can use")
        chosen = "cuda" if has_cuda and device != "cpu" else "cpu"
        if precision == "auto":
            precision = "bfloat16" if chosen == "cuda" or _multiplies_bfloat16() else "float32"
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=chosen == "cuda")
        # nothing reads uninitialised memory, and filling it takes a tenth of a step
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        if chosen == "cuda":
            torch.cuda.set_device(local_rank)
            return cls(torch.device("cuda", local_rank), precision)
        return cls(torch.device(chosen), precision)

    def products(self) -> torch.autocast:
        """A context in which matrix products run in the chosen precision."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16")

    def __str__(self) -> str:
        return f"{self.device.type} {self.precision}"


def _multiplies_bfloat16() -> bool:
    """Does this processor have instructions for it?"""
    found = torch.cpu.get_capabilities()
    return any(found.get(name) for name in _NATIVE)


def to_device(batch: Tensors, device: torch.device) -> Tensors:
    """The same dataclass of tensors on ``device``."""
    if device.type == "cpu":
        return batch
    moved: dict[str, Any] = {f.name: getattr(batch, f.name).to(device) for f in fields(batch)}  # type: ignore[arg-type]
    return type(batch)(**moved)
