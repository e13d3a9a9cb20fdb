from __future__ import annotations

import time

import pytest

from services.ingest.protocols.label_text import read_labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{a="b", c="d"}', {"a": "b", "c": "d"}),
        ('{a="b",c="d",}', {"a": "b", "c": "d"}),
        (' { a = "b" } ', {"a": "b"}),
        ("{}", {}),
        ("", {}),
        (r'{weird="a\"b\\c\n\t"}', {"weird": 'a"b\\c\n\t'}),
        (r'{u="\u4e2d\U0001f600\x41\101"}', {"u": "中😀AA"}),
        (r'{a="}", b="x=\"y\", z"}', {"a": "}", "b": 'x="y", z'}),
        ('{name="中文 值"}', {"name": "中文 值"}),
        (r'{bad="\Uffffffff"}', {"bad": "\ufffd"}),
        ('{a="b", broken', {"a": "b"}),
        ('a="b"', {}),
        ('{a="unclosed}', {}),
    ],
)
def test_labels(text: str, labels: dict[str, str]) -> None:
    assert read_labels(text) == labels


def test_hostile_text_is_read_in_linear_time() -> None:
    started = time.monotonic()
    for text in (
        '{a="' + "\\" * 200_000,
        "{" + 'a="b",' * 50_000,
        "{a=" * 50_000,
        "{" + " " * 200_000,
        "{" + "a" * 200_000,
    ):
        read_labels(text)
    assert time.monotonic() - started < 5
