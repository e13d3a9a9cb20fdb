"""The history checker must be able to fail: each kind of breach is planted once and found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_history import Attempted, Seen, violations

PUSHES = [
    Attempted("s", ("a0", "a1", "a2"), True),
    Attempted("s", ("b0", "b1"), True),
    Attempted("s", ("u0", "u1"), False),
]
WINDOWS = [
    Seen("w1", (0, 1), ("a0", "a1")),
    Seen("w2", (2, 3), ("a2", "b0")),
    Seen("w3", (4,), ("b1",)),
]


def check(windows: list[Seen], pushes: list[Attempted] = PUSHES) -> list[str]:
    return violations(pushes, {"s": windows}, max_size=2)


def test_an_honest_history_passes() -> None:
    assert check(WINDOWS) == []
    assert check([*WINDOWS[:2], Seen("w3", (4, 5), ("b1", "u0")), Seen("w4", (6,), ("u1",))]) == []


@pytest.mark.parametrize(
    ("windows", "finding"),
    [
        (WINDOWS[:2], "lost"),
        ([WINDOWS[0], WINDOWS[2]], "not 0.."),
        ([*WINDOWS, WINDOWS[1]], "2 verdicts"),
        ([*WINDOWS, Seen("w9", (5,), ("ghost",))], "phantom"),
        ([*WINDOWS, Seen("w9", (5, 6), ("b0", "b1"))], "counted 2 times"),
        ([*WINDOWS, Seen("w9", (5,), ("u0",))], "counted in part"),
        ([replace(WINDOWS[0], events=("a1", "a0")), *WINDOWS[1:]], "torn apart"),
        ([Seen("w1", (0, 1, 2), ("a0", "a1", "a2")), Seen("w2", (3, 4), ("b0", "b1"))], "has 3 events"),
        ([replace(WINDOWS[0], events=("a0",)), *WINDOWS[1:]], "misses text"),
        ([], "lost"),
    ],
)
def test_each_breach_is_found(windows: list[Seen], finding: str) -> None:
    assert any(finding in violation for violation in check(windows)), check(windows)


def test_loss_of_an_unacknowledged_push_is_no_breach() -> None:
    assert check(WINDOWS, [*PUSHES, Attempted("s", ("x",), False)]) == []
