from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.ingest.batch import Batch, RejectReason
from services.ingest.protocols.hec import NoData, decode_events, decode_raw
from shared.core.records import Level
from shared.errors import UnprocessableBody

NOW = 1_795_355_000_000


def decoded(*events: Any) -> Batch:
    return decode_events(b"".join(map(msgspec.json.encode, events)), NOW)


def test_event_is_a_text_with_what_its_envelope_says() -> None:
    batch = decoded({"event": "order 17 paid", "time": 1772366400.123, "source": "shop", "host": "web1"})
    assert batch.lines == ["order 17 paid"]
    assert (batch.fields[0].stream, batch.fields[0].timestamp_ms) == ("shop", 1_772_366_400_123)


@pytest.mark.parametrize("time", ["1772366400.123456789", 1772366400.123456, "1772366400.1234"])
def test_stamp_finer_than_a_millisecond_tells_the_body_apart(time: object) -> None:
    batch = decoded({"event": "x", "time": time})
    assert batch.fields[0].timestamp_ms == 1_772_366_400_123
    assert batch.is_distinct


@pytest.mark.parametrize("time", [1772366400, "1772366400.123", None, "soon", True, -1, 1e30, "9" * 40, {}, "1.-5"])
def test_body_with_a_coarse_or_senseless_stamp_may_repeat(time: object) -> None:
    assert not decoded({"event": "x", "time": time}).is_distinct


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"message": {"msg": "user login", "meta": {"user": 1}}, "severity": "info"}, "user login"),
        ({"line": "hello", "source": "stdout", "tag": "0123456789ab"}, "hello"),
        ({"line": {"msg": "hello", "level": "info"}, "source": "stdout", "tag": "t"}, "hello"),
        ({"log": "from a container", "stream": "stderr"}, "from a container"),
        ({"code": 7, "what": "odd"}, "code=7 what=odd"),
        (17, "17"),
    ],
)
def test_message_is_found_in_the_events_of_loggers(event: object, line: str) -> None:
    assert decoded({"event": event}).lines == [line]


def test_object_without_event_is_the_event() -> None:
    batch = decoded({"log": "payment failed", "level": "error", "status": 500})
    assert batch.lines == ["payment failed"]
    assert batch.fields[0].level is Level.ERROR


@pytest.mark.parametrize(
    ("envelope", "stream"),
    [
        ({"event": {"message": "m", "service": "pay"}, "source": "s"}, "pay"),
        ({"event": "m", "fields": {"service": "pay", "namespace": "shop"}, "source": "s"}, "shop/pay"),
        ({"event": "m", "source": "/var/log/nginx/access.log", "sourcetype": "x"}, "/var/log/nginx/access.log"),
        ({"event": "m", "sourcetype": "nginx:access", "host": "web1"}, "nginx:access"),
        ({"event": "m", "sourcetype": "_json", "host": "web1"}, "web1"),
        ({"event": "m"}, ""),
        ({"event": {"log": "m", "kubernetes": {"namespace_name": "prod", "container_name": "api", "pod_name": "api-7"}}},
         "prod/api"),
    ],
)  # fmt: skip
def test_stream_is_the_service_else_the_source_else_the_host(envelope: dict[str, Any], stream: str) -> None:
    assert decoded(envelope).fields[0].stream == stream


def test_bad_event_among_good_ones_is_refused_alone() -> None:
    batch = decoded({"event": "a"}, {"event": None, "time": 1}, {"event": {}}, {"event": [1]}, 7, {}, {"event": "b"})
    assert batch.lines == ["a", "b"]
    assert [(item.index, item.reason) for item in batch.rejected] == [
        (1, RejectReason.EMPTY),
        (2, RejectReason.EMPTY),
        (3, RejectReason.NOT_TEXT),
        (4, RejectReason.NOT_TEXT),
        (5, RejectReason.NOT_TEXT),
    ]


def test_events_before_a_break_are_kept() -> None:
    batch = decode_events(b'{"event":"a"}{"event":"b"}{"event":"c', NOW)
    assert batch.lines == ["a", "b"]
    assert [item.reason for item in batch.rejected] == [RejectReason.NOT_JSON]


@pytest.mark.parametrize("body", [b"", b" \r\n", b"[]"])
def test_no_data_has_an_error_of_its_own(body: bytes) -> None:
    with pytest.raises(NoData):
        decode_events(body)


def test_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(UnprocessableBody):
        decode_events(b"hello")


def test_raw_lines_share_what_the_address_says() -> None:
    batch = decode_raw(b"one\ntwo\r\n", {"source": "app", "time": "1772366400"}, NOW)
    assert batch.lines == ["one", "two"]
    assert {batch.fields[n].stream for n in (0, 1)} == {"app"}
    assert batch.fields[1].timestamp_ms == 1_772_366_400_000
    with pytest.raises(NoData):
        decode_raw(b"\n", {})
