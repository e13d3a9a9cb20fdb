from __future__ import annotations

import struct
import tracemalloc

import msgpack
import pytest

from services.ingest.protocols.fluent_msgpack import MAX_RECORD_BYTES, Timed, timed_records
from shared.errors import BodyTooLarge, UnprocessableBody

AT_NS = 1_772_366_400_123_456_789
EVENT_TIME = msgpack.ExtType(0, struct.pack(">II", *divmod(AT_NS, 10**9)))
RECORD = {"log": "order 17 paid"}


def read(body: bytes) -> list[Timed]:
    return list(timed_records(body))


@pytest.mark.parametrize(
    ("value", "at_ns"),
    [
        ([[EVENT_TIME, {}], RECORD], AT_NS),
        ([EVENT_TIME, RECORD], AT_NS),
        ([1_772_366_400, RECORD], 1_772_366_400 * 10**9),
        ([1_772_366_400.5, RECORD], 1_772_366_400_500_000_000),
        ([msgpack.Timestamp.from_unix_nano(AT_NS), RECORD], AT_NS),
        (RECORD, None),
        (["soon", RECORD], None),
        ([True, RECORD], None),
        ([-1, RECORD], None),
        ([1e300, RECORD], None),
        ([1_772_366_400_500, RECORD], 1_772_366_400_500_000_000),
        ([0, RECORD], None),
        ([msgpack.Timestamp(2**60), RECORD], None),
        ([msgpack.ExtType(0, bytes(8)), RECORD], None),
        ([msgpack.ExtType(7, b"12345678"), RECORD], None),
    ],
)
def test_record_comes_with_its_time(value: object, at_ns: int | None) -> None:
    assert read(msgpack.packb(value) * 3) == [(at_ns, RECORD)] * 3


def test_what_is_no_record_is_none() -> None:
    assert read(b"".join(map(msgpack.packb, (RECORD, 7, "x", [1, 2, 3], [1, 2])))) == [
        (None, RECORD),
        *[(None, None)] * 4,
    ]


def test_text_that_is_not_utf8_is_decoded_like_any_line() -> None:
    packed = msgpack.packb({"log": "数据库连接失败".encode("gb18030"), 7: "x"}, use_bin_type=False)
    assert read(packed) == [(None, {"log": "数据库连接失败"})]


def test_records_before_a_break_are_kept() -> None:
    body = msgpack.packb(RECORD) * 2
    for cut in range(1, len(body) // 2):
        assert read(body[:-cut])[0] == (None, RECORD)
        assert read(body[:-cut])[-1] == (None, None)
    assert read(body + b"\xc1") == [(None, RECORD), (None, RECORD), (None, None)]


@pytest.mark.parametrize("body", [b"\xc1", b"\x92\x92", b"\xdf\xff\xff\xff\xff", b"\x91" * 5000, b"\x81\x90\x01"])
def test_body_without_any_record_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        read(body)


def test_one_record_cannot_become_endless_objects() -> None:
    inner = b"\xdc\x27\x10" + b"\x90" * 10_000  # an array of 10 000 empty arrays
    body = b"\x81\xa1x\xdc\x27\x10" + inner * 1600  # of which a record has many: 16 MB
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            read(body)
        assert tracemalloc.get_traced_memory()[1] < 200 * MAX_RECORD_BYTES
    finally:
        tracemalloc.stop()
