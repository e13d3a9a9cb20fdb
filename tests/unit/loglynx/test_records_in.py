"""What ``batch`` takes for a record."""

from __future__ import annotations

import json

import pytest

from loglynx.failures import InputUnreadable
from loglynx.records_in import json_records, plain_records


def of(text: str) -> list[tuple[int, list[str]]]:
    return list(json_records("in.json", text.encode().split(b"\n")))


def test_plain_lines_keep_their_numbers_and_blank_ones_fall_away() -> None:
    assert list(plain_records([b"a", b"  ", "错误".encode("gb18030") * 20])) == [(1, ["a"]), (3, ["错误" * 20])]


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('["a", "b"]', [["a"], ["b"]]),
        ('[["a", "b"], ["c"]]', [["a", "b"], ["c"]]),
        ('[{"log_text": "a"}, {"text": "b", "label": 0}]', [["a"], ["b"]]),
        ('{"message": "a"}\n\n{"log_seq": ["b", "c"]}', [["a"], ["b", "c"]]),
        ('["a", "b"]\n["c"]', [["a", "b"], ["c"]]),
        (json.dumps([{"log": "a"}], indent=2), [["a"]]),
        ("[]", []),
        ("", []),
    ],
)
def test_json_shapes(text: str, records: list[list[str]]) -> None:
    assert [lines for _, lines in of(text)] == records


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1, 2]", '[["a", 1]]', "not json", "[" * 100_000])
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InputUnreadable, match=r"in\.json: (record|document) 1"):
        of(text)
