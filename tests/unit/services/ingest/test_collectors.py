from __future__ import annotations

import msgpack
import pytest

from services.ingest.batch import RejectReason
from services.ingest.protocols.collectors import decode_collected
from shared.core.records import Level
from shared.errors import UnprocessableBody

FORM = "application/x-www-form-urlencoded"
RECORDS = [{"date": 1772366400.123456, "log": "one"}, {"date": 1772366400.123456, "log": "two"}]


@pytest.mark.parametrize(
    ("body", "kind", "path"),
    [
        (b'[{"log":"one"},{"log":"two"}]', "application/json", "/ingest"),
        (b'{"log":"one"}\n{"log":"two"}\n', "application/x-ndjson", "/ingest/ndjson"),
        (b'{"log":"one"}{"log":"two"}', "application/json", "/ingest/json"),
        (b'{"message":"one"}\n{"message":"two"}', FORM, "/ingest"),
        (b'{"lines":["one","two"]}', "", "/ingest"),
        (b'["one","two"]', "", "/ingest"),
        (b"one\ntwo\n", FORM, "/ingest"),
        (b"one\r\ntwo", "", "/ingest/text"),
        (msgpack.packb({"log": "one"}) + msgpack.packb([1.5, {"log": "two"}]), "application/msgpack", "/ingest"),
        (msgpack.packb({"log": "one"}) + msgpack.packb({"log": "two"}), "", "/ingest/msgpack"),
        ('{"log":"one"}\n{"log":"two"}'.encode("utf-16"), "", "/ingest"),
    ],
)
def test_form_is_found_whatever_the_type_claims(body: bytes, kind: str, path: str) -> None:
    assert decode_collected(body, kind, path).lines == ["one", "two"]


@pytest.mark.parametrize(
    "line", ["[2026-03-01 12:00:00] started", "{not json", "[INFO] {}", '{"a":1} and more', "[ok] done"]
)
def test_text_may_begin_with_a_bracket(line: str) -> None:
    assert decode_collected(f"{line}\n{line}".encode(), FORM, "/ingest/text").lines == [line, line]


def test_stream_is_the_records_own_else_the_requests_else_the_labels() -> None:
    body = b'{"log":"a","stream":"own","app":"x"}{"log":"b","app":"x","stream":"stderr"}'
    named = decode_collected(body, stream="asked")
    assert [named.fields[n].stream for n in (0, 1)] == ["own", "asked"]
    assert decode_collected(body).fields[1].stream == "x"
    assert decode_collected(b'{"MESSAGE":"m","PROGRAM":"sshd","HOST":"vm"}').fields[0].stream == "sshd"


def test_headers_of_syslog_ng_name_host_and_level_of_a_lone_message() -> None:
    said = {"host": "vm", "level": "err"}
    alone = decode_collected(b"disk full", FORM, syslog=said).fields[0]
    assert (alone.stream, alone.level) == ("vm", Level.ERROR)
    many = decode_collected(b"disk full\nok", FORM, syslog=said).fields[1]
    assert (many.stream, many.level) == ("vm", None)
    assert decode_collected(b"disk full", FORM, stream="asked", syslog=said).fields[0].stream == "asked"


@pytest.mark.parametrize(
    ("body", "is_distinct"),
    [
        (b'{"date":1772366400.123456,"log":"x"}', True),
        (b'{"date":1772366400.123000,"log":"x"}', False),
        (b'{"date":1772366400,"log":"x"}', False),
        (b'{"date":1772366400,"log":"x"}{"date":1772366401,"log":"x"}', True),
        (b'{"@timestamp":"2026-03-01T12:00:00.123456Z","log":"x"}', True),
        (b'{"@timestamp":"2026-03-01T12:00:00.123Z","log":"x"}', False),
        (b'{"log":"x"}', False),
        (b"2026-03-01T12:00:00.123456Z x", False),
    ],
)
def test_records_tell_a_body_sent_again_from_one_said_again(body: bytes, is_distinct: bool) -> None:
    assert decode_collected(body).is_distinct is is_distinct


def test_event_time_of_msgpack_is_kept_to_the_nanosecond() -> None:
    packed = msgpack.packb([[msgpack.ExtType(0, b"\x6b\x02\xfb\x95\x00\x00\x00\x01"), {}], {"log": "x"}])
    batch = decode_collected(packed, "application/msgpack")
    assert batch.fields[0].timestamp_ms == 0x6B02FB95 * 1000
    assert batch.is_distinct


def test_bad_record_is_refused_alone() -> None:
    batch = decode_collected(b'{"log":"a"}\n{"log":\n{}\n{"log":"b"}\n', "application/x-ndjson")
    assert batch.lines == ["a", "b"]
    assert [(item.index, item.reason) for item in batch.rejected] == [
        (1, RejectReason.NOT_JSON),
        (2, RejectReason.NOT_TEXT),
    ]


def test_time_of_syslog_ng_is_read() -> None:
    body = (
        b'{"MESSAGE":"m","PRIORITY":"err","ISODATE":"2026-11-22T13:45:24+00:00","HOST":"vm","DATE":"Nov 22 13:45:24"}'
    )
    fields = decode_collected(body).fields[0]
    assert (fields.timestamp_ms, fields.level, fields.stream) == (1_795_355_124_000, Level.ERROR, "vm")


@pytest.mark.parametrize(("body", "kind"), [(b"", ""), (b"\n", ""), (b"{", "application/json"), (b"[1,", "json")])
def test_body_that_is_nothing_or_not_what_it_claims_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(UnprocessableBody):
        decode_collected(body, kind)
