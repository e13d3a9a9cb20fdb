"""Whatever bytes come in, the text core answers, in linear time, and its two ways of saying a thing agree."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.decoding import decode_bytes, make_safe, split_lines
from shared.core.folding import fold
from shared.core.line_ids import collapse, line_ids
from shared.core.masks import mask_variables
from shared.core.normalising import numbers_in, template_of
from shared.core.parsing import LineParser
from shared.core.request_masks import mask_requests

RECEIVED_MS = 1_717_300_000_000
PIECES = [
    "2024-06-01 10:20:30,123", "Jun  1 10:20:30", "10:20:30.5", "[", "]", "<134>", "1 ", "{", '{"msg":"x"}', '"', "\\", "=",
    "level=error ", "INFO", "ERROR", " - ", ": ", "错误", "【警告】", "９", "第3次", "0x1f", "deadbeef1", "中", "\x00", "\x1b[31m",
    "\ud800", "\u202e", "b9000564-fe1a-409b-b8cc-1e88b294cd1d", "-", "0", "12345678", "10.0.0.6:80", "/a/b?c=d", "GET ", "::1",
    "- 1117838570 2005.06.03 x ", "\tat a.b.C(D.java:1)", "Caused by: x", "Traceback (most recent call last):", "\n", "\r", " ",
    "blk_-1", "a@b.com", "http://x", "12ms", "5 KB", "|", "E0601 10:20:30.1 1 a.go:1] ", "1:M 01 Jun 2024 10:20:30.123 # ",
]  # fmt: skip
hostile = st.one_of(
    st.text(st.characters(), max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.text("01 9aAfFxX-_.:/９中\n", max_size=60),
)
few = settings(max_examples=150, deadline=None)


@few
@given(st.binary(max_size=200))
def test_any_bytes_become_safe_lines(data: bytes) -> None:
    for line in split_lines(decode_bytes(data)):
        safe, _ = make_safe(line, 60)
        assert len(safe) <= 60
        safe.encode("utf-8")
        assert make_safe(safe, 60) == (safe, False)


@few
@given(st.lists(hostile, max_size=12), st.integers(1, 5))
def test_folding_covers_every_line_once(lines: list[str], max_lines: int) -> None:
    records = fold(lines, max_lines)
    starts = [record.first_line for record in records]
    assert starts == [sum(r.line_count for r in records[:n]) for n in range(len(records))]
    assert sum(record.line_count for record in records) == len(lines)
    assert all(1 <= record.line_count <= max_lines for record in records)


@few
@given(st.lists(hostile, max_size=8), hostile, st.integers(-(2**40), 2**43))
def test_an_event_depends_on_its_line_alone(before: list[str], line: str, received_ms: int) -> None:
    parser = LineParser()
    for other in before:
        parser.parse(other, RECEIVED_MS)
    event = parser.parse(line, received_ms)
    assert event == LineParser().parse(line, received_ms)
    assert (event.text, event.line_count) == (line, line.count("\n") + 1)


@few
@given(
    hostile,
    st.text(
        st.characters(codec="ascii", exclude_characters=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"), min_size=1, max_size=12
    ),
)
def test_no_label_reaches_an_event(message: str, label: str) -> None:
    columns = f"1117838570 2005.06.03 R02 2005-06-03-15.42.50.363779 R02 RAS KERNEL INFO {message}"
    normal, labelled = (LineParser().parse(f"{first} {columns}", RECEIVED_MS) for first in ("-", label))
    assert (normal.message, normal.level, normal.source, normal.timestamp_ms, normal.format) == (
        labelled.message, labelled.level, labelled.source, labelled.timestamp_ms, labelled.format,
    )  # fmt: skip


@few
@given(st.lists(hostile, min_size=1, max_size=30))
def test_ids_are_equal_exactly_when_collapsed_texts_are(messages: list[str]) -> None:
    batch = (messages * 13)[: max(len(messages), 13)]  # large enough for the array path
    ids, texts = line_ids(batch), [collapse(message) for message in batch]
    assert len(set(zip(ids.tolist(), texts, strict=True))) == len(set(texts)) == len(set(ids.tolist()))
    assert (ids[: len(messages)] == np.concatenate([line_ids([message]) for message in messages])).all()


@few
@given(hostile, st.permutations("123456789"))
def test_which_digits_a_number_has_changes_neither_id_nor_template(message: str, other: list[str]) -> None:
    changed = message.translate(dict(zip(map(ord, "123456789"), other, strict=True)))
    assert line_ids([changed])[0] == line_ids([message])[0]
    assert template_of(changed) == template_of(message)
    assert all(number == number for number in numbers_in(message))


def _decode(text: str) -> None:
    decode_bytes(text.encode("utf-8", "surrogatepass") + b"\xff")


CALLS: dict[str, Callable[[str], object]] = {
    "decode": _decode,
    "safe": lambda text: make_safe(text, 10**9),
    "fold": lambda text: fold(text.split(" ")),
    "parse": lambda text: LineParser().parse(text, RECEIVED_MS),
    "collapse": collapse,
    "ids": lambda text: line_ids([text] * 12),
    "mask": lambda text: mask_variables(collapse(text)),
    "request": lambda text: mask_requests(collapse(text)),
    "template": template_of,
    "numbers": numbers_in,
}
EVERY_MASK = (
    "@ :// 0f- 0.0.0 :: 0:0:0 \\ . 0x0 = lifetime "  # the heads that masks wait for before they search at all
)
HEADS = [
    "", EVERY_MASK, "2024-06-01 10:20:30,123 INFO ", "Jun  1 10:20:30 h ", "2024-06-01 10:20:30 [", "INFO 1 --- ", "{",
    "level=info ", "GET /",
]  # fmt: skip
UNITS = ["a", "1", "a.", "1.", "a-", "/a", "a@", "[a]", '"', "a=1 ", "&", "12345678-", "a::", " ", "\x1b[", "９", "中1", "../", "Jan ",
         "_1", "a$", "aa ", "f0", "\n\tat a("]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_time_grows_with_the_length_and_no_faster(call: str) -> None:
    """Eight times the line takes at most 2.5 times as long for each doubling; CPU time, best of several."""

    def seconds(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            CALLS[call](text)
            best = min(best, time.process_time() - start)
        return best

    for head in HEADS if call in {"parse", "template", "mask", "request"} else HEADS[:1]:
        for unit in UNITS:
            short, long = (head + unit * (size // len(unit)) + "!" for size in (1500, 12000))
            allowed = 2.5**3 * seconds(short) + 0.01
            assert seconds(long) <= allowed or seconds(long) <= allowed, (call, head, unit)


def test_ten_megabytes_are_no_matter() -> None:
    line = "2024-06-01 10:20:30 INFO a.B: " + "x1 /y " * 1_700_000
    start = time.process_time()
    safe, was_clipped = make_safe(line, 16_384)
    event = LineParser().parse(safe, RECEIVED_MS)
    template_of(event.message)
    LineParser().parse(line, RECEIVED_MS)
    line_ids([line])
    assert was_clipped
    assert time.process_time() - start < 20
