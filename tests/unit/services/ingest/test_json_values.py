from __future__ import annotations

import json

import pytest

from services.ingest.protocols.json_values import BROKEN, json_values
from shared.errors import BodyTooLarge, UnprocessableBody

A, B = {"a": "1"}, {"b": {"c": [2]}}


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a":"1"},{"b":{"c":[2]}}]',
        b'{"a":"1"}{"b":{"c":[2]}}',
        b'{"a":"1"}\n{"b":{"c":[2]}}\n',
        b'{"a":"1"}\r\n\r\n{"b":{"c":[2]}}',
        b' {"a":"1"}  {"b":{"c":[2]}} ',
        b'{"a":"1"},{"b":{"c":[2]}}',
        b'[{"a":"1"}][{"b":{"c":[2]}}]',
        b'\xef\xbb\xbf{"a":"1"}{"b":{"c":[2]}}',
        '{"a":"1"}{"b":{"c":[2]}}'.encode("utf-16"),
    ],
)
def test_values_are_found_however_they_are_strung_together(body: bytes) -> None:
    assert json_values(body, 10) == [A, B]


@pytest.mark.parametrize("text", ["}{", "x}{y", "}\\n{", "}},{{", '\\"}{\\"'])
def test_text_that_looks_like_a_seam_is_kept(text: str) -> None:
    one = b'{"event":"' + text.encode() + b'"}'
    expected = json.loads(one)
    assert json_values(one * 3, 10) == [expected] * 3
    assert json_values(one, 10) == [expected]


def test_broken_line_among_whole_ones_is_broken_alone() -> None:
    assert json_values(b'{"a":"1"}\n{"a":\n{"b":{"c":[2]}}\n', 10) == [A, BROKEN, B]


@pytest.mark.parametrize("rest", [b'{"a":', b"\x00\xff", b"}", b'{"a":"1"}x'[9:]])
def test_what_stands_before_a_break_is_read(rest: bytes) -> None:
    assert json_values(b'{"a":"1"}{"b":{"c":[2]}}' + rest, 10) == [A, B, BROKEN]


@pytest.mark.parametrize("body", [b"", b" \n", b"[]"])
def test_nothing_is_nothing(body: bytes) -> None:
    assert json_values(body, 10) == []


@pytest.mark.parametrize("body", [b"{", b'[{"a":1}', b"nonsense", b"[" * 500 + b"]" * 500, b'{"a":' * 150])
def test_body_without_any_value_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        json_values(body, 10)


@pytest.mark.parametrize("body", [b"{}" * 11, b"[" + b"1," * 11 + b"1]", b"1 " * 11, b"," * 300])
def test_more_values_than_allowed_are_refused(body: bytes) -> None:
    with pytest.raises(BodyTooLarge):
        json_values(body, 10)


def test_line_in_another_encoding_spoils_no_other() -> None:
    body = b'{"a":"1"}\n' + '{"m":"数据库连接失败"}'.encode("gb18030") + b"\n"
    assert json_values(body, 10) == [A, {"m": "数据库连接失败"}]
