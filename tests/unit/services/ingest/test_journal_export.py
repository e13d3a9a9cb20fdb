from __future__ import annotations

import tracemalloc

import pytest

from services.ingest.batch import RejectReason
from services.ingest.protocols.journal_export import CUT_ENTRIES, MAX_VALUE_BYTES, Cut, JournalReader
from shared.core.records import Level
from shared.errors import UnprocessableBody


def binary(name: str, value: bytes) -> bytes:
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def entry(number: int, message: str = "paid", **more: str) -> bytes:
    fields = {"__CURSOR": f"s=1;i={number:x}", "__REALTIME_TIMESTAMP": str(1_772_366_400_000_000 + number), **more}
    return "".join(f"{k}={v}\n" for k, v in (fields | {"MESSAGE": message}).items()).encode() + b"\n"


def read(body: bytes, step: int = 1 << 30) -> list[Cut]:
    reader = JournalReader(0)
    cuts = [cut for start in range(0, len(body), step) for cut in reader.feed(body[start : start + step])]
    return cuts + reader.end()


def lines_of(cuts: list[Cut]) -> list[str]:
    return [line for cut in cuts for line in cut.batch.lines]


def test_entry_says_stream_level_and_time() -> None:
    more = {"PRIORITY": "3", "SYSLOG_IDENTIFIER": "sshd", "_HOSTNAME": "web1", "_SYSTEMD_UNIT": "ssh.service"}
    (cut,) = read(entry(1, "Failed password", **more))
    fields = cut.batch.fields[0]
    assert cut.batch.lines == ["Failed password"]
    assert (fields.stream, fields.level, fields.source) == ("sshd", Level.ERROR, "sshd")
    assert fields.timestamp_ms == 1_772_366_400_000


def test_binary_field_may_hold_anything() -> None:
    trace = b"Traceback:\n\n  File x\nMESSAGE=no"
    body = b"__CURSOR=a\n" + binary("MESSAGE", trace) + binary("COREDUMP", b"\n\n\x00MESSAGE=no\n") + b"\n" + entry(2)
    assert lines_of(read(body)) == [trace.decode(), "paid"]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64])
def test_pieces_may_end_anywhere(step: int) -> None:
    body = entry(1) + b"A=b\n" + binary("MESSAGE", b"x\ny" * 50) + binary("B", b"z" * 99) + b"\n" + entry(3)
    whole, pieces = read(body), read(body, step)
    assert lines_of(whole) == lines_of(pieces) == ["paid", "x\ny" * 50, "paid"]
    assert [cut.digest for cut in whole] == [cut.digest for cut in pieces]


def test_upload_begun_again_is_cut_at_the_same_places() -> None:
    entries = [entry(number) for number in range(CUT_ENTRIES * 2 + 5)]
    whole = read(b"".join(entries))
    broken = JournalReader(0).feed(b"".join(entries)[: len(b"".join(entries[: CUT_ENTRIES + 300]))])
    assert [cut.entries for cut in whole] == [1, CUT_ENTRIES, CUT_ENTRIES, 3, 1]
    assert [cut.digest for cut in broken] == [cut.digest for cut in whole[:2]]
    assert len({cut.digest for cut in whole}) == 5


def test_last_entry_sent_once_more_by_itself_is_known() -> None:
    assert read(entry(1) + entry(2))[-1].digest == read(entry(2))[0].digest


def test_last_entry_sent_once_more_before_new_ones_is_known() -> None:
    cuts = read(entry(2) + entry(3) + entry(4))
    assert cuts[0].digest == read(entry(1) + entry(2))[-1].digest
    assert [len(cut.batch.lines) for cut in cuts] == [1, 1, 1]


def test_same_messages_at_other_cursors_are_other_entries() -> None:
    at = {"__REALTIME_TIMESTAMP": "1772366400000000"}
    assert read(entry(1, **at))[0].digest != read(entry(2, **at))[0].digest


def test_entry_without_message_is_counted() -> None:
    without, last = read(b"__CURSOR=a\nPRIORITY=6\n\n" + entry(2))
    assert (without.batch.lines, last.batch.lines) == ([], ["paid"])
    assert [item.reason for item in without.batch.rejected] == [RejectReason.EMPTY]


def test_last_entry_counts_without_the_empty_line_behind_it() -> None:
    assert read(entry(1)[:-1])[0].batch.lines == ["paid"]
    assert read(b"") == []
    assert read(b"\n\n") == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"message":"x"}\n', b"hello\n", b"lower=case\n", b"=\n", b"x" * 100, b"\x00\xff" * 100, b"M\n\x05", b"MESSAGE=cut",
        b"MESSAGE\n" + b"\xff" * 8 + b"x", b"MESSAGE\n" + (5).to_bytes(8, "little") + b"abc", b"A=b\n" + b"B" * 65 + b"\n",
    ],
)  # fmt: skip
def test_what_is_no_export_or_ends_within_a_field_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        read(body)


def test_huge_fields_cost_no_memory() -> None:
    piece = bytes(1 << 20)
    reader = JournalReader(0)
    tracemalloc.start()
    try:
        reader.feed(b"__CURSOR=a\nMESSAGE=kept\nCOREDUMP\n" + (200 << 20).to_bytes(8, "little"))
        for _ in range(200):
            reader.feed(piece)
        reader.feed(b"\nTEXT=")
        for _ in range(50):
            reader.feed(b"y" * (1 << 20))
        reader.feed(b"\n\n")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert lines_of(reader.end()) == ["kept"]


@pytest.mark.parametrize("as_binary", [True, False])
def test_long_message_is_cut(as_binary: bool) -> None:
    text = b"x" * (3 * MAX_VALUE_BYTES)
    body = (binary("MESSAGE", text) if as_binary else b"MESSAGE=" + text + b"\n") + b"PRIORITY=6\n\n" + entry(2)
    cuts = read(body, 1 << 16)
    assert [len(line) for line in lines_of(cuts)] == [MAX_VALUE_BYTES, 4]
    assert cuts[0].batch.fields[0].level is Level.INFO
