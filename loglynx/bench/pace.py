"""A line per finished run, with the time that is left at the present pace."""

from __future__ import annotations

import math
from collections.abc import Callable

from loglynx.bench.results import Run


class Pace:
    """``say`` prints one line; ``clock`` gives seconds. Rows take very different times, so the rest is a guess."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._started = clock()
        self._done = 0
        self._expected = 0

    def expect(self, rows: int) -> None:
        """``rows`` more, beyond those already done."""
        self._expected = self._done + rows

    def told(self, task: str, row: str, seed: int, run: Run | None, is_last: bool) -> None:
        """One run is done; ``is_last`` when its row is."""
        self._done += is_last
        if run is None:
            said = "failed"
        else:
            quality, cost = run.measures.quality, run.cost
            said = (
                f"F1 {_shown(quality.f1)}  PR-AUC {_shown(quality.average_precision)}  "
                f"fit {cost.fit_cpu_s:.1f} s, score {cost.score_cpu_s:.1f} s"
            )
        self._say(f"[{self._done}/{self._expected}] {task}  {row} (seed {seed})  {said}{self._left()}")

    def _left(self) -> str:
        if not 0 < self._done < self._expected:
            return ""
        seconds = (self._clock() - self._started) / self._done * (self._expected - self._done)
        return f"  about {seconds:.0f} s left" if seconds < 100 else f"  about {seconds / 60:.0f} min left"


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
