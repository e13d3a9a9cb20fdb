"""Puts the graphs of a model on the device where they really run, and says why not on another.

A runtime that lists CUDA need not have it: when a library or the driver is missing, ONNX Runtime gives a session on
the CPU and no error. So CUDA is believed only when the session names it and a probe gives what the CPU gives.
Raises DeviceUnavailable when CUDA was demanded and does not work, ArtefactInvalid for a graph that no runtime loads.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import structlog

from services.detector.device import CPU, CUDA, Device
from services.detector.graph import Arrays, CpuGraph, CudaGraph
from shared.errors import ArtefactInvalid, DeviceUnavailable

log = structlog.get_logger()

MOST_DIFFERENCE: Final = 1e-3  # between a probe on CUDA and on the CPU
NO_CUDA_BUILD: Final = "this onnxruntime is built without CUDA"
NO_CARD: Final = "no usable card or driver"
# TF32 rounds every factor of a product to 10 bits: 1e-3 of a score, for speed that these graphs do not need.
_CUDA_OPTIONS: Final = {"use_tf32": "0", "arena_extend_strategy": "kSameAsRequested"}

Graph = CpuGraph | CudaGraph


@dataclass(frozen=True, slots=True)
class Source:
    """One graph to place: its bytes, the outputs wanted, and inputs to try it with."""

    content: bytes
    outputs: tuple[str, ...]
    probe: Arrays


@dataclass(frozen=True, slots=True)
class Placed:
    """The graphs in order. ``why_not_cuda`` is "" when they run there, or when that was not wanted."""

    graphs: list[Graph]
    why_not_cuda: str = ""


class _Unusable(Exception):
    """CUDA is there and does not do."""


def place(sources: Sequence[Source], threads: int, device: Device, runtime: Any) -> Placed:
    """``runtime`` is the onnxruntime module."""
    on_cpu = [CpuGraph(_session(runtime, source, threads, [CPU]), source.outputs) for source in sources]
    if device is Device.CPU:
        return Placed(list(on_cpu))
    why = NO_CUDA_BUILD
    if CUDA in runtime.get_available_providers():
        try:
            return Placed(_on_cuda(sources, on_cpu, threads, runtime))
        except _Unusable as unusable:
            why = str(unusable)
    if device is Device.CUDA:
        raise DeviceUnavailable(f"{why}; install loglynx[detector-gpu] or set LOGLYNX_DETECTOR_DEVICE=auto")
    if why != NO_CUDA_BUILD:
        log.warning("cuda_not_used", reason=why)
    return Placed(list(on_cpu), why)


def _on_cuda(sources: Sequence[Source], on_cpu: Sequence[CpuGraph], threads: int, runtime: Any) -> list[Graph]:
    """Raises _Unusable."""
    missing = _load_libraries(runtime)
    graphs: list[Graph] = []
    for source, reference in zip(sources, on_cpu, strict=True):
        try:
            session = _session(runtime, source, threads, [(CUDA, _CUDA_OPTIONS), CPU])
            if session.get_providers()[0] != CUDA:
                raise _Unusable(f"the runtime fell back to the CPU: {missing or NO_CARD}")
            session.disable_fallback()  # else a run that fails would silently move the session to the CPU
            graph = CudaGraph(session, reference, runtime.OrtValue)
            pairs = zip(graph.run_bound(source.probe), reference.run(source.probe), strict=True)
            apart = float(np.max([np.abs(a - b).max() for a, b in pairs]))  # unlike max(), keeps NaN
        except _Unusable:
            raise
        except Exception as error:
            raise _Unusable(f"a probe failed: {type(error).__name__}: {str(error)[:300]}") from error
        if not apart <= MOST_DIFFERENCE:
            raise _Unusable(f"a probe differs from the CPU by {apart:.1e}")
        graphs.append(graph)
    return graphs


def _load_libraries(runtime: Any) -> str:
    """Load CUDA and cuDNN from the wheels that detector-gpu installs; the first that is missing, or "".

    Without this the runtime looks only where the system's loader looks. What it prints is kept from stdout, which
    belongs to commands.
    """
    said = io.StringIO()
    with redirect_stdout(said):
        runtime.preload_dlls()
    return next((line for line in said.getvalue().splitlines() if line.startswith("Failed to load")), "")


def _session(runtime: Any, source: Source, threads: int, providers: Sequence[Any]) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(source.content, options, providers=list(providers))
    except Exception:
        if providers[0] != CPU:
            raise
        raise ArtefactInvalid("a graph cannot be loaded by this runtime") from None
