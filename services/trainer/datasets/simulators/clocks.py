"""How systems write a time: functions from milliseconds since the epoch (with a fraction) to text.

``hours_east`` moves the wall clock for formats that state their offset; formats that do not are written in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[float], str]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _utc(at_ms: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def pattern(form: str, digits: int = 0, tail: str = "", hours_east: int = 0) -> Clock:
    """``strftime`` pattern, then ``digits`` of the fraction of a second, then ``tail`` (a pattern too).

    Example: ``pattern("%Y-%m-%d %H:%M:%S,", 3)`` gives ``2026-03-02 10:00:00,417``.
    """
    shift = hours_east * 3_600_000

    def render(at_ms: float) -> str:
        at = _utc(at_ms + shift)
        fraction = f"{at.microsecond:06d}"[:digits]
        return f"{at.strftime(form)}{fraction}{at.strftime(tail)}"

    return render


def iso_nanos(tail: str = "Z", hours_east: int = 0) -> Clock:
    """RFC 3339 with nanoseconds, as Docker and Go write it."""
    seconds = pattern("%Y-%m-%dT%H:%M:%S.", 6, "", hours_east)
    return lambda at_ms: f"{seconds(at_ms)}{int(at_ms * 1e6) % 1000:03d}{tail}"


def syslog(at_ms: float) -> str:
    """RFC 3164: ``Mar  2 10:00:00``."""
    at = _utc(at_ms)
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S}"


def epoch_ms(at_ms: float) -> str:
    """Milliseconds, as pino writes them."""
    return str(int(at_ms))


def epoch_s(at_ms: float) -> str:
    """Seconds with a fraction, as zap writes them."""
    return f"{at_ms / 1000:.6f}"


LOGBACK = pattern("%Y-%m-%d %H:%M:%S.", 3)
LOG4J = pattern("%Y-%m-%d %H:%M:%S,", 3)
PLAIN = pattern("%Y-%m-%d %H:%M:%S")
ISO_MS = pattern("%Y-%m-%dT%H:%M:%S.", 3, "Z")
ISO_US = pattern("%Y-%m-%dT%H:%M:%S.", 6, "Z")
CLF = pattern("%d/%b/%Y:%H:%M:%S +0000")
CLF_CN = pattern("%d/%b/%Y:%H:%M:%S +0800", hours_east=8)
KLOG = pattern("%m%d %H:%M:%S.", 6)
