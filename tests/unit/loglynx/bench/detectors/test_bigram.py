from __future__ import annotations

from bench_cases import events_of

from loglynx.bench.detectors.bigram import Bigram


def test_known_lines_in_an_unknown_order_are_strange_where_the_order_breaks() -> None:
    scorer = Bigram()
    scorer.fit([events_of("a", "b", "c")] * 50, 0)
    strangeness, lines = scorer.score([events_of("a", "b", "c"), events_of("a", "c", "b"), events_of("a", "b")])
    assert strangeness[0] < 0.1
    assert strangeness[1] > 3.0
    assert strangeness[2] > 3.0, "it ends too early"
    assert lines is not None
    assert lines[1][0] < 0.1 < 3.0 < lines[1][1]
    assert (lines[2] < 0.1).all(), "no line is to blame for an early end"


def test_a_new_line_is_stranger_than_a_rare_one() -> None:
    scorer = Bigram()
    scorer.fit([*[events_of("a", "b")] * 50, events_of("a", "rare")], 0)
    strangeness, _ = scorer.score([events_of("a", "b"), events_of("a", "rare"), events_of("a", "new")])
    assert strangeness[0] < strangeness[1] < strangeness[2]
