"""What ``loglynx doctor`` says of the model's runtime: which is installed, which card there is, where a session runs.

What counts is a session: a runtime that lists CUDA may still fall back to the CPU. Every failure says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import distributions
from typing import Any

from loglynx.checkup import Finding
from services.detector.device import CUDA, Card, Device, cards
from shared.errors import DeviceUnavailable

WHEELS = ("onnxruntime", "onnxruntime-gpu")
GPU_INSTALL = "pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'onnxruntime-gpu[cuda,cudnn]'"
GPU_DRIVER = "nvidia-smi must show a card, and a driver that its CUDA asks for (CUDA 13: driver 580 or newer)"
GPU_ODD = "set LOGLYNX_DETECTOR_DEVICE=cpu, and please report this line"

Placement = tuple[str, str]  # provider, why it is not CUDA


def installed_wheels() -> Mapping[str, str]:
    """Name -> version of the runtimes that pip has put here; two of them overwrite each other's files."""
    found = {str(d.metadata["Name"]).lower().replace("_", "-"): d.version for d in distributions()}
    return {name: found[name] for name in WHEELS if name in found}


def check_runtime(wheels: Callable[[], Mapping[str, str]] = installed_wheels, runtime: Any = None) -> Finding:
    """The onnxruntime that is installed, and what it was built for."""
    try:
        runtime = runtime or import_module("onnxruntime")
    except ImportError:
        return Finding("onnxruntime", False, "not installed", "pip install 'loglynx[stack]'")
    found = wheels()
    if len(found) > 1:
        both = " and ".join(f"{name} {version}" for name, version in found.items())
        return Finding("onnxruntime", False, f"{both} overwrite each other", f"keep one; for a GPU: {GPU_INSTALL}")
    names = ", ".join(name.removesuffix("ExecutionProvider") for name in runtime.get_available_providers())
    return Finding("onnxruntime", True, f"{runtime.__version__}, built for {names}")


def check_card(find: Callable[[], list[Card]] = cards) -> Finding:
    """The graphics cards that the driver shows. None is no fault: a CPU will do."""
    found = find()
    if not found:
        return Finding("gpu", True, "none (nvidia-smi shows no NVIDIA card); not needed")
    return Finding("gpu", True, ", ".join(f"{card.name}, driver {card.driver}" for card in found))


def check_device(
    device: Device | None = None,
    try_out: Callable[[Device], Placement] | None = None,
    find: Callable[[], list[Card]] = cards,
) -> Finding:
    """Where the model really runs under LOGLYNX_DETECTOR_DEVICE, found by loading and running it."""
    if device is None:
        from services.detector.settings import DetectorSettings

        device = DetectorSettings.from_environment().device
    try:
        provider, why = (try_out or _try_out)(device)
    except DeviceUnavailable as error:
        return Finding("detector", False, f"will not start: {error.detail}", _fix_of(error.detail))
    if provider == CUDA:
        return Finding("detector", True, f"runs on the GPU ({provider})")
    what = f"runs on the CPU ({provider})"
    found = find()
    if not why or not found:
        return Finding("detector", True, what)
    return _unused(what, why, found)


def _unused(what: str, why: str, found: Sequence[Card]) -> Finding:
    """A card is there, and the model does not run on it."""
    from services.detector.placing import NO_CUDA_BUILD

    if why == NO_CUDA_BUILD:
        return Finding("detector", True, f"{what}; to use the {found[0].name}: {GPU_INSTALL}")
    return Finding("detector", False, f"{what}, not on the {found[0].name}: {why}", _fix_of(why))


def _fix_of(why: str) -> str:
    from services.detector.placing import NO_CARD, NO_CUDA_BUILD

    if NO_CARD in why:
        return GPU_DRIVER
    return GPU_INSTALL if NO_CUDA_BUILD in why or "Failed to load" in why else GPU_ODD


def _try_out(device: Device) -> Placement:
    from services.detector.onnx_model import OnnxModel
    from shared.artefacts.shipped import shipped_model

    model = OnnxModel.load(shipped_model(), device=device)
    return model.provider, model.why_not_cuda
