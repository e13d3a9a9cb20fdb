from __future__ import annotations

from bench_cases import events_of

from loglynx.bench.templates import Multisets


def test_multisets_forget_the_order_but_not_the_number() -> None:
    multisets = Multisets()
    assert multisets.of([events_of("a", "b"), events_of("b", "a"), events_of("a", "a", "b")]).tolist() == [0, 0, 1]
    assert multisets.of([events_of("a", "b", "a")]).tolist() == [1]
    assert multisets.of([]).tolist() == []
