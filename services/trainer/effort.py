"""How much work a fit may be: counted, not timed, so that it gives the same weights on any machine."""

from __future__ import annotations

from dataclasses import dataclass

from services.trainer.pace import Say


def say_nothing(text: str) -> None:
    """For fits that nobody watches."""


@dataclass(frozen=True, slots=True)
class Effort:
    """steps  of the optimiser at most; early stopping may need fewer
    per_step  numbers in a batch: histories for DeepLog, templates or tokens, padding included, for masked models
    most_events, most_held_out_events  of the windows trained on and stopped by; evenly chosen when there are more
    """

    steps: int
    most_events: int
    most_held_out_events: int
    per_step: int = 2048
    say: Say = say_nothing
