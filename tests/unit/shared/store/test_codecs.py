"""Blocks, verdicts, flags and job ids: what is written is what is read, and damage is noticed."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.records import Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState
from shared.errors import JobUnknown
from shared.store.blocks import Block, BlockDamaged, decode_block, decompress, encode_block
from shared.store.flag_records import EVENTS_MAX, TEXT_MAX, FlagDamaged, decode_flag, encode_flag
from shared.store.jobs import created_ms_of, new_job_id
from shared.store.verdicts import decode_verdicts, encode_verdicts

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def a_verdict(**more: object) -> Verdict:
    fields = {"threshold": math.inf, "event_surprise": (0.5, 1.25), "severity": Severity.LOW, **more}
    return Verdict("a" * 20, "s", (1, 2), VerdictState.LEARNING, 0.5, 1.0, model_version="m", baseline_version=1,
                   components={"head": 0.1}, reasons=(Reason("new", (1,), "x"),), **fields)  # type: ignore[arg-type]  # fmt: skip


@given(st.lists(TEXT, min_size=1), st.integers(0, 2**41), st.booleans())
def test_block_round_trip(texts: list[str], received_ms: int, has_times: bool) -> None:
    count = len(texts)
    times: list[int | None] | None = [None, *range(count - 1)] if has_times else None
    block = Block(received_ms, texts, [1] * count, timestamps=times, levels=None, sources=["x"] * count)
    assert decode_block(encode_block(block)) == block


@given(st.binary(max_size=200))
def test_damaged_blobs_are_noticed(data: bytes) -> None:
    with pytest.raises(BlockDamaged):
        decode_block(data)
    with pytest.raises(BlockDamaged):
        decode_verdicts(data)
    with pytest.raises(FlagDamaged):
        decode_flag(data)


def test_flipped_byte_in_a_block_is_noticed_wherever_it_is() -> None:
    blob = encode_block(Block(1, ["some text", "more"], [1, 1]))
    for position in range(len(blob)):
        for mask in (0x01, 0xFF):
            damaged = blob[:position] + bytes([blob[position] ^ mask]) + blob[position + 1 :]
            with pytest.raises(BlockDamaged):
                decode_block(damaged)


def test_bomb_is_refused_by_its_claimed_size() -> None:
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(300 * 1024 * 1024))
    with pytest.raises(BlockDamaged):
        decompress(bomb)


def test_verdicts_round_trip_with_surprises_as_32_bit_floats() -> None:
    verdict = a_verdict(event_surprise=(0.1, 3.3))
    (read,) = decode_verdicts(encode_verdicts([verdict]))
    assert read.event_surprise == tuple(array("f", (0.1, 3.3)))
    assert a_verdict(event_surprise=read.event_surprise) == read
    assert read.threshold == math.inf


def test_many_verdicts_take_little_room() -> None:
    verdicts = [a_verdict() for _ in range(100)]
    assert len(encode_verdicts(verdicts)) < 40 * len(verdicts)


def test_flag_round_trip_within_bounds() -> None:
    events = tuple(FlaggedEvent(i + 1, i, "错" * 5000, "t" * 5000, "error", "src", 7, 1.5) for i in range(300))
    flag = Flag(a_verdict(threshold=3.0), events, 42)
    read = decode_flag(encode_flag(flag))
    assert read.verdict == flag.verdict and read.flagged_at_ms == 42
    assert len(read.events) == EVENTS_MAX
    assert all(len(event.text) == TEXT_MAX and event.text.endswith("[clipped]") for event in read.events)
    small = Flag(a_verdict(threshold=3.0), events[:1], 42)
    assert decode_flag(encode_flag(small)).events[0].surprise == 1.5


def test_flag_survives_values_that_json_does_not_know() -> None:
    flag = Flag(a_verdict(), (FlaggedEvent(1, 1, "x", "y", surprise=math.nan),), 1)
    read = decode_flag(encode_flag(flag))
    assert math.isfinite(read.verdict.threshold) and read.verdict.threshold > 1e300
    assert read.events[0].surprise == 0.0


@given(st.integers(0, 2**47), st.integers(1, 10**6))
def test_job_ids_sort_by_time_and_carry_it(now_ms: int, later: int) -> None:
    first, second = new_job_id(now_ms), new_job_id(now_ms + later)
    assert first < second and len(first) == 27
    assert created_ms_of(first) == now_ms


def test_job_ids_differ_within_a_millisecond() -> None:
    assert len({new_job_id(5) for _ in range(1000)}) == 1000


@given(st.text(max_size=40))
def test_other_texts_are_no_job_ids(text: str) -> None:
    with pytest.raises(JobUnknown):
        created_ms_of(text)
