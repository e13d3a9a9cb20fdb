from __future__ import annotations

from datetime import UTC, datetime

from loglynx.bench.stream_events import StreamReader, parse_stream


def _day(moment_ms: int | None) -> str:
    return datetime.fromtimestamp((moment_ms or 0) / 1000, UTC).strftime("%Y-%m-%d")


def test_a_stream_without_years_goes_on_over_new_year() -> None:
    days = ("Nov 30", "Dec 31", "Jan  1", "Feb 20", "Jul  3", "Oct 10")
    times = [event.timestamp_ms or 0 for event in parse_stream(f"{day} 06:39:00 host sshd[1]: hello" for day in days)]
    assert times == sorted(times)


def test_a_little_disorder_brings_no_other_year() -> None:
    days = ("Jan  1", "Dec 31", "Jan  1", "Jan  1")
    found = [
        _day(event.timestamp_ms) for event in parse_stream(f"{day} 06:39:00 host sshd[1]: hello" for day in days)
    ]
    assert found == ["2024-01-01", "2023-12-31", "2024-01-01", "2024-01-01"]


def test_a_time_of_day_goes_on_over_midnight() -> None:
    times = [
        event.timestamp_ms or 0
        for event in parse_stream(f"{at} INFO hello" for at in ("23:59:58.100", "00:00:01.200"))
    ]
    assert times[1] - times[0] == 3100


def test_a_known_moment_beats_what_the_text_says() -> None:
    reader = StreamReader()
    assert reader.read("2020-01-01 10:00:00 INFO hello", 5_000).timestamp_ms == 5_000
    assert reader.read("no time at all").timestamp_ms is None
