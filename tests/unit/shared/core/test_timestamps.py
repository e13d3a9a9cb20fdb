from datetime import UTC, datetime

import pytest

from shared.core.calendar import DAY_MS, day_in, epoch_ms, infer_year
from shared.core.timestamps import StampReader, read_stamp

RECEIVED_MS = int(datetime(2024, 1, 2, 6, 0, tzinfo=UTC).timestamp() * 1000)


def stamp_of(text: str, received_ms: int = RECEIVED_MS) -> tuple[str, str] | None:
    """The moment in ISO form and the rest of the text behind the stamp."""
    stamp = read_stamp(text, 0, received_ms)
    if stamp is None:
        return None
    at = datetime.fromtimestamp(stamp[0] // 1000, UTC).replace(microsecond=stamp[0] % 1000 * 1000)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], text[stamp[1] :]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-06-01T10:20:30Z", "2023-06-01 10:20:30.000"),
        ("2023-06-01 10:20:30,123", "2023-06-01 10:20:30.123"),
        ("2023-06-01 10:20:30.123456789", "2023-06-01 10:20:30.123"),
        ("2023-06-01T10:20:30.5+08:00", "2023-06-01 02:20:30.500"),
        ("2023-06-01T10:20:30-0330", "2023-06-01 13:50:30.000"),
        ("2023-06-01 10:20:30 +0000", "2023-06-01 10:20:30.000"),
        ("2023-06-01 10:20:30.123 UTC", "2023-06-01 10:20:30.123"),
        ("2023/06/01 10:20:30", "2023-06-01 10:20:30.000"),
        ("2023.06.01 10:20:30", "2023-06-01 10:20:30.000"),
        ("2023-6-1 9:20:30", "2023-06-01 09:20:30.000"),
        ("20230601T102030Z", "2023-06-01 10:20:30.000"),
        ("20230601 10:20:30.250", "2023-06-01 10:20:30.250"),
        ("20230601-10:20:30:606", "2023-06-01 10:20:30.606"),
        ("20230601-9:2:3:6", "2023-06-01 09:02:03.006"),
        ("230601 102030", "2023-06-01 10:20:30.000"),
        ("230601 10:20:30", "2023-06-01 10:20:30.000"),
        ("23/06/01 10:20:30", "2023-06-01 10:20:30.000"),
        ("31/12/2023 10:20:30", "2023-12-31 10:20:30.000"),
        ("12/31/2023 10:20:30", "2023-12-31 10:20:30.000"),
        ("01/Jun/2023:10:20:30 +0200", "2023-06-01 08:20:30.000"),
        ("01-Jun-2023 10:20:30.123", "2023-06-01 10:20:30.123"),
        ("01 Jun 2023 10:20:30.123", "2023-06-01 10:20:30.123"),
        ("Thu, 01 Jun 2023 10:20:30 GMT", "2023-06-01 10:20:30.000"),
        ("Thu Jun 01 10:20:30 2023", "2023-06-01 10:20:30.000"),
        ("Thu Jun  1 10:20:30.123456 2023", "2023-06-01 10:20:30.123"),
        ("Thu Jun 01 10:20:30 CST 2023", "2023-06-01 10:20:30.000"),
        ("Jun  1 10:20:30", "2023-06-01 10:20:30.000"),
        ("Jun 01 2022 10:20:30", "2022-06-01 10:20:30.000"),
        ("06-01 10:20:30.123", "2023-06-01 10:20:30.123"),
        ("06.01 10:20:30", "2023-06-01 10:20:30.000"),
        ("2005-06-03-15.42.50.363779", "2005-06-03 15:42:50.363"),
        ("1685614830", "2023-06-01 10:20:30.000"),
        ("1685614830.25", "2023-06-01 10:20:30.250"),
        ("1685614830123", "2023-06-01 10:20:30.123"),
        ("1685614830123456", "2023-06-01 10:20:30.123"),
        ("1685614830123456789", "2023-06-01 10:20:30.123"),
    ],
)
@pytest.mark.parametrize("rest", ["", " INFO ready", "] rest"])
def test_each_shape_is_read_to_its_end(text: str, moment: str, rest: str) -> None:
    assert stamp_of(text + rest) == (moment, rest)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "2023-13-01 10:20:30", "2023-02-30 10:20:30", "2023-01-01 25:20:30", "2023-01-01 10:20:99", "12345",
     "10.0.0.6 - -", "Jux 01 10:20:30", "Feb 30 10:20:30", "99:99:99", "1685614830123456789012"],
)  # fmt: skip
def test_what_is_no_moment_is_no_stamp(text: str) -> None:
    assert stamp_of(text) is None


def test_stamp_without_year_is_the_latest_that_is_not_past_tomorrow() -> None:
    assert stamp_of("Jan  3 05:59:00") == ("2024-01-03 05:59:00.000", "")
    assert stamp_of("Jan  3 06:01:00") == ("2023-01-03 06:01:00.000", "")
    assert stamp_of("Dec 31 23:00:00") == ("2023-12-31 23:00:00.000", "")


def test_leap_day_goes_back_to_a_leap_year() -> None:
    assert stamp_of("Feb 29 01:00:00") == ("2020-02-29 01:00:00.000", "")


def test_time_of_day_falls_on_the_nearest_day() -> None:
    midnight = int(datetime(2024, 1, 2, tzinfo=UTC).timestamp() * 1000)
    assert stamp_of("23:59:58.500 x", midnight + 1000) == ("2024-01-01 23:59:58.500", " x")
    assert stamp_of("00:00:01", midnight - 1000) == ("2024-01-02 00:00:01.000", "")


def test_time_of_day_takes_the_day_it_is_given() -> None:
    assert read_stamp("10:00:00", 0, RECEIVED_MS, day_ms=5 * DAY_MS) == (5 * DAY_MS + 36_000_000, 8, "time")


@pytest.mark.parametrize(
    ("name", "day"),
    [("sys-error.2023-06-01.log", "2023-06-01"), ("app-20230601.log", "2023-06-01"), ("x_2023_06_01", "2023-06-01"),
     ("app.log", None), ("120230601", None)],
)  # fmt: skip
def test_date_in_a_file_name(name: str, day: str | None) -> None:
    found = day_in(name)
    assert (None if found is None else datetime.fromtimestamp(found / 1000, UTC).strftime("%Y-%m-%d")) == day


def test_epoch_units_are_told_by_size() -> None:
    assert [epoch_ms(1_700_000_000 * 10**n) for n in (0, 3, 6, 9)] == [1_700_000_000_000] * 4
    assert epoch_ms(5) is None


def test_no_year_fits_a_day_that_never_was() -> None:
    assert infer_year(2, 30, 0, RECEIVED_MS) is None


def test_a_reader_forgets_when_the_time_of_receipt_moves_on() -> None:
    reader = StampReader()
    first = reader.read("Jan  3 06:01:00 a", 0, RECEIVED_MS)
    second = reader.read("Jan  3 06:01:00 a", 0, RECEIVED_MS + DAY_MS)
    assert first is not None and second is not None
    assert second[0] - first[0] == 365 * DAY_MS
