from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.ingest.batch import Batch, RejectReason
from services.ingest.protocols.datadog import decode_datadog
from shared.core.records import Level
from shared.errors import UnprocessableBody

NOW = 1_795_355_000_000


def decoded(value: object, kind: str = "application/json", **said: str) -> Batch:
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return decode_datadog(body, kind, said, NOW)


def test_record_says_stream_level_and_source() -> None:
    batch = decoded([{"message": "paid", "service": "shop", "status": "warn", "ddsource": "java", "timestamp": NOW}])
    fields = batch.fields[0]
    assert batch.lines == ["paid"]
    assert (fields.stream, fields.level, fields.source, fields.timestamp_ms) == ("shop", Level.WARN, "java", NOW)
    assert fields.attributes == ()


def test_status_that_is_a_number_is_no_level() -> None:
    fields = decoded({"message": "GET /", "status": 500, "level": "error"}).fields[0]
    assert fields.level is Level.ERROR
    assert [value for _, value in fields.attributes] == [500.0]


@pytest.mark.parametrize(
    ("record", "stream"),
    [
        ({"service": "shop", "ddtags": "env:prod,kube_namespace:pay,version:2"}, "pay/shop"),
        ({"ddtags": "kube_deployment:cart,kube_namespace:pay", "hostname": "h"}, "pay/cart"),
        ({"ddsource": "nginx", "hostname": "h"}, "nginx"),
        ({"hostname": "h"}, "h"),
        ({"service": 5, "ddtags": 7}, ""),
    ],
)
def test_stream_is_the_service_else_the_source_else_the_host(record: dict[str, Any], stream: str) -> None:
    assert decoded({"message": "m", **record}).fields[0].stream == stream


def test_address_speaks_for_records_that_say_nothing_and_its_key_stays_out() -> None:
    batch = decoded([{"code": 7}, {"message": "m", "service": "own"}], service="shop", api_key="secret", token="t")
    assert batch.lines == ["code=7", "m"]
    assert [batch.fields[n].stream for n in (0, 1)] == ["shop", "own"]


def test_text_has_a_line_for_each_record() -> None:
    batch = decoded(b"one\ntwo\n", "text/plain", service="shop", ddsource="java")
    assert batch.lines == ["one", "two"]
    assert batch.fields[1].stream == "shop"
    assert decoded(b"[2026-03-01] started", "text/plain").lines == ["[2026-03-01] started"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[{}]", b""])
def test_question_whether_anybody_is_there_is_a_batch_without_lines(body: bytes) -> None:
    batch = decoded(body)
    assert (list(batch.lines), batch.rejected) == ([], [])


def test_bad_record_is_refused_alone_and_a_bad_body_as_a_whole() -> None:
    batch = decoded(b'[{"message":"a"},7,"text"]')
    assert batch.lines == ["a", "text"]
    assert [item.reason for item in batch.rejected] == [RejectReason.NOT_TEXT]
    with pytest.raises(UnprocessableBody):
        decoded(b"[{")
