from __future__ import annotations

import time

import pytest

from services.analyzer.spans import spans_of


def test_spans_are_in_order_and_never_overlap() -> None:
    assert spans_of("worker-26 lost 10.0.0.7:5432 after 30 s") == [
        ("identifier", "worker-26"), ("endpoint", "10.0.0.7:5432"), ("duration", "30 s"),
    ]  # fmt: skip


def test_addresses_of_six_are_told_from_times() -> None:
    line = '10.0.0.4 - - [22/Dec/2016:16:37:41 +0300] "GET / HTTP/1.1" 200, fe80::1:2 2001:db8:0:0:0:0:2:1 00:1b:44:11:3a:b7'
    found = [span for kind, span in spans_of(line) if kind == "endpoint"]
    assert found == ["10.0.0.4", "fe80::1:2", "2001:db8:0:0:0:0:2:1", "00:1b:44:11:3a:b7"]


@pytest.mark.parametrize(
    "line", ["DELETE FROM t WHERE id IN (" + ",".join(str(1_000_000 + n) for n in range(4_000)) + ")", "ab1 " * 8_000]
)
def test_a_long_line_of_many_names_costs_no_square(line: str) -> None:
    began = time.process_time()
    spans_of(line)
    assert time.process_time() - began < 0.4  # half a second to a second when each looked at all before it
