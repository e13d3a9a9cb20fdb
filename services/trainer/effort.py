"""How much work a fit may be: counted, not timed, so that it gives the same weights on any machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.trainer.course import Course
from services.trainer.pace import Say


def say_nothing(text: str) -> None:
    """For fits that nobody watches."""


@dataclass(frozen=True, slots=True)
class Effort:
    """steps  of the optimiser at most; early stopping may need fewer
    per_step  numbers in a batch: histories for DeepLog, templates or tokens, padding included, for masked models
    most_events, most_held_out_events  of the windows trained on and stopped by; evenly chosen when there are more
    epochs, batch_windows, peak_rate  take the place of steps, of per_step (as windows of mean length) and of the
                                      model's own learning rate
    """

    steps: int
    most_events: int
    most_held_out_events: int
    per_step: int = 2048
    say: Say = say_nothing
    epochs: int | None = None
    batch_windows: int | None = None
    peak_rate: float | None = None
    course: Course = field(default_factory=Course)

    def numbers_per_step(self, numbers: int, windows: int) -> int:
        """How much goes into a batch, where ``windows`` windows are ``numbers`` numbers long together."""
        if self.batch_windows is None:
            return self.per_step
        return max(round(self.batch_windows * numbers / max(windows, 1)), 1)

    def steps_of(self, batches: int) -> int:
        """Steps at most, where one pass over the data takes ``batches``."""
        shared = max(batches // self.course.peers.count, 1)
        return self.steps if self.epochs is None else self.epochs * shared
