"""Builders of benchmark cases and tasks: short messages, truth beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.task import Case, Events, Task
from shared.core.records import Event

NORMAL = ("open session", "read block", "write block", "close session")
NEW = "error: the checksum differs from the stored one"


def events_of(*messages: str, at_ms: int | None = None) -> Events:
    """``at_ms``: the time of the first event, the others a second after each other; no times when None."""
    return tuple(
        Event(text=message, message=message, timestamp_ms=None if at_ms is None else at_ms + 1000 * number)
        for number, message in enumerate(messages)
    )


def a_case(*messages: str, wrong: Sequence[int] = ()) -> Case:
    """Anomalous when it has a wrong line."""
    return Case(events_of(*messages), bool(wrong), tuple(number in wrong for number in range(len(messages))))


def normal_cases(count: int, seed: int = 0) -> list[Case]:
    """Sessions that open, read and write a few blocks, and close."""
    rng = np.random.default_rng(seed)
    middles = [rng.choice(NORMAL[1:3], size=rng.integers(2, 6)).tolist() for _ in range(count)]
    return [a_case(NORMAL[0], *middle, NORMAL[3]) for middle in middles]


def a_task(fit: int = 100, test: int = 60, every: int = 6, name: str = "sessions") -> Task:
    """Every so many sessions of the test end with a line that no other session has."""
    judged = normal_cases(test, seed=1)
    for at in range(0, test, every):
        messages = [event.message for event in judged[at].events]
        judged[at] = a_case(*messages, NEW, wrong=(len(messages),))
    return Task(name, "sessions", tuple(normal_cases(fit)), tuple(judged))
