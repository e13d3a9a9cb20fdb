"""What one stream looks like when it is normal, and how a window is judged against it.

A baseline first learns: it keeps the evidence of ``learn_windows`` windows. Then shared.core.fusion fits the scorers
to them and calibrates what they say. From then on every scorer's word on a window becomes a p-value, the p-values are
fused, and the fused p-value is compared with the budget.

A stream may change for good: a deployment, another workload. When flags come far more often than any budget allows,
the baseline has drifted: it goes back to learning with what it knows, says so once, and flags nothing until it is
ready again. Otherwise one change would flood its people with alarms, the older detectors' best-known fault.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.core.calibration import resolved
from shared.core.evidence import (
    EvidenceTable,
    FloatArray,
    WindowEvidence,
)
from shared.core.excusing import MOST_EXCUSED, Excuses
from shared.core.fusion import Calibration, FittedScorers
from shared.core.packed_evidence import DAMAGES, as_stored, pack, unpack
from shared.core.scorers import FUSED

ALARM_MEMORY = 50  # windows over which the rate of flags is remembered (exponentially)
DRIFT_RATE = 0.3  # a rate of flags that no budget explains: about 18 in a row
GROWTH_SHARE = 0.5  # of the windows known, unflagged since then: they are learnt
MOST_GROWTH = 4  # a baseline keeps at most so many times its learn_windows; the oldest go first
EXCUSED_STRANGENESS = 1.0  # nats: as strange as one normal window in three
_FORMAT = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """One window against a baseline.

    components  p-value of every scorer   strangeness  -log of their fusion, nats
    lines       (L,) the same per event, nats, >= 0
    raw         the fused value before its calibration: it orders windows that are equally far out
    is_excused  a person excused its like: it is not flagged, however strange, and nothing learns from it
    """

    components: dict[str, float]
    strangeness: float
    lines: FloatArray
    raw: float = 0.0
    is_excused: bool = False


class Baseline:
    """A stream's normal, in one of two states: learning ``n``/``learn_windows``, or ready.

    Immutable: ``observe``, ``after_flag`` and ``grown_by`` return the next one, or itself when nothing changed.
    wanted      windows at which it is ready: ``learn_windows``, more after a drift
    alarm_rate  recent share of flagged windows, 0..1
    kept        windows known before the learning that goes on, or went on last; it calibrates on those after them
    excused     windows that people have excused (shared.core.excusing); they are no part of ``windows``
    weights     of the scorers in the fusion; None: those of SCORERS. Not stored: a stream has no other
    """

    def __init__(
        self,
        learn_windows: int,
        windows: Sequence[WindowEvidence] = (),
        wanted: int | None = None,
        alarm_rate: float = 0.0,
        kept: int = 0,
        scorers: Sequence[str] = FUSED,
        excused: Sequence[WindowEvidence] = (),
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self.learn_windows = learn_windows
        self.windows = tuple(windows)
        self.wanted = learn_windows if wanted is None else wanted
        self.alarm_rate = alarm_rate
        self.kept = kept
        self.scorers = tuple(scorers)
        self.weights = weights
        self.excused = tuple(excused)[-MOST_EXCUSED:]
        self._excuses: Excuses | None = None
        self._fitted: FittedScorers | None = None
        self._calibration: Calibration | None = None

    @property
    def is_ready(self) -> bool:
        return len(self.windows) >= self.wanted

    @cached_property
    def events(self) -> int:
        """In all windows that are kept, excused ones too: what it weighs in memory."""
        return sum(map(len, self.windows)) + sum(map(len, self.excused))

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
        grown = [*self.windows, *(as_stored(window) for window in windows[:room])]
        return Baseline(
            self.learn_windows,
            grown,
            self.wanted,
            kept=self.kept,
            scorers=self.scorers,
            excused=self.excused,
            weights=self.weights,
        )

    def after_flag(self, is_calm_flag: bool) -> Baseline:
        """The baseline after one more judged window; drifted as soon as the rate of calm flags passes DRIFT_RATE."""
        rate = self.alarm_rate + (float(is_calm_flag) - self.alarm_rate) / ALARM_MEMORY
        if rate > DRIFT_RATE:
            return self._drifted()
        rate = 0.0 if rate < 1e-3 else rate
        if rate == self.alarm_rate:
            return self
        after = Baseline(
            self.learn_windows, self.windows, self.wanted, rate, self.kept, self.scorers, self.excused, self.weights
        )
        after._fitted, after._calibration, after._excuses = self._fitted, self._calibration, self._excuses
        return after

    def is_outgrown_by(self, count: int) -> bool:
        """Are ``count`` more normal windows worth another calibration?"""
        return count >= max(self.learn_windows, GROWTH_SHARE * len(self.windows))

    def grown_by(self, windows: Sequence[WindowEvidence]) -> Baseline:
        """The baseline that knows these normal windows too; the oldest go when there are too many."""
        most = max(MOST_GROWTH * self.learn_windows, len(self.windows))
        grown = [*self.windows, *(as_stored(window) for window in windows)][-most:]
        return Baseline(
            self.learn_windows, grown, len(grown), self.alarm_rate, 0, self.scorers, self.excused, self.weights
        )

    def excusing(self, windows: Sequence[WindowEvidence]) -> Baseline:
        """The baseline that excuses these windows too, the latest ones where there are too many."""
        excused = [*self.excused, *(as_stored(window) for window in windows)]
        return Baseline(
            self.learn_windows,
            self.windows,
            self.wanted,
            self.alarm_rate,
            self.kept,
            self.scorers,
            excused,
            self.weights,
        )

    def _drifted(self) -> Baseline:
        kept = self.windows[-(MOST_GROWTH - 1) * self.learn_windows :]
        wanted = len(kept) + self.learn_windows
        return Baseline(
            self.learn_windows,
            kept,
            wanted,
            kept=len(kept),
            scorers=self.scorers,
            excused=self.excused,
            weights=self.weights,
        )

    @property
    def fitted(self) -> FittedScorers:
        if self._fitted is None:
            self._fitted = FittedScorers(EvidenceTable(self.windows), self.scorers)
        return self._fitted

    @property
    def calibration(self) -> Calibration:
        """On the windows of the last learning only: those kept from before are another normal."""
        if self._calibration is None:
            first = self.kept if self.is_ready else 0
            self._calibration = Calibration.of(self.windows, first, self.scorers, self.weights)
        return self._calibration

    def threshold(self, budget: float) -> float:
        """Nats of strangeness above which a window is flagged; see shared.core.calibration.resolved."""
        return -math.log(resolved(budget, len(self.windows)))

    def judge(self, windows: Sequence[WindowEvidence]) -> list[Judgement]:
        """Judge windows against what is known. Raises RuntimeError before the first ``learn_windows`` are."""
        if len(self.windows) < self.learn_windows:
            raise RuntimeError("the baseline is still learning")
        if not windows:
            return []
        table = EvidenceTable([as_stored(window) for window in windows])
        judged = self.calibration.judge(self.fitted, table)
        excuses = self.excuses
        found = []
        for row, window in enumerate(windows):
            raw = float(judged.raw[row])
            is_excused = excuses is not None and excuses.covers(window, raw)
            strangeness = float(judged.strangeness[row])
            found.append(
                Judgement(
                    {name: float(p[row]) for name, p in judged.p_values.items()},
                    min(strangeness, EXCUSED_STRANGENESS) if is_excused else strangeness,
                    judged.lines[table.starts[row] : table.starts[row + 1]].astype(np.float32),
                    raw,
                    is_excused,
                )
            )
        return found

    @property
    def excuses(self) -> Excuses | None:
        """None where nobody has excused anything."""
        if self._excuses is None and self.excused:
            raw = self.calibration.judge(self.fitted, EvidenceTable(self.excused)).raw
            self._excuses = Excuses(self.excused, raw.tolist(), self.windows)
        return self._excuses

    def to_bytes(self) -> bytes:
        """A compressed npz without pickle: evidence only; memory and calibration follow from it."""
        meta = np.frombuffer(json.dumps(self._meta()).encode(), dtype=np.uint8)
        known = (*self.excused, *self.windows)
        arrays = pack(known) if known else {}
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
            **({"excused": len(self.excused)} if self.excused else {}),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """Inverse of ``to_bytes`` (embeddings keep half precision). Raises ValueError on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                meta = json.loads(arrays["meta"].tobytes())
                if meta.get("format") != _FORMAT:
                    raise ValueError("a baseline of another format")
                windows = unpack(arrays) if "lengths" in arrays else []
            learn_windows, wanted, kept = (int(meta[name]) for name in ("learn_windows", "wanted", "kept"))
            first, alarm_rate = int(meta.get("excused", 0)), float(meta["alarm_rate"])  # excused ones stand first
        except DAMAGES as error:
            raise ValueError("no baseline") from error
        return cls(learn_windows, windows[first:], wanted, alarm_rate, kept, excused=windows[:first])
