"""How far a training run is: by time or by steps, with a line of progress now and then.

A run bounded by steps is repeatable; one bounded by minutes does what the machine can do in that time, and says in
the manifest how many steps that was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

Say = Callable[[str], None]
_REPORT_EVERY_S = 15.0


def say_on_stderr(text: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


class Pace:
    """Counts steps until ``steps`` are done or ``seconds`` are over, whichever is given (steps win)."""

    def __init__(self, name: str, seconds: float, steps: int | None = None, say: Say = say_on_stderr) -> None:
        self.name, self.seconds, self.steps = name, seconds, steps
        self.done = 0
        self.say = say
        self._started = self._reported = time.monotonic()
        self._means: dict[str, float] = {}
        self._share_at_start = 0.0

    def go_on_from(self, done: int) -> None:
        """So many steps were done by a process that is no more."""
        self.done = done
        self._share_at_start = self.share

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started

    @property
    def share(self) -> float:
        """0 at the start, 1 at the end."""
        if self.steps is not None:
            return min(self.done / max(self.steps, 1), 1.0)
        return min(self.elapsed_s / max(self.seconds, 1e-9), 1.0)

    @property
    def is_over(self) -> bool:
        return self.share >= 1.0

    def tick(self, parts: Mapping[str, float]) -> None:
        """One step is done; ``parts`` are its losses."""
        self.done += 1
        for name, value in parts.items():
            self._means[name] = value if name not in self._means else 0.97 * self._means[name] + 0.03 * value
        if time.monotonic() - self._reported >= _REPORT_EVERY_S:
            self.report()

    def report(self) -> None:
        """Say how far it is and when it will be over."""
        self._reported = time.monotonic()
        left = self.elapsed_s * (1 - self.share) / max(self.share - self._share_at_start, 1e-9)
        losses = "  ".join(f"{name} {value:.3f}" for name, value in self._means.items())
        self.say(f"{self.name}  {self.share:4.0%}  step {self.done}  {losses}  ETA {left / 60:.1f} min")

    def learning_rate(self, peak: float, warm_steps: int = 100) -> float:
        """Linear warm-up, then linear decay to a hundredth of the peak."""
        return peak * min((self.done + 1) / warm_steps, 1.0) * max(1.0 - self.share, 0.01)
