"""Side features keep what masking loses, and a window's features depend on that window alone."""

from __future__ import annotations

import numpy as np
import pytest

from shared.core import side_channel
from shared.core.records import Event, Level
from shared.core.side_channel import (
    EVENT_NAMES,
    NO_TIME,
    SIDE_DIM,
    SIDE_NAMES,
    WINDOW_NAMES,
    WindowContext,
    event_features,
    side_features,
    window_features,
)  # fmt: skip


def an_event(message: str = "done", **fields: object) -> Event:
    return Event(text=message, message=message, **fields)  # type: ignore[arg-type]


def of(event: Event, name: str) -> float:
    return float(event_features([event])[0, EVENT_NAMES.index(name)])


def in_window(name: str, **fields: list[int]) -> list[float]:
    length = len(next(iter(fields.values())))
    filled = {key: np.array([fields.get(key, [0] * length)]) for key in ("times_ms", "kind", "source")}
    context = WindowContext(**filled, is_real=np.ones((1, length), dtype=bool))
    return [round(float(x), 4) for x in window_features(context)[0, :, WINDOW_NAMES.index(name)]]


def test_names_and_width_agree() -> None:
    assert len(SIDE_NAMES) == SIDE_DIM == side_features([an_event()], np.array([1])).shape[1]


@pytest.mark.parametrize("level", [None, *Level])
def test_exactly_one_level_is_set(level: Level | None) -> None:
    row = event_features([an_event(level=level)])[0, :8]
    assert row.sum() == 1.0 and row[7 if level is None else int(level)] == 1.0


def test_numbers_that_masks_hide_are_seen() -> None:
    assert of(an_event("took 5 ms"), "number_largest") < of(an_event("took 50000 ms"), "number_largest")
    assert of(an_event("took long"), "number_count") == 0.0


def test_status_classes_are_read_only_where_a_status_is_meant() -> None:
    assert of(an_event('"GET / HTTP/1.1" 503 12'), "status_5xx") == 1.0
    assert of(an_event('"GET / HTTP/1.1" 200 12'), "status_2xx") == 1.0
    assert of(an_event("请求结束 状态码: 404"), "status_4xx") == 1.0
    assert of(an_event("moved 503 files"), "status_5xx") == 0.0


def test_a_stack_trace_is_longer_than_a_line() -> None:
    assert of(an_event(line_count=30), "extra_lines") > of(an_event(), "extra_lines") == 0.0


def test_pauses_are_measured_within_the_window() -> None:
    assert in_window("gap_known", times_ms=[5, 9, NO_TIME, 20, 30]) == [0, 1, 0, 0, 1]
    gaps = in_window("gap", times_ms=[0, 10, 20, 100_020, 100_030])
    assert gaps[0] == 0.0 and gaps[3] > 4 * gaps[1] > 0
    assert in_window("gap_against_usual", times_ms=[0, 10, 20, 100_020, 100_030])[3] > 0.5


def test_a_clock_that_runs_backwards_is_no_pause() -> None:
    assert in_window("gap", times_ms=[100, 50]) == [0.0, 0.0]


def test_repetition_is_counted_within_the_window() -> None:
    assert in_window("repeats_previous", kind=[7, 7, 3, 7]) == [0, 1, 0, 0]
    assert in_window("first_of_its_kind", kind=[7, 7, 3, 7]) == [1, 0, 1, 0]
    assert in_window("share_of_window", kind=[7, 7, 3, 7]) == [0.75, 0.75, 0.25, 0.75]
    assert in_window("same_source", source=[1, 1, 2, 2]) == [0, 1, 0, 1]


def test_padding_changes_no_real_event_and_is_zero_itself() -> None:
    draw = np.random.default_rng(0)
    times, kind, source = draw.integers(0, 9000, (3, 5)), draw.integers(0, 3, (3, 5)), draw.integers(0, 2, (3, 5))
    plain = window_features(WindowContext(times, kind, source, np.ones((3, 5), dtype=bool)))
    wide = [np.pad(values, ((0, 0), (0, 4)), constant_values=1) for values in (times, kind, source)]
    is_real = np.pad(np.ones((3, 5), dtype=bool), ((0, 0), (0, 4)))
    padded = window_features(WindowContext(wide[0], wide[1], wide[2], is_real))
    assert np.array_equal(plain, padded[:, :5]) and not padded[:, 5:].any()


@pytest.mark.parametrize(
    "message", ["", "x" * 100_000, "9" * 400, "1e999 nan inf -inf", "状态 " + "5" * 50, "\u0000"]
)
def test_odd_messages_stay_finite(message: str) -> None:
    assert np.isfinite(event_features([an_event(message)])).all()


def test_no_events_are_no_rows() -> None:
    assert event_features([]).shape == (0, side_channel.EVENT_DIM)


def test_numbers_given_or_read_make_the_same_features() -> None:
    events = [an_event("took 5 ms for 3 of 7"), an_event("no number"), an_event("code 404", level=Level.ERROR)]
    given = side_channel.numbers_of(events)
    assert given == [[5.0, 3.0, 7.0], [], [404.0]]
    assert np.array_equal(event_features(events, given), event_features(events))


@pytest.mark.parametrize(
    ("message", "status"),
    [("exit Code 404", 1.0), ("decode 404", 0.0), ("encoded 404", 0.0), ("Status: 404", 1.0), ("substatus 404", 0.0),
     ("ſtatus 404", 1.0), ("İstatus 404", 0.0), ("http/2 404", 1.0), ("HTTP/x 404", 0.0), ("code 404.5", 0.0)],
)  # fmt: skip
def test_status_words_stand_alone_and_in_any_case(message: str, status: float) -> None:
    assert of(an_event(message), "status_4xx") == status


def test_what_records_say_beside_their_messages_is_laid_out_in_columns() -> None:
    found = side_channel.attributes([an_event(attributes=((6, 200.0), (9, 77.0))), an_event()])
    assert found is not None
    values, keys = found
    assert keys[:, :3].tolist() == [[6, 9, 0], [0, 0, 0]]
    assert values[0, :2].tolist() == [200.0, 77.0] and np.isnan(values[1]).all()


def test_lines_without_a_record_cost_no_column() -> None:
    assert side_channel.attributes([an_event(), an_event("took 5 ms")]) is None


def test_attributes_leave_what_the_model_reads_as_it_was() -> None:
    bare, with_more = an_event("done"), an_event("done", attributes=((6, 200.0),))
    assert np.array_equal(side_features([bare], np.array([1])), side_features([with_more], np.array([1])))
