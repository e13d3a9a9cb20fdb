from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import UnprocessableBody
from shared.web.json_bodies import MAX_DEPTH, STEPS_AT_ONCE, decode_json, is_deep


def depth_of(brackets: bytes) -> int:
    """The plain count: how far it climbs above the lowest level before it."""
    depth = lowest = deepest = 0
    for byte in brackets:
        depth += 1 if byte in b"[{" else -1 if byte in b"]}" else 0
        lowest = min(lowest, depth)
        deepest = max(deepest, depth - lowest)
    return deepest


@given(st.lists(st.sampled_from([b"[", b"{", b"]", b"}", b"1,"]), max_size=60).map(b"".join), st.integers(1, 8))
def test_depth_is_what_counting_byte_by_byte_gives(brackets: bytes, max_depth: int) -> None:
    assert is_deep(brackets, max_depth) == (depth_of(brackets) > max_depth)


def test_depth_goes_on_from_one_piece_to_the_next() -> None:
    far = b"[" * 40 + b"[]" * STEPS_AT_ONCE
    assert not is_deep(far + b"[" * 24)
    assert is_deep(far + b"[" * 25)


@pytest.mark.parametrize("body", [b'["' + b"[" * 5000 + b'"]', b'["\\"' + b"[" * 5000 + b'"]'])
def test_brackets_in_strings_are_no_depth(body: bytes) -> None:
    assert isinstance(decode_json(body), list)


def test_stray_closing_brackets_hide_nothing() -> None:
    assert is_deep(b"]" * 1000 + b"[" * (MAX_DEPTH + 1))


def test_what_nests_too_deeply_is_refused_at_a_small_price() -> None:
    body = b"[" * 8_000_000 + b"]" * 8_000_000
    began = time.process_time()
    with pytest.raises(UnprocessableBody):
        decode_json(body)
    assert time.process_time() - began < 1.5  # peeling brackets level by level took five seconds


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        ('["\u4e2d\u6587"]'.encode("utf-16"), ["中文"]),
        (b'["a\x01b"]', ["a\x01b"]),
        (b"[NaN, 1]", [None, 1]),
    ],
)
def test_sloppy_json_is_read(body: bytes, value: object) -> None:
    assert decode_json(body) == value
