"""CUDA is used only where a session really runs there and computes what the CPU computes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cuda_runtime import CudaRuntime
from structlog.testing import capture_logs

from services.detector.device import CPU, CUDA, Device
from services.detector.onnx_model import ON_CPU, ON_CUDA, ModelScores, OnnxModel
from shared.artefacts.manifest import load_artefact
from shared.artefacts.shipped import shipped_model
from shared.errors import DeviceUnavailable

ARTEFACT = load_artefact(shipped_model())
TEMPLATES = [f"node {chr(97 + n % 26)} lost its peer {'again ' * (n % 9)}" for n in range(150)]


def a_model(runtime: CudaRuntime, device: Device = Device.AUTO) -> OnnxModel:
    return OnnxModel(ARTEFACT, device=device, runtime=runtime)


def windows(model: OnnxModel, count: int = 40, length: int = 7) -> tuple[Any, Any, Any]:
    draw = np.random.default_rng(2)
    return (
        draw.normal(size=(count, length, model.dim)).astype(np.float32),
        draw.random((count, length, model.side_dim), dtype=np.float32),
        np.ones((count, length), dtype=bool),
    )


def numbers(scores: ModelScores) -> bytes:
    return scores.head.tobytes() + scores.surprise.tobytes() + scores.window_vectors.tobytes()


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def test_cuda_is_taken_where_it_works(logs: list[Any]) -> None:
    runtime = CudaRuntime()
    model = a_model(runtime)
    assert (model.provider, model.why_not_cuda, model.caps) == (CUDA, "", ON_CUDA)
    assert runtime.cuda_sessions == runtime.cuda_runs == 2  # one probe each
    assert logs == []


def test_bound_runs_give_the_very_numbers_of_plain_ones() -> None:
    on_cuda, on_cpu = a_model(CudaRuntime()), a_model(CudaRuntime(), Device.CPU)
    given = windows(on_cpu)
    assert numbers(on_cuda.score(*given)) == numbers(on_cpu.score(*given))
    assert np.abs(on_cuda.encode(TEMPLATES) - on_cpu.encode(TEMPLATES)).max() <= 1e-5  # other batches


def test_a_card_gets_large_runs() -> None:
    assert ON_CUDA.cells // 256 >= 256 and ON_CUDA.windows >= 256
    runtime = CudaRuntime()
    model = a_model(runtime)
    before = runtime.cuda_runs
    model.score(*windows(model, count=1_000))
    assert runtime.cuda_runs - before == 1


def test_a_runtime_without_cuda_is_no_news(logs: list[Any]) -> None:
    model = a_model(CudaRuntime(has_cuda=False))
    assert (model.provider, model.caps) == (CPU, ON_CPU)
    assert "without CUDA" in model.why_not_cuda and logs == []


@pytest.mark.parametrize(
    ("runtime", "reason"),
    [
        (CudaRuntime(lies=True, says="Failed to load libcublasLt.so.13: no such file"), "libcublasLt.so.13"),
        (CudaRuntime(lies=True), "no usable card or driver"),
        (CudaRuntime(breaks_at=1), "CUDA failure 999"),
        (CudaRuntime(breaks_at=2), "CUDA failure 999"),
        (CudaRuntime(skew=0.01), "differs from the CPU by 1.0e-02"),
        (CudaRuntime(skew=float("nan")), "differs from the CPU by nan"),
    ],
    ids=["library missing", "no driver", "encoder fails", "sequence model fails", "wrong numbers", "no numbers"],
)
def test_cuda_that_does_not_do_is_said_once_and_left(
    runtime: CudaRuntime, reason: str, logs: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    model = a_model(runtime)
    assert (model.provider, model.caps) == (CPU, ON_CPU)
    assert reason in model.why_not_cuda
    assert [(entry["event"], reason in entry["reason"]) for entry in logs] == [("cuda_not_used", True)]
    assert capsys.readouterr().out == ""
    json.dumps(logs)


def test_demanded_cuda_that_does_not_work_stops_the_start() -> None:
    for runtime in (CudaRuntime(has_cuda=False), CudaRuntime(lies=True)):
        with pytest.raises(DeviceUnavailable, match=r"loglynx\[detector-gpu\]"):
            a_model(runtime, Device.CUDA)


def test_the_cpu_is_not_even_asked_about_cuda() -> None:
    runtime = CudaRuntime()
    assert (a_model(runtime, Device.CPU).provider, runtime.cuda_sessions) == (CPU, 0)


def test_a_card_that_is_lost_leaves_the_work_to_the_cpu(logs: list[Any]) -> None:
    runtime = CudaRuntime(breaks_at=4)
    model, plain = a_model(runtime), a_model(CudaRuntime(), Device.CPU)
    given = windows(model)
    for _ in range(3):
        assert numbers(model.score(*given)) == numbers(plain.score(*given))
    assert model.provider == CPU and runtime.cuda_runs == 4
    assert [entry["event"] for entry in logs] == ["cuda_lost"]
