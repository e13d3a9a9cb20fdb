"""What one stream looks like when it is normal, and how a window is judged against it.

A baseline first learns: it keeps the evidence of ``learn_windows`` windows. Then it calibrates itself in the order
of time: each of the later windows is compared with those before it only, as new windows will be, with a gap so that
neighbours cannot vouch for each other. From then on every component of a window becomes a p-value, the p-values are
fused (``sum of -log p``, Fisher 1925, its distribution taken from the calibration windows and not from the
chi-square law, since the components depend on each other) and the fused p-value is compared with the budget.

A stream may change for good: a deployment, another workload. When flags come far more often than any budget allows,
the baseline has drifted: it goes back to learning with what it knows, says so once, and flags nothing until it is
ready again. Otherwise one change would flood its people with alarms, the older detectors' best-known fault.
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

CALIBRATE_FROM = 0.3  # the first share of the windows of one learning is only remembered
GAP = 2  # windows between a calibration window and the newest it is compared with
FUSED_SCALE = 1.0
ALARM_MEMORY = 50  # windows over which the rate of flags is remembered (exponentially)
DRIFT_RATE = 0.3  # a rate of flags that no budget explains: about 18 in a row
MOST_GROWTH = 4  # a baseline keeps at most so many times its learn_windows; the oldest go first
_FORMAT = 1


def fit_fused(sums: NDArray[np.float64]) -> Tail:
    """The tail of sums of ``-log p``: each term is exponential whatever it comes from, so the tail is too."""
    return fit_tail(sums, FUSED_SCALE, shape=0.0)


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
        calibration = cls(tails, fit_fused(np.zeros(0)))
        return replace(calibration, fused=fit_fused(calibration._sum_of_logs(values)))

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

    Immutable: ``observe`` and ``after_flags`` return the next one, or itself when nothing changed.
    wanted      windows at which it is ready: ``learn_windows``, more after a drift
    alarm_rate  recent share of flagged windows, 0..1
    kept        windows known before the learning that goes on, or went on last; it calibrates on those after them
    """

    def __init__(
        self,
        learn_windows: int,
        windows: Sequence[WindowEvidence] = (),
        wanted: int | None = None,
        alarm_rate: float = 0.0,
        kept: int = 0,
    ) -> None:
        self.learn_windows = learn_windows
        self.windows = tuple(windows)
        self.wanted = learn_windows if wanted is None else wanted
        self.alarm_rate = alarm_rate
        self.kept = kept
        self._memory: MemoryOfNormal | None = None
        self._calibration: Calibration | None = None

    @property
    def is_ready(self) -> bool:
        return len(self.windows) >= self.wanted

    @property
    def has_drifted(self) -> bool:
        """Is it learning again, after it had been ready?"""
        return not self.is_ready and len(self.windows) >= self.learn_windows

    @property
    def progress(self) -> tuple[int, int]:
        """Windows learnt and windows needed."""
        return min(len(self.windows), self.wanted), self.wanted

    def observe(self, windows: Sequence[WindowEvidence]) -> Baseline:
        """Learn from windows believed normal; a ready baseline stays as it is."""
        room = self.wanted - len(self.windows)
        if room <= 0 or not windows:
            return self
        grown = [*self.windows, *(_as_stored(window) for window in windows[:room])]
        return Baseline(self.learn_windows, grown, self.wanted, kept=self.kept)

    def after_flags(self, is_flagged: Sequence[bool]) -> Baseline:
        """The baseline after judging windows in order; drifted as soon as the rate of flags passes DRIFT_RATE.

        Windows after the one that passed it do not count: they are to be learnt, see ``first_drifted``.
        """
        rate = self.alarm_rate
        for flag in is_flagged:
            rate += (float(flag) - rate) / ALARM_MEMORY
            if rate > DRIFT_RATE:
                return self._drifted()
        rate = 0.0 if rate < 1e-3 else rate
        if rate == self.alarm_rate:
            return self
        after = Baseline(self.learn_windows, self.windows, self.wanted, rate, self.kept)
        after._memory, after._calibration = self._memory, self._calibration
        return after

    def first_drifted(self, is_flagged: Sequence[bool]) -> int:
        """How many of these windows are judged before the baseline has drifted; all of them if it does not."""
        rate = self.alarm_rate
        for index, flag in enumerate(is_flagged):
            rate += (float(flag) - rate) / ALARM_MEMORY
            if rate > DRIFT_RATE:
                return index + 1
        return len(is_flagged)

    def _drifted(self) -> Baseline:
        kept = self.windows[-(MOST_GROWTH - 1) * self.learn_windows :]
        return Baseline(self.learn_windows, kept, len(kept) + self.learn_windows, kept=len(kept))

    @property
    def memory(self) -> MemoryOfNormal:
        if self._memory is None:
            self._memory = MemoryOfNormal(self.windows)
        return self._memory

    @property
    def calibration(self) -> Calibration:
        if self._calibration is None:
            learnt = len(self.windows) - self.kept if self.is_ready else 0  # learning again
            first = max(1, len(self.windows) - int((1.0 - CALIBRATE_FROM) * (learnt or self.learn_windows)))
            rows = [
                self.memory.distances(window, until=max(1, index - GAP))
                for index, window in enumerate(self.windows)
                if index >= first
            ]
            self._calibration = Calibration.of(_columns(rows))
        return self._calibration

    def judge(self, windows: Sequence[WindowEvidence]) -> list[Judgement]:
        """Judge windows against what is known. Raises RuntimeError before the first ``learn_windows`` are."""
        if len(self.windows) < self.learn_windows:
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

    def _meta(self) -> dict[str, float]:
        return {
            "format": _FORMAT,
            "learn_windows": self.learn_windows,
            "wanted": self.wanted,
            "alarm_rate": self.alarm_rate,
            "kept": self.kept,
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """Inverse of ``to_bytes`` (embeddings keep half precision). Raises ValueError on anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta.get("format") != _FORMAT:
                raise ValueError("a baseline of another format")
            windows = _unpack(arrays) if "lengths" in arrays else ()
        learn_windows, wanted, kept = (int(meta[name]) for name in ("learn_windows", "wanted", "kept"))
        return cls(learn_windows, windows, wanted, float(meta["alarm_rate"]), kept)


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
