"""A runtime that claims to have CUDA: onnxruntime in all it computes, with the failures that real ones show."""

from __future__ import annotations

from typing import Any

import onnxruntime

from services.detector.device import CPU, CUDA


class CudaRuntime:
    """``lies``: sessions come back on the CPU, as with a missing library. ``breaks_at``: that run fails.

    ``skew`` is added to whatever CUDA sessions compute.
    """

    SessionOptions = onnxruntime.SessionOptions

    def __init__(
        self,
        has_cuda: bool = True,
        lies: bool = False,
        breaks_at: int | None = None,
        skew: float = 0.0,
        says: str = "",
    ) -> None:
        self.has_cuda, self.lies, self.breaks_at, self.skew, self.says = has_cuda, lies, breaks_at, skew, says
        self.cuda_runs = 0
        self.cuda_sessions = 0
        self.OrtValue = _OrtValue

    def get_available_providers(self) -> list[str]:
        return [CUDA, CPU] if self.has_cuda else [CPU]

    def preload_dlls(self) -> None:
        if self.says:
            print(self.says)

    def InferenceSession(self, content: bytes, options: Any, providers: list[Any]) -> Any:
        session = onnxruntime.InferenceSession(content, options, providers=[CPU])
        if providers == [CPU]:
            return session
        assert providers[0][0] == CUDA
        self.cuda_sessions += 1
        return session if self.lies else _CudaSession(self, session)


class _OrtValue:
    @staticmethod
    def ortvalue_from_numpy(values: Any, device: str, index: int) -> Any:
        assert device == "cuda"
        return onnxruntime.OrtValue.ortvalue_from_numpy(values, "cpu", index)


class _CudaSession:
    """A real session on the CPU whose binding takes places on "cuda" for places on the CPU."""

    def __init__(self, runtime: CudaRuntime, session: Any) -> None:
        self._runtime, self._session = runtime, session
        self.may_fall_back = True

    def __getattr__(self, name: str) -> Any:
        if name == "run":
            raise AssertionError("a CUDA session is run with its inputs and outputs bound")
        return getattr(self._session, name)

    def get_providers(self) -> list[str]:
        return [CUDA, CPU]

    def disable_fallback(self) -> None:
        self.may_fall_back = False

    def io_binding(self) -> Any:
        return _Binding(self._session.io_binding(), self._runtime.skew)

    def run_with_iobinding(self, binding: _Binding) -> None:
        assert not self.may_fall_back
        self._runtime.cuda_runs += 1
        if self._runtime.cuda_runs == self._runtime.breaks_at:
            raise RuntimeError("CUDA failure 999: unknown error")
        self._session.run_with_iobinding(binding.real)


class _Binding:
    def __init__(self, real: Any, skew: float) -> None:
        self.real, self._skew = real, skew

    def bind_ortvalue_input(self, name: str, value: Any) -> None:
        self.real.bind_ortvalue_input(name, value)

    def bind_output(self, name: str, device: str, index: int) -> None:
        assert device == "cuda"
        self.real.bind_output(name, "cpu", index)

    def get_outputs(self) -> list[Any]:
        return [_Skewed(value, self._skew) for value in self.real.get_outputs()]


class _Skewed:
    def __init__(self, value: Any, skew: float) -> None:
        self._value, self._skew = value, skew

    def numpy(self) -> Any:
        return self._value.numpy() + self._skew if self._skew else self._value.numpy()
