"""LINES numbered lines through a real client, and what became of each.

A client is anything that lines can be written to. The troubles come in the middle: of 1000 lines 400 are sent and have
arrived, then 200 are written over five seconds in which the front door is stopped or overloaded, then 400 more.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import pytest
from front_door import LINES, FrontDoor, a_line, wait_until

TROUBLES = ("plain", "stopped", "overloaded")
BEFORE, DURING, AFTER = range(1, 401), range(401, 601), range(601, LINES + 1)
each_trouble = pytest.mark.parametrize("trouble", TROUBLES)


class Client(Protocol):
    """Sends each line that is written to it, as soon as it would in use."""

    def write(self, line: str) -> None: ...

    def finish(self) -> None:
        """Nothing more comes. Returns when the client has sent all it will, or will do so by itself."""


def deliver(
    front_door: FrontDoor, client: Client, trouble: str, patience_s: float = 90, is_refusing: bool = True
) -> Counter[int]:
    """Write all lines, with ``trouble`` in the middle; how often each arrived.

    ``patience_s``: how long after ``finish`` the last line may take. Where lines are lost for good the caller says
    ``patience_s=0`` and must see to it that the client has ended. ``is_refusing``: see ``FrontDoor.overloaded``.
    """
    write_all(client, BEFORE)
    wait_until(lambda: front_door.stored() >= len(BEFORE), 60, "the arrival of what was sent before the trouble")
    with _trouble(front_door, trouble, is_refusing) as seconds:
        write_all(client, DURING, seconds)
    write_all(client, AFTER)
    client.finish()
    deadline = time.monotonic() + patience_s
    while front_door.stored() < LINES and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)  # for what comes twice
    return front_door.arrived()


def write_all(client: Client, numbers: range, over_s: float = 0) -> None:
    """Evenly over so many seconds."""
    started = time.monotonic()
    for position, number in enumerate(numbers, 1):
        client.write(a_line(number))
        time.sleep(max(0.0, started + over_s * position / len(numbers) - time.monotonic()))


def lost(arrived: Counter[int]) -> list[int]:
    return [number for number in range(1, LINES + 1) if not arrived[number]]


def doubled(arrived: Counter[int]) -> list[int]:
    return sorted(number for number, times in arrived.items() if times > 1)


def assert_each_once(arrived: Counter[int]) -> None:
    """Nothing lost, nothing doubled."""
    assert (spans(lost(arrived)), spans(doubled(arrived))) == ("", "")


def assert_lost_in_the_trouble_alone(arrived: Counter[int]) -> None:
    """For a client that does not send again what was refused: it lost some of what it was given meanwhile, and no more."""
    missing = set(lost(arrived))
    assert spans(missing - set(DURING)) == ""
    assert missing, "it lost nothing: it does send again"
    assert spans(doubled(arrived)) == ""


def spans(numbers: Iterable[int]) -> str:
    """Numbers in few words: ``3-5 9``."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _trouble(front_door: FrontDoor, trouble: str, is_refusing: bool) -> AbstractContextManager[float]:
    match trouble:
        case "stopped":
            return front_door.stopped()
        case "overloaded":
            return front_door.overloaded(is_refusing)
    return nullcontext(0.0)
