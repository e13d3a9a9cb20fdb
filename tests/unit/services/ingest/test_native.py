from __future__ import annotations

import json

import pytest

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from services.ingest.protocols.native import decode_push
from shared.core.records import Level
from shared.errors import BodyTooLarge, UnprocessableBody

NOW = 1_772_366_400_000


def decoded(body: bytes | str, content_type: str = "", max_lines: int = 100_000) -> Batch:
    return decode_push(body.encode() if isinstance(body, str) else body, content_type, NOW, max_lines)


def texts(body: bytes | str, content_type: str = "") -> list[str]:
    return list(decoded(body, content_type).lines)


@pytest.mark.parametrize(
    "kind", ["", "application/json", "text/plain", "application/x-www-form-urlencoded", "x/y; z"]
)
@pytest.mark.parametrize(
    "body",
    [
        '["one","two"]',
        '{"lines":["one","two"]}',
        '{"logs":["one","two"]}',
        '{"message":"one"}\n{"message":"two"}\n',
        '[{"message":"one"},"two"]',
        '\ufeff["one","two"]',
    ],
)
def test_content_decides_and_not_the_type(body: str, kind: str) -> None:
    assert texts(body, kind) == ["one", "two"]


@pytest.mark.parametrize("body", ["one\ntwo", "one\r\ntwo\r\n", "one\rtwo"])
def test_text_is_cut_at_line_ends(body: str) -> None:
    assert texts(body) == ["one", "two"]


def test_text_that_begins_like_json_is_text() -> None:
    body = "[2026-03-01 12:00:00] INFO started\n[2026-03-01 12:00:01] ERROR {not json}\n"
    assert texts(body, "text/plain") == body.splitlines()


@pytest.mark.parametrize("body", ['["one"', "[1,", "{'a':1}", "[" * 1000, '{"lines":'])
def test_what_claims_to_be_json_and_is_not_can_never_succeed(body: str) -> None:
    with pytest.raises(UnprocessableBody):
        decoded(body, "application/json; charset=utf-8")


@pytest.mark.parametrize("body", ["", " \n\t"])
def test_empty_body_can_never_succeed(body: str) -> None:
    with pytest.raises(UnprocessableBody):
        decoded(body)


def test_bad_records_are_refused_one_by_one() -> None:
    batch = decoded('["one", 5, null, {"message":"two"}, [], {}, true]')
    assert list(batch.lines) == ["one", "two"]
    assert list(batch.indexes) == [0, 3]
    assert batch.rejected == [Rejected(index, RejectReason.NOT_TEXT) for index in (1, 2, 4, 5, 6)]
    assert batch.received == 7


def test_broken_ndjson_line_is_refused_and_the_rest_is_kept() -> None:
    batch = decoded('{"message":"one"}\n{"message":"br\n{"message":"two"}\nplain\n', "application/x-ndjson")
    assert list(batch.lines) == ["one", "two", "plain"]
    assert batch.rejected == [Rejected(1, RejectReason.NOT_JSON)]


def test_broken_json_line_in_plain_text_is_a_line() -> None:
    assert texts('{"message":"one"}\n{broken\n', "text/plain") == ["one", "{broken"]


def test_concatenated_objects_are_records() -> None:
    assert texts('{"log":"one"}{"log":"two"} {"log":"three"}', "application/json") == ["one", "two", "three"]


def test_pretty_printed_envelope_is_one_document() -> None:
    assert texts(json.dumps({"lines": ["one", "two"]}, indent=2), "application/json") == ["one", "two"]


def test_record_says_time_level_source_and_stream() -> None:
    record = {
        "message": "paid",
        "level": "warning",
        "logger": "shop",
        "stream": "web-1",
        "timestamp": "2026-03-01T12:00:00Z",
    }
    batch = decoded(json.dumps([record]))
    assert batch.fields == {0: Fields("web-1", NOW, Level.WARN, "shop")}


def test_docker_pipes_are_no_streams() -> None:
    batch = decoded('[{"log":"a\\n","stream":"stderr"},{"log":"b","stream":"web"}]')
    assert [batch.fields[position].stream for position in (0, 1)] == ["", "web"]


def test_envelope_names_the_stream_of_lines_and_records() -> None:
    batch = decoded('{"stream":"web","lines":["a",{"message":"b"},{"message":"c","stream":"db"}]}')
    assert [batch.fields[position].stream for position in range(3)] == ["web", "web", "db"]


def test_record_without_message_keeps_its_fields() -> None:
    assert texts('[{"user":"bob","action":"login"}]') == ["user=bob action=login"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_recognised(encoding: str) -> None:
    lines = ["数据库连接失败，正在重试", "订单支付成功"]
    assert texts(json.dumps(lines, ensure_ascii=False).encode(encoding)) == lines


def test_lone_surrogates_and_nan_do_not_lose_the_batch() -> None:
    assert texts('["a\\ud800", "b"]') == ["a\ud800", "b"]
    assert texts('[{"message":"a","x":NaN,"y":' + "9" * 5000 + "}]") == ["a"]


@pytest.mark.parametrize(
    "body",
    [
        "a\n" * 11,
        json.dumps(["a"] * 11),
        "[" + "{}," * 10 + "{}]",
        '{"message":"a"}\n' * 11,
        "\n" * 30 + "a",
        "[" + "," * 300,
    ],
)
def test_too_many_lines_are_refused(body: str) -> None:
    with pytest.raises(BodyTooLarge):
        decoded(body, max_lines=10)


def test_as_many_lines_as_allowed_pass() -> None:
    assert decoded("a\n" * 10, max_lines=10).received == 10


def test_deep_json_is_refused_without_recursion() -> None:
    for depth in (200, 100_000):
        with pytest.raises(UnprocessableBody):
            decoded("[" * depth + "]" * depth, "application/json")


def test_numbers_beside_the_message_are_kept() -> None:
    line = '{"message":"done","status":200,"took":"12ms"}'
    for body in (line, f"[{line}]", f"{line}\n{line}"):
        fields = decoded(body).fields[0]
        assert [value for _, value in fields.attributes] == [200.0, 12.0]
