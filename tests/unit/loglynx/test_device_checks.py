"""Doctor on the model's runtime: whatever is wrong with a GPU has a way out, and no GPU is no fault."""

from __future__ import annotations

from typing import Any

import pytest

from loglynx.checkup import Finding
from loglynx.device_checks import GPU_DRIVER, GPU_INSTALL, GPU_ODD, check_card, check_device, check_runtime
from services.detector.device import CPU, CUDA, Card, Device
from services.detector.placing import NO_CARD, NO_CUDA_BUILD
from shared.errors import DeviceUnavailable

CARD = Card("NVIDIA L4", "580.82.07")
MISSING = "the runtime fell back to the CPU: Failed to load libcublasLt.so.13"


class Runtime:
    __version__ = "1.31.1"

    @staticmethod
    def get_available_providers() -> list[str]:
        return [CUDA, CPU]


def placed(provider: str, why: str, card: bool, device: Device = Device.AUTO) -> Finding:
    def try_out(asked: Device) -> tuple[str, str]:
        assert asked is device
        if asked is Device.CUDA and provider != CUDA:
            raise DeviceUnavailable(why)
        return provider, why

    return check_device(device, try_out, lambda: [CARD] if card else [])


def test_the_runtime_says_what_it_was_built_for() -> None:
    finding = check_runtime(lambda: {"onnxruntime-gpu": "1.31.1"}, Runtime)
    assert (finding.is_well, finding.what) == (True, "1.31.1, built for CUDA, CPU")


def test_two_runtimes_at_once_are_a_fault() -> None:
    finding = check_runtime(lambda: {"onnxruntime": "1.32.0", "onnxruntime-gpu": "1.31.1"}, Runtime)
    assert not finding.is_well and GPU_INSTALL in finding.fix


def test_the_installed_runtime_is_found() -> None:
    assert check_runtime().is_well


@pytest.mark.parametrize(
    ("found", "what"), [([], "not needed"), ([CARD, CARD], "NVIDIA L4, driver 580.82.07, NVIDIA")]
)
def test_cards_are_named_and_none_is_no_fault(found: list[Card], what: str) -> None:
    finding = check_card(lambda: found)
    assert finding.is_well and what in finding.what


@pytest.mark.parametrize(
    ("provider", "why", "card"),
    [(CUDA, "", True), (CPU, NO_CUDA_BUILD, False), (CPU, MISSING, False), (CPU, NO_CARD, False), (CPU, "", True)],
)
def test_what_is_as_it_can_be_is_well(provider: str, why: str, card: bool) -> None:
    finding = placed(provider, why, card)
    assert finding.is_well and finding.fix == "" and provider in finding.what


def test_a_card_that_a_cpu_build_leaves_unused_is_a_hint() -> None:
    finding = placed(CPU, NO_CUDA_BUILD, card=True)
    assert finding.is_well and "NVIDIA L4" in finding.what and GPU_INSTALL in finding.what


@pytest.mark.parametrize(
    ("why", "fix"),
    [(MISSING, GPU_INSTALL), (f"it fell back: {NO_CARD}", GPU_DRIVER), ("a probe differs by 1", GPU_ODD)],
)
def test_a_card_that_a_gpu_build_cannot_use_is_a_fault(why: str, fix: str) -> None:
    finding = placed(CPU, why, card=True)
    assert (finding.is_well, finding.fix) == (False, fix) and why in finding.what


@pytest.mark.parametrize("why", [NO_CUDA_BUILD, MISSING, NO_CARD, "a probe failed"])
def test_demanded_cuda_that_does_not_work_is_a_fault(why: str) -> None:
    finding = placed(CPU, why, card=False, device=Device.CUDA)
    assert not finding.is_well and why in finding.what and finding.fix


def test_this_machine_is_really_tried(monkeypatch: Any) -> None:
    monkeypatch.setenv("LOGLYNX_DETECTOR_DEVICE", "cpu")
    finding = check_device()
    assert finding.is_well and CPU in finding.what
