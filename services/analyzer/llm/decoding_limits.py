"""When a reply is stopped that does not end by itself: it turns in circles, or its time is over."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_PERIOD = 12
REPEATS = 6
LEAST_TOKENS = 48


def is_turning_in_circles(tokens: Sequence[int]) -> bool:
    """Do the last tokens repeat one run of up to LONGEST_PERIOD, for LEAST_TOKENS tokens and REPEATS times?"""
    for period in range(1, LONGEST_PERIOD + 1):
        length = max(LEAST_TOKENS, period * REPEATS)
        if len(tokens) >= length:
            tail = tokens[-length:]
            if all(one == other for one, other in zip(tail, tail[period:], strict=False)):
                return True
    return False
