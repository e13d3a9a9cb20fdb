"""The calendar that time stamps are counted on: dates, times of day and epoch numbers as milliseconds (UTC).

None where there is no such date or time; never raises.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

DAY_MS = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def date_ms(year: int, month: int, day: int) -> int | None:
    """Midnight of a date."""
    try:
        return (date(year, month, day).toordinal() - _EPOCH_DAY) * DAY_MS
    except ValueError:
        return None


def time_of_day_ms(hour: int, minute: int) -> int | None:
    """Milliseconds from midnight to a minute."""
    return (hour * 60 + minute) * 60_000 if hour < 24 and minute < 60 else None


@lru_cache(maxsize=8192)
def _yearless(month: int, day: int, clock: int, received_day: int) -> tuple[int, ...]:
    """The moments of this month, day and time in the years around the day of receipt, latest first."""
    year = date.fromordinal(min(max(received_day, 1 - _EPOCH_DAY), 2_900_000 - _EPOCH_DAY) + _EPOCH_DAY).year
    found = (date_ms(y, month, day) for y in range(year + 1, max(year - 9, 0), -1))
    return tuple(day_ms + clock for day_ms in found if day_ms is not None)


def infer_year(month: int, day: int, clock_ms: int, received_ms: int) -> int | None:
    """The latest moment with this month, day and time of day that is at most a day after ``received_ms``."""
    latest = received_ms + DAY_MS
    return next((ms for ms in _yearless(month, day, clock_ms, received_ms // DAY_MS) if ms <= latest), None)


def nearest_day(clock_ms: int, received_ms: int, day_ms: int | None = None) -> int:
    """A time of day on a given day, or on the day that brings it nearest to ``received_ms``."""
    if day_ms is not None:
        return day_ms + clock_ms
    return clock_ms + (received_ms - clock_ms + DAY_MS // 2) // DAY_MS * DAY_MS


def day_in(name: str) -> int | None:
    """The date in a file name ("app.2024-01-31.log", "app-20240131.log"), as milliseconds."""
    match = re.search(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)", name)
    return None if match is None else date_ms(int(match[1]), int(match[3]), int(match[4]))


def epoch_ms(number: float) -> int | None:
    """An epoch number as milliseconds; whether it counts s, ms, µs or ns is told by its size (1973 to 2128)."""
    if 1e8 <= number < 5e9:
        return int(number * 1000)
    if 1e11 <= number < 5e12:
        return int(number)
    if 1e14 <= number < 5e15:
        return int(number / 1e3)
    return int(number / 1e6) if 1e17 <= number < 5e18 else None
