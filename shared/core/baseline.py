"""What one stream looks like when it is normal, and how a window is judged against it.

A baseline first learns: it keeps the evidence of ``learn_windows`` windows. Then it calibrates itself in the order
of time: each of the later windows is compared with those before it only, as new windows will be, with a gap so that
neighbours cannot vouch for each other. From then on every component of a window becomes a p-value, the p-values are
fused (``sum of -log p``, Fisher 1925, its distribution taken from the calibration windows and not from the
chi-square law, since the components depend on each other) and the fused p-value is compared with the budget.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.calibration import Tail, fit_tail
from shared.core.evidence import COMPONENTS, FloatArray, MemoryOfNormal, WindowEvidence

CALIBRATE_FROM = 0.3  # the first share of the learning windows is only remembered
GAP = 2  # windows between a calibration window and the newest it is compared with
FUSED_SCALE = 1.0
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """One window against a baseline: p-value per component, and their fusion in nats."""

    components: dict[str, float]
    strangeness: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The tails of the components and of their fusion."""

    tails: dict[str, Tail]
    fused: Tail

    @classmethod
    def of(cls, values: dict[str, NDArray[np.float64]]) -> Calibration:
        """Fit to the components (name -> (n,)) of normal windows."""
        tails = {name: fit_tail(values[name], scale) for name, scale in COMPONENTS.items() if name in values}
        calibration = cls(tails, fit_tail(np.zeros(0), FUSED_SCALE))
        return replace(calibration, fused=fit_tail(calibration._sum_of_logs(values), FUSED_SCALE))

    def _sum_of_logs(self, values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        logs = [-np.log(tail.p_values(values[name])) for name, tail in self.tails.items()]
        return np.asarray(np.sum(logs, axis=0))

    def judge(self, values: dict[str, NDArray[np.float64]]) -> list[Judgement]:
        """One judgement per row of ``values`` (name -> (m,))."""
        p_values = {name: tail.p_values(values[name]) for name, tail in self.tails.items()}
        strangeness = -np.log(self.fused.p_values(self._sum_of_logs(values)))
        return [
            Judgement({name: float(p[row]) for name, p in p_values.items()}, float(strangeness[row]))
            for row in range(len(strangeness))
        ]


class Baseline:
    """A stream's normal, in one of two states: learning ``n``/``learn_windows``, or ready.

    Immutable: ``observe`` returns the next one, or itself when there was nothing to learn.
    """

    def __init__(self, learn_windows: int, windows: Sequence[WindowEvidence] = ()) -> None:
        self.learn_windows = learn_windows
        self.windows = tuple(windows)
        self._memory: MemoryOfNormal | None = None
        self._calibration: Calibration | None = None

    @property
    def is_ready(self) -> bool:
        return len(self.windows) >= self.learn_windows

    @property
    def progress(self) -> tuple[int, int]:
        """Windows learnt and windows needed."""
        return min(len(self.windows), self.learn_windows), self.learn_windows

    def observe(self, windows: Sequence[WindowEvidence]) -> Baseline:
        """Learn from windows believed normal; a ready baseline stays as it is."""
        room = self.learn_windows - len(self.windows)
        if room <= 0 or not windows:
            return self
        grown = [*self.windows, *(_as_stored(window) for window in windows[:room])]
        return Baseline(self.learn_windows, grown)

    @property
    def memory(self) -> MemoryOfNormal:
        if self._memory is None:
            self._memory = MemoryOfNormal(self.windows)
        return self._memory

    @property
    def calibration(self) -> Calibration:
        if self._calibration is None:
            first = max(1, int(CALIBRATE_FROM * len(self.windows)))
            rows = [
                self.memory.distances(window, until=max(1, index - GAP))
                for index, window in enumerate(self.windows)
                if index >= first
            ]
            self._calibration = Calibration.of(_columns(rows))
        return self._calibration

    def judge(self, windows: Sequence[WindowEvidence]) -> list[Judgement]:
        """Judge windows against a ready baseline. Raises RuntimeError while it is learning."""
        if not self.is_ready:
            raise RuntimeError("the baseline is still learning")
        if not windows:
            return []
        return self.calibration.judge(_columns([self.memory.distances(_as_stored(window)) for window in windows]))

    def to_bytes(self) -> bytes:
        """A compressed npz without pickle: evidence only; memory and calibration follow from it."""
        meta = np.frombuffer(json.dumps(self._meta()).encode(), dtype=np.uint8)
        arrays = _pack(self.windows) if self.windows else {}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, meta=meta, **arrays)
        return buffer.getvalue()

    def _meta(self) -> dict[str, int]:
        return {"format": _FORMAT, "learn_windows": self.learn_windows}

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """Inverse of ``to_bytes`` (embeddings keep half precision). Raises ValueError on anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta.get("format") != _FORMAT:
                raise ValueError("a baseline of another format")
            windows = _unpack(arrays) if "lengths" in arrays else ()
        return cls(int(meta["learn_windows"]), windows)


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def _as_stored(window: WindowEvidence) -> WindowEvidence:
    """Rounded as ``to_bytes`` rounds, so that a baseline judges alike before and after a journey through the store,
    and so that a value equal to a remembered one is still equal to it.
    """

    def half(array: FloatArray) -> FloatArray:
        return array.astype(np.float16).astype(np.float32)

    return replace(
        window,
        vectors=half(window.vectors),
        trouble=half(window.trouble),
        surprise=half(window.surprise),
        head=float(np.float32(window.head)),
        embedding=half(window.embedding),
    )


def _pack(windows: Sequence[WindowEvidence]) -> dict[str, Any]:
    """Windows as flat arrays; line vectors are stored once per template."""
    ids = np.concatenate([w.template_ids for w in windows])
    _, first = np.unique(ids, return_index=True)
    return {
        "lengths": np.array([len(w.template_ids) for w in windows], dtype=np.int32),
        "template_ids": ids,
        "template_vectors": np.concatenate([w.vectors for w in windows])[first].astype(np.float16),
        "trouble": np.concatenate([w.trouble for w in windows]).astype(np.float16),
        "surprise": np.concatenate([w.surprise for w in windows]).astype(np.float16),
        "heads": np.array([w.head for w in windows], dtype=np.float32),
        "embeddings": np.stack([w.embedding for w in windows]).astype(np.float16),
    }


def _unpack(arrays: Mapping[str, Any]) -> list[WindowEvidence]:
    ids = np.asarray(arrays["template_ids"], dtype=np.uint64)
    unique = np.unique(ids)
    table = np.asarray(arrays["template_vectors"], dtype=np.float32)
    vectors = table[np.searchsorted(unique, ids)]
    trouble = np.asarray(arrays["trouble"], dtype=np.float32)
    surprise = np.asarray(arrays["surprise"], dtype=np.float32)
    heads = np.asarray(arrays["heads"], dtype=np.float32)
    embeddings = np.asarray(arrays["embeddings"], dtype=np.float32)
    ends = np.cumsum(np.asarray(arrays["lengths"], dtype=np.int64))
    starts = np.concatenate([[0], ends[:-1]])
    return [
        WindowEvidence(ids[a:b], vectors[a:b], trouble[a:b], surprise[a:b], float(heads[row]), embeddings[row])
        for row, (a, b) in enumerate(zip(starts, ends, strict=True))
    ]
