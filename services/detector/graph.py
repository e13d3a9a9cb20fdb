"""One ONNX graph ready to run, on the CPU or on a CUDA device: arrays in, arrays out.

``CpuGraph`` hands arrays to the runtime. ``CudaGraph`` binds inputs and outputs to memory of the device, so that the
runtime neither guesses places nor copies twice; when the device fails, it says so once and goes on with the CPU graph
that it was given: a lost card must not turn lines into dead letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from services.detector.device import CPU, CUDA

log = structlog.get_logger()

Arrays = Mapping[str, NDArray[Any]]


class CpuGraph:
    """``session`` is an onnxruntime.InferenceSession; ``outputs`` are in the order in which ``run`` gives them."""

    provider = CPU

    def __init__(self, session: Any, outputs: Sequence[str]) -> None:
        self.session = session
        self.outputs = list(outputs)

    def run(self, inputs: Arrays) -> list[NDArray[Any]]:
        return self.session.run(self.outputs, inputs)  # type: ignore[no-any-return]


class CudaGraph:
    """The same graph on device 0. ``ort_value`` is the runtime's OrtValue; ``device`` its name for the memory."""

    def __init__(self, session: Any, on_cpu: CpuGraph, ort_value: Any, device: str = "cuda") -> None:
        self.session = session
        self.outputs = on_cpu.outputs
        self._on_cpu = on_cpu
        self._ort_value = ort_value
        self._device = device
        self._is_lost = False

    @property
    def provider(self) -> str:
        return CPU if self._is_lost else CUDA

    def run(self, inputs: Arrays) -> list[NDArray[Any]]:
        if not self._is_lost:
            try:
                return self.run_bound(inputs)
            except Exception as error:  # whatever the runtime raises: its errors have no common base
                self._is_lost = True
                log.error("cuda_lost", error=type(error).__name__, detail=str(error)[:500])
        return self._on_cpu.run(inputs)

    def run_bound(self, inputs: Arrays) -> list[NDArray[Any]]:
        """One run on the device; raises whatever the runtime raises."""
        binding = self.session.io_binding()
        for name, values in inputs.items():
            value = self._ort_value.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, 0)
            binding.bind_ortvalue_input(name, value)
        for name in self.outputs:
            binding.bind_output(name, self._device, 0)
        self.session.run_with_iobinding(binding)
        return [value.numpy() for value in binding.get_outputs()]
