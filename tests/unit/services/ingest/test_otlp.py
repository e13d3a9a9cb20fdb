from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from services.ingest.protocols.otlp import decode_otlp
from services.ingest.protocols.wire_messages import otlp
from shared.core.records import Level
from shared.errors import BodyTooLarge, UnprocessableBody

AT_NS = 1_772_366_400_123_456_789
AT_MS = AT_NS // 1_000_000
TRACE = "Traceback (most recent call last):\n  File x\nZeroDivisionError"


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def pairs(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("__", "."), "value": value} for key, value in values.items()]


def an_export(*records: Any, resource: list[Any] | None = None, scope: str = "") -> bytes:
    scope_logs = {"scope": {"name": scope}, "logRecords": list(records)}
    return json.dumps(
        {"resourceLogs": [{"resource": {"attributes": resource or []}, "scopeLogs": [scope_logs]}]}
    ).encode()


def a_record(body: Any = None, **fields: Any) -> dict[str, Any]:
    return {"timeUnixNano": str(AT_NS)} | ({} if body is None else {"body": body}) | fields


def a_message(body: bytes | None = b"a line", **fields: Any) -> Any:
    request = otlp["LogsRequest"]()
    logs = request.resource_logs.add()
    logs.resource.attributes.add(key=b"service.name").value.string_value = b"shop"
    scope_logs = logs.scope_logs.add()
    scope_logs.scope.name = b"db"
    record = scope_logs.log_records.add(time_unix_nano=AT_NS, **fields)
    if body is not None:
        record.body.string_value = body
    return request, record


def lines(body: bytes, kind: str = "") -> list[str]:
    return list(decode_otlp(body, kind).lines)


@pytest.mark.parametrize("kind", ["application/json", "application/x-protobuf", "", "text/plain"])
def test_both_forms_say_the_same_whatever_the_type_says(kind: str) -> None:
    in_json = an_export(
        a_record(text("a line"), severityNumber=17), resource=pairs(service__name=text("shop")), scope="db"
    )
    on_wire = a_message(severity_number=17)[0].SerializeToString()
    for body in (in_json, on_wire):
        batch = decode_otlp(body, kind)
        assert list(batch.lines) == ["a line"]
        assert batch.fields == {0: Fields("shop", AT_MS, Level.ERROR, "db")}
        assert batch.is_distinct


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (text("plain"), "plain"),
        ({"kvlistValue": {"values": pairs(msg=text("nested"), code={"intValue": 5})}}, "nested"),
        ({"kvlistValue": {"values": pairs(user=text("bob"), code={"intValue": "5"})}}, '{"user":"bob","code":5}'),
        ({"arrayValue": {"values": [text("a"), {"doubleValue": 1.5}, {"boolValue": True}]}}, '["a",1.5,true]'),
        ({"intValue": "42"}, "42"),
        ("bare text", "bare text"),
    ],
)
def test_body_of_any_kind_becomes_text(body: Any, message: str) -> None:
    assert lines(an_export(a_record(body))) == [message]


def test_record_without_body_is_read_from_its_event_name_and_attributes() -> None:
    attributes = pairs(user=text("bob"), attempt={"intValue": "3"})
    record = a_record(eventName="login.failed", attributes=attributes)
    assert lines(an_export(record)) == ["login.failed user=bob attempt=3"]
    request, on_wire = a_message(None, event_name=b"login.failed")
    on_wire.attributes.add(key=b"user").value.string_value = b"bob"
    assert lines(request.SerializeToString()) == ["login.failed user=bob"]


def test_stack_trace_goes_below_its_message() -> None:
    attributes = pairs(exception__stacktrace=text(TRACE))
    assert decode_otlp(an_export(a_record(text("failed"), attributes=attributes))).fields[0].details == TRACE
    request, record = a_message(b"failed")
    record.attributes.add(key=b"exception.stacktrace").value.string_value = TRACE.encode()
    assert decode_otlp(request.SerializeToString()).fields[0].details == TRACE


def test_stack_trace_that_the_message_holds_is_not_said_twice() -> None:
    record = a_record(text(f"failed\n{TRACE}"), attributes=pairs(exception__stacktrace=text(TRACE)))
    assert decode_otlp(an_export(record)).fields[0].details == ""


@pytest.mark.parametrize(
    ("record", "at_ms"),
    [
        ({"timeUnixNano": "0", "observedTimeUnixNano": str(AT_NS)}, AT_MS),
        ({"timeUnixNano": AT_NS}, AT_MS),
        ({"timeUnixNano": "soon"}, None),
        ({}, None),
    ],
)
def test_time_is_the_records_else_the_observers_else_none(record: dict[str, Any], at_ms: int | None) -> None:
    batch: Batch = decode_otlp(an_export(record | {"body": text("x")}))
    assert batch.fields[0].timestamp_ms == at_ms


def test_severity_text_serves_where_the_number_is_missing() -> None:
    assert decode_otlp(an_export(a_record(text("x"), severityText="WARN"))).fields[0].level is Level.WARN


def test_what_is_no_record_or_has_no_text_is_refused_by_itself() -> None:
    batch = decode_otlp(an_export(a_record(text("one")), 5, a_record(), a_record(text("two"))))
    assert list(batch.lines) == ["one", "two"]
    assert batch.rejected == [Rejected(1, RejectReason.NOT_TEXT), Rejected(2, RejectReason.EMPTY)]


def test_text_that_is_no_utf8_costs_nothing_but_itself() -> None:
    assert lines(a_message(b"caf\xe9")[0].SerializeToString()) == ["caf\ufffd"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceLogs":null}', b'{"unknown":1}'])
def test_empty_export_is_a_success_without_lines(body: bytes) -> None:
    assert lines(body) == []


@pytest.mark.parametrize("body", [b"{", b"\x0a\xff", b"plain text", b'{"resourceLogs":[5]}', b'{"resourceLogs":"x"}'])
def test_what_is_no_export_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        lines(body)


def test_nesting_is_bounded() -> None:
    request, record = a_message(None)
    value = record.body
    for _ in range(40):
        value = value.array_value.values.add()
    assert len(lines(request.SerializeToString())) == 1


def test_records_are_bounded() -> None:
    body = an_export(*(a_record(text("x")) for _ in range(11)))
    assert len(decode_otlp(body, max_lines=11).lines) == 11
    with pytest.raises(BodyTooLarge):
        decode_otlp(body, max_lines=10)


def test_attribute_of_any_length_is_read_however_often_it_comes() -> None:
    for value in (b"bob", b"bob", b"b" * 1000, "é".encode()[:1]):
        request, record = a_message(None)
        record.attributes.add(key=b"user").value.string_value = value
        assert lines(request.SerializeToString()) == [f"user={value.decode(errors='replace')}"]


def test_broken_attribute_is_a_broken_body() -> None:
    request, record = a_message()
    record.attributes.add(key=b"user").value.string_value = b"bob"
    with pytest.raises(UnprocessableBody):
        decode_otlp(request.SerializeToString().replace(b"\x0a\x04user", b"\x0a\x7fuser"), "application/x-protobuf")
