"""Windows as a fold: split invariance, coverage, bounds, and the rules by example."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.records import Window
from shared.core.windowing import (
    MAX_EVENTS,
    MAX_OPEN,
    MAX_REACH,
    EventRef,
    Flush,
    FoldState,
    Item,
    WindowRule,
    advance,
    empty_state,
    key_finder,
)

RULES = ["fixed:3", "fixed:10", "sliding:4:1", "sliding:5:3", "sliding:3:3", "time:2", "session:block:1.5",
         "adaptive:2:5:1", "whole"]  # fmt: skip


@st.composite
def logs(draw: st.DrawFn, rules: list[str] = RULES) -> tuple[str, list[Item]]:
    """A rule and a log: events at jumpy times under few keys, flushes and changes of rule between."""
    items: list[Item] = []
    now, seq = 100_000, 0
    for step in draw(st.lists(st.integers(0, 99), max_size=60)):
        if step < 6:
            items.append(Flush())
        elif step < 8:
            items.append(Flush(draw(st.sampled_from(rules))))
        else:
            now += draw(st.sampled_from([0, 0, 100, 500, 1200, 3000, -700, -5000, 10**12, -(10**12)]))
            items.append(EventRef(seq, now, draw(st.sampled_from(["", "a", "b", "c"]))))
            seq += 1
    return draw(st.sampled_from(rules)), items


def fold_all(rule: str, items: list[Item]) -> tuple[list[Window], FoldState]:
    return resume(empty_state(WindowRule.parse(rule), "s"), items)


def resume(state: FoldState, items: list[Item]) -> tuple[list[Window], FoldState]:
    return advance(WindowRule.parse(state.rule), state, items)


@given(logs(), st.data())
def test_fold_can_be_cut_anywhere(log: tuple[str, list[Item]], data: st.DataObject) -> None:
    rule, items = log
    cut = data.draw(st.integers(0, len(items)))
    whole, end = fold_all(rule, items)
    first, middle = fold_all(rule, items[:cut])
    rest, end_of_two = resume(FoldState.from_json(middle.to_json()), items[cut:])
    assert first + rest == whole
    assert end_of_two == end


@given(logs())
def test_after_a_flush_every_event_is_in_its_windows(log: tuple[str, list[Item]]) -> None:
    rule, items = log
    windows, state = fold_all(rule, [*items, Flush()])
    held = Counter(seq for window in windows for seq in window.seqs)
    events = [item.seq for item in items if isinstance(item, EventRef)]
    assert set(held) == set(events)
    assert state.open == () and state.needed_from == state.next_seq == len(events)
    assert len({window.window_id for window in windows}) == len(windows)
    for window in windows:
        assert list(window.seqs) == sorted(set(window.seqs)) and len(window.seqs) <= MAX_EVENTS
    if not any(name.startswith("sliding") for name in [rule, *(w.rule for w in windows)]):
        assert set(held.values()) <= {1}


@given(logs())
def test_second_flush_changes_nothing_but_its_count(log: tuple[str, list[Item]]) -> None:
    rule, items = log
    _, flushed = fold_all(rule, [*items, Flush()])
    windows, again = resume(flushed, [Flush()])
    assert windows == []
    assert (again.next_seq, again.open, again.marks) == (flushed.next_seq, (), flushed.marks + 1)


@given(logs())
def test_nothing_below_needed_from_is_needed_later(log: tuple[str, list[Item]]) -> None:
    rule, items = log
    for cut in range(len(items)):
        _, state = fold_all(rule, items[:cut])
        later, _ = resume(state, [*items[cut:], Flush()])
        assert all(window.seqs[0] >= state.needed_from for window in later)


def simple_sliding(count: int, size: int, step: int) -> list[tuple[int, ...]]:
    """The textbook definition, for one segment that ends in a flush."""
    windows, start = [], 0
    while start + size <= count:
        windows.append(tuple(range(start, start + size)))
        start += step
    if (windows[-1][-1] if windows else -1) < count - 1:
        windows.append(tuple(range(start, count)))
    return windows


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=200)
def test_sliding_is_the_textbook_definition(count: int, size: int, step: int) -> None:
    rule = WindowRule("sliding", size=size, step=min(step, size))
    items: list[Item] = [EventRef(seq, 0) for seq in range(count)]
    windows, _ = advance(rule, empty_state(rule, "s"), [*items, Flush()])
    assert [window.seqs for window in windows] == simple_sliding(count, size, rule.step)


def seqs_of(rule: str, times_s: list[float], keys: str = "") -> list[tuple[int, ...]]:
    items = [EventRef(i, int(t * 1000), keys[i] if keys else "") for i, t in enumerate(times_s)]
    return [window.seqs for window in fold_all(rule, [*items, Flush()])[0]]


def test_fixed_leaves_a_shorter_last_window() -> None:
    assert seqs_of("fixed:2", [0, 0, 0, 0, 0]) == [(0, 1), (2, 3), (4,)]


def test_time_cuts_at_the_clock_and_takes_late_events_in() -> None:
    assert seqs_of("time:10", [1, 9, 11, 8, 19, 20]) == [(0, 1), (2, 3, 4), (5,)]


def test_one_absurd_time_does_not_hold_a_time_window_open() -> None:
    assert seqs_of("time:10", [1, 10**9, 2, 3]) == [(0,), (1,), (2, 3)]


def test_adaptive_cuts_at_a_gap_once_it_is_long_enough() -> None:
    assert seqs_of("adaptive:2:4:1", [0, 5, 9, 9.1, 9.2, 9.3, 9.4]) == [(0, 1), (2, 3, 4, 5), (6,)]


def test_sessions_close_by_idle_time_and_may_interleave() -> None:
    assert seqs_of("session:block:2", [0, 1, 1, 2, 4, 4], "abaabb") == [(1,), (0, 2, 3), (4, 5)]


def test_one_absurd_time_does_not_stop_sessions_from_closing() -> None:
    assert seqs_of("session:block:2", [0, 10**9, 1, 5, 9], "abaaa") == [(0,), (1,), (2,), (3,), (4,)]


def test_open_sessions_are_bounded_in_number_and_reach() -> None:
    rule = WindowRule.parse("session:block:80000")
    many: list[Item] = [EventRef(i, 0, str(i)) for i in range(MAX_OPEN + 5)]
    windows, state = advance(rule, empty_state(rule, "s"), many)
    assert [window.seqs for window in windows] == [(i,) for i in range(5)] and len(state.open) == MAX_OPEN
    long: list[Item] = [EventRef(i, 0, "a" if i else "first") for i in range(MAX_REACH + 1)]
    windows, state = advance(rule, empty_state(rule, "s"), long)
    assert (0,) in [window.seqs for window in windows]
    assert state.next_seq - state.needed_from <= MAX_EVENTS


def test_long_windows_are_cut() -> None:
    for rule in ("whole", "time:60", "session:block:60"):
        assert [len(seqs) for seqs in seqs_of(rule, [1.0] * 600)] == [256, 256, 88]


def test_change_of_rule_takes_hold_at_the_flush() -> None:
    events: list[Item] = [EventRef(i, 0) for i in range(8)]
    windows, state = fold_all("fixed:3", [*events[:4], Flush("fixed:2"), *events[4:]])
    assert [(w.seqs, w.rule) for w in windows] == [
        ((0, 1, 2), "fixed:3"), ((3,), "fixed:3"), ((4, 5), "fixed:2"), ((6, 7), "fixed:2"),
    ]  # fmt: skip
    assert state.rule == "fixed:2"


def test_gaps_and_foreign_rules_are_refused() -> None:
    rule = WindowRule.parse("fixed:3")
    with pytest.raises(ValueError, match="expected event 0"):
        advance(rule, empty_state(rule), [EventRef(1, 0)])
    with pytest.raises(ValueError, match="the state's rule"):
        advance(WindowRule.parse("fixed:4"), empty_state(rule), [])


@pytest.mark.parametrize("text", ["", "[]", "{", "[1,2]", '["s","fixed:3",0,0,0,[["",[1],0,0]]]', "null"])
def test_what_is_not_a_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a fold state"):
        FoldState.from_json(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("fixed", "fixed:10"), ("fixed:7", "fixed:7"), ("sliding:10", "sliding:10:1"), ("sliding:6:2", "sliding:6:2"),
        ("time:60", "time:60"), ("time:0.5", "time:0.5"), ("session:block", "session:block:30"),
        ("session:trace:5", "session:trace:5"), (r"session:/u=(\w+):/", r"session:/u=(\w+):/:30"),
        (r"session:/u=(\w+):/:9", r"session:/u=(\w+):/:9"), ("adaptive", "adaptive:6:15:2"),
        ("adaptive:2:4", "adaptive:2:4:2"), ("adaptive:6:15:2.0", "adaptive:6:15:2"), (" whole ", "whole"),
    ],
)  # fmt: skip
def test_rules_are_read_and_written(text: str, canonical: str) -> None:
    rule = WindowRule.parse(text)
    assert rule.text() == canonical
    assert WindowRule.parse(canonical) == rule


@pytest.mark.parametrize(
    "text",
    ["", "fix", "fixed:0", "fixed:257", "fixed:x", "fixed:1:2", "sliding:3:4", "time:0", "time:nan", "time:inf", "session",
     "session:nope", "session:/(/:3", "adaptive:5:4", "adaptive:5", "whole:3", "session:block:-1", "time:1e9"],
)  # fmt: skip
def test_nonsense_rules_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        WindowRule.parse(text)


@pytest.mark.parametrize(
    ("rule", "text", "key"),
    [
        ("session:block", "Received block blk_-1608999687919862906 of size 91178", "blk_-1608999687919862906"),
        ("session:trace", '{"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}', "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("session:request", "[req-38101a0b-2096-447d-96ea-a692162415ae 113d3a99c3da]", "38101a0b-2096-447d-96ea-a692162415ae"),
        ("session:request", "nothing here", ""),
        (r"session:/user=(\w+)/", "login user=ann ok", "ann"),
        (r"session:/u\d+/", "login u42 ok", "u42"),
        (r"session:/u(\d)?/", "login u", ""),
        ("fixed:10", "blk_1", ""),
    ],
)  # fmt: skip
def test_session_keys_are_found(rule: str, text: str, key: str) -> None:
    assert key_finder(WindowRule.parse(rule))(text) == key
