"""Time stamps at the start of a line, in the shapes that logs use, as milliseconds since the epoch (UTC).

In: the text, where to look, and when the line was received. Out: a Stamp, or None when no stamp stands there.
Never raises. A stamp without zone is taken as UTC. A stamp without year gets the latest year that does not put it
more than a day after the line was received; one without date, the day that puts it nearest to that moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from shared.core.calendar import date_ms, epoch_ms, infer_year, nearest_day, time_of_day_ms

_MONTH_NAMES = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split("|"), start=1)}
_MON = f"(?:{_MONTH_NAMES})"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ZONE = r"(Z|[+-]\d\d(?::?\d\d)?(?!\d)|UTC|GMT)"


# A time stamp found in a line: its moment in ms, where it ends in the text, the name of its shape. A plain tuple:
# making a named one costs as much as matching a regex, and lines are many.
Stamp = tuple[int, int, str]


def _sum(day: int | None, clock: int | None) -> int | None:
    return None if day is None or clock is None else day + clock


@lru_cache(maxsize=256)
def _zone_ms(zone: str) -> int:
    if zone in {"Z", "UTC", "GMT"}:
        return 0
    digits = zone[1:].replace(":", "")
    offset = (int(digits[:2]) * 60 + int(digits[2:] or 0)) * 60_000
    return -offset if zone[0] == "-" else offset


@lru_cache(maxsize=8192)
def _year_first(text: str) -> int | None:
    """Minute of "2024-01-31 12:59", whatever stands between the numbers. Cached: lines share their minute."""
    year, month, day, hour, minute = (int(part) for part in re.findall(r"\d+", text))
    return _sum(date_ms(year, month, day), time_of_day_ms(hour, minute))


@lru_cache(maxsize=8192)
def _compact(day: str, hour: str, minute: str) -> int | None:
    """Minute of a date in six (yymmdd) or eight digits."""
    year = int(day[:-4]) + (2000 if len(day) == 6 else 0)
    return _sum(date_ms(year, int(day[-4:-2]), int(day[-2:])), time_of_day_ms(int(hour), int(minute)))


@lru_cache(maxsize=8192)
def _month_named(text: str) -> int | None:
    """Minute of "31/Jan/2024:12:59" or "31 Jan 2024 12:59"."""
    day, name, year, hour, minute = re.findall(r"\d+|[A-Z][a-z]{2}", text)
    return _sum(date_ms(int(year), _MONTHS[name], int(day)), time_of_day_ms(int(hour), int(minute)))


@lru_cache(maxsize=8192)
def _short_slashed(text: str) -> int | None:
    """Minute of "17/06/09 20:10": year first (Spark), else month first."""
    a, b, c, hour, minute = (int(part) for part in re.findall(r"\d+", text))
    day = date_ms(2000 + a, b, c)
    return _sum(day if day is not None else date_ms(2000 + c, a, b), time_of_day_ms(hour, minute))


@lru_cache(maxsize=8192)
def _long_slashed(text: str) -> int | None:
    """Minute of "31/01/2024 12:59" or "1/31/2024 12:59": day first unless only month first is a date."""
    a, b, year, hour, minute = (int(part) for part in re.findall(r"\d+", text))
    day = date_ms(year, b, a)
    return _sum(day if day is not None else date_ms(year, a, b), time_of_day_ms(hour, minute))


def _ymd(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return _year_first(m[i])


def _digits(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return _compact(*m.group(i, i + 1, i + 2))


def _named(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return _month_named(m[i])


def _spark(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return _short_slashed(m[i])


def _slashed(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return _long_slashed(m[i])


def _syslog(m: re.Match[str], i: int, received_ms: int, _: int | None) -> int | None:
    name, day, year, hour, minute = m.group(i, i + 1, i + 2, i + 3, i + 4)
    clock = time_of_day_ms(int(hour), int(minute))
    if clock is None or not year:
        return None if clock is None else infer_year(_MONTHS[name], int(day), clock, received_ms)
    return _sum(date_ms(int(year), _MONTHS[name], int(day)), clock)


def _month_day(m: re.Match[str], i: int, received_ms: int, _: int | None) -> int | None:
    month, day, hour, minute = m.group(i, i + 1, i + 2, i + 3)
    clock = time_of_day_ms(int(hour), int(minute))
    return None if clock is None else infer_year(int(month), int(day), clock, received_ms)


def _time_only(m: re.Match[str], i: int, received_ms: int, day_ms: int | None) -> int | None:
    clock = time_of_day_ms(int(m[i]), int(m[i + 1]))
    return None if clock is None else nearest_day(clock, received_ms, day_ms)


def _epoch(m: re.Match[str], i: int, _: int, __: int | None) -> int | None:
    return epoch_ms(int(m[i]))


class _Shape(NamedTuple):
    """``minute`` is the regex up to the minute, ``tail`` what follows, with three groups: second, fraction, zone."""

    name: str
    minute: str
    tail: str
    convert: Callable[[re.Match[str], int, int, int | None], int | None]


_SECOND = r":(\d\d)(?:[.,](\d{1,9}))?"
_ISO_TAIL = r"(?::(\d\d)(?:[.,:](\d{1,9}))?)?(?:(?: (?=[+-]\d{4}|[UG]))?" + _ZONE + ")?"
_DATE_NAMED = rf"({_MON}) {{1,2}}(\d\d?),? "
# Tried in this order by the regex engine itself; each shape excludes what the ones before it take.
_DIGIT_SHAPES = (
    _Shape("iso", r"(\d{4}[-/.]\d\d?[-/.]\d\d?[T _-] ?\d\d?:\d\d)", _ISO_TAIL, _ymd),
    _Shape("time", r"(\d\d?):(\d\d)", _SECOND + "()", _time_only),
    _Shape("spark", r"(\d\d/\d\d/\d\d \d\d?:\d\d)", _SECOND + "()", _spark),
    _Shape("month-day", r"(\d\d)[-.](\d\d) (\d\d):(\d\d)", _SECOND + "()", _month_day),
    _Shape(
        "digits", r"(\d{8}|\d{6})[ T-] ?(\d\d)(?::?)(\d\d)", r":?(\d\d)(?:[.,](\d{1,9}))?" + _ZONE + "?(?!:)", _digits
    ),
    # After the last colon (20171223-22:5:9:16) stand milliseconds, not a decimal fraction.
    _Shape("healthapp", r"(\d{8})[ -](\d\d?):(\d\d?)", r":(\d\d?)(?::(\d{1,3}))?()", _digits),
    _Shape("named", rf"(\d\d?[ /-]{_MON}[ /-]\d{{4}}[: ]\d\d:\d\d)", _SECOND + f"(?: ?{_ZONE})?", _named),
    _Shape("bgl", r"(\d{4}-\d\d-\d\d-\d\d\.\d\d)", r"\.(\d\d)\.(\d{1,9})()", _ymd),
    _Shape("slashed", r"(\d\d?[/.]\d\d?[/.]\d{4},? {1,2}\d\d?:\d\d)", _SECOND + "()", _slashed),
    _Shape("epoch", r"(\d{19}|\d{16}|\d{13}|\d{9,10})", r"()(?:\.(\d{1,9}))?()(?=[\s\]|,:]|$)", _epoch),
)
_LETTER_SHAPES = (
    _Shape(
        "ctime",
        rf"{_WEEKDAY} {_DATE_NAMED}(?=[\d:.]{{8,18}}(?: [A-Z]{{3,4}})? ((?:19|20)\d\d))(\d\d):(\d\d)",
        _SECOND + r"(?: [A-Z]{3,4})? \d{4}()",
        _syslog,
    ),
    _Shape("syslog", rf"(?:{_WEEKDAY},? )?{_DATE_NAMED}(?:(\d{{4}}) )?(\d\d):(\d\d)", _SECOND + "()", _syslog),
    _Shape("named", rf"{_WEEKDAY}, (\d\d?[ /-]{_MON}[ /-]\d{{4}}[: ]\d\d:\d\d)", _SECOND + f"(?: ?{_ZONE})?", _named),
)


class _Reader:
    """Shapes joined into one alternation; an alternative's outer group closes last, so lastindex names it."""

    def __init__(self, shapes: tuple[_Shape, ...]) -> None:
        parts = (f"({shape.minute}{shape.tail}(?!\\d))" for shape in shapes)
        self.match = re.compile("|".join(parts), re.ASCII).match
        self.shapes: dict[int, tuple[_Shape, int]] = {}
        group = 1
        for shape in shapes:
            tail = group + 1 + re.compile(shape.minute).groups
            self.shapes[group] = (shape, tail)
            group = tail + 3


_FROM_DIGIT, _FROM_LETTER = _Reader(_DIGIT_SHAPES), _Reader(_LETTER_SHAPES)
# What may follow the minute, for shapes whose text up to the minute says everything about that minute.
_TAILS = {
    shape.name: re.compile(shape.tail + r"(?!\d)", re.ASCII).match
    for shape in _DIGIT_SHAPES + _LETTER_SHAPES
    if shape.name in {"iso", "time", "spark", "month-day", "digits", "named"}
}
_TAILS["syslog"] = re.compile(_SECOND + r"()(?!\d)(?!(?: [A-Z]{3,4})? (?:19|20)\d\d)", re.ASCII).match
_MAX_MINUTES = 1024


class StampReader:
    """Reads the stamps of one stream, converting each minute once.

    What it remembers follows from the text up to the minute and the time of receipt alone, so that a reader that has
    seen other lines and a new one give the same answer.
    """

    def __init__(self, day_ms: int | None = None) -> None:
        self._day_ms = day_ms
        self._received_ms: int | None = None
        self._length = 0
        self._minutes: dict[str, tuple[int, str, Callable[[str, int], re.Match[str] | None]]] = {}

    def read(self, text: str, start: int, received_ms: int) -> Stamp | None:
        """The time stamp that begins at ``text[start]``."""
        if received_ms != self._received_ms:
            self._minutes.clear()
            self._received_ms = received_ms
        end = start + self._length
        known = self._minutes.get(text[start:end])
        if known is not None:
            at_ms, shape, match_tail = known
            tail = match_tail(text, end)
            if tail is not None:
                second, fraction, zone = tail.groups()
                ms = _in_minute(at_ms, second, fraction, zone)
                return None if ms is None else (ms, tail.end(), shape)
        return self._read_in_full(text, start, received_ms)

    def _read_in_full(self, text: str, start: int, received_ms: int) -> Stamp | None:
        reader = _FROM_DIGIT if text[start : start + 1].isdigit() else _FROM_LETTER
        match = reader.match(text, start)
        if match is None:
            return None
        group = match.lastindex or 0
        shape, place = reader.shapes[group]
        minute_ms = shape.convert(match, group + 1, received_ms, self._day_ms)
        if minute_ms is None:
            return None
        second, fraction, zone = match.group(place, place + 1, place + 2)
        if shape.name == "healthapp" and fraction:
            fraction = fraction.zfill(3)
        at_ms = _in_minute(minute_ms, second, fraction, zone)
        match_tail = _TAILS.get(shape.name)
        if match_tail is not None and second is not None:
            end = match.start(place) - (text[match.start(place) - 1] == ":")
            if len(self._minutes) >= _MAX_MINUTES:
                self._minutes.clear()
            self._length = end - start
            self._minutes[text[start:end]] = (minute_ms, shape.name, match_tail)
        return None if at_ms is None else (at_ms, match.end(), shape.name)


def _in_minute(minute_ms: int, second: str | None, fraction: str | None, zone: str | None) -> int | None:
    """A minute and the seconds in it (a decimal fraction of any precision, cut to ms; 60 is a leap second)."""
    if second:
        whole = int(second)
        if whole > 60:
            return None
        minute_ms += whole * 1000
    if fraction:
        minute_ms += int(fraction) if len(fraction) == 3 else int((fraction + "00")[:3])
    return minute_ms - _zone_ms(zone) if zone else minute_ms


def read_stamp(text: str, start: int, received_ms: int, day_ms: int | None = None) -> Stamp | None:
    """The time stamp that begins at ``text[start]``; ``day_ms`` dates one that is a time of day only."""
    return StampReader(day_ms).read(text, start, received_ms)
