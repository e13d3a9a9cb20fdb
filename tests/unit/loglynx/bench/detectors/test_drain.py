from __future__ import annotations

from bench_cases import events_of

from loglynx.bench.detectors.drain import Drain


def test_lines_that_fit_no_cluster_are_counted_once_each() -> None:
    scorer = Drain()
    scorer.fit([events_of("send block 17 to node alpha", "send block 18 to node beta")] * 5, 0)
    known, new = "send block 99 to node gamma", "disk failure"
    strangeness, lines = scorer.score(
        [events_of(known), events_of(new, known, new), events_of(new, "cable cut here")]
    )
    assert strangeness.tolist() == [0.0, 1.0, 2.0]
    assert lines is not None
    assert lines[1].tolist() == [1.0, 0.0, 1.0]


def test_a_line_seen_once_fits_its_like_with_other_numbers() -> None:
    scorer = Drain()
    scorer.fit([events_of("verified blk_-42 in 7 ms")], 0)
    assert scorer.score([events_of("verified blk_-99 in 13 ms")])[0].tolist() == [0.0]


def test_what_is_judged_is_not_learnt() -> None:
    scorer = Drain()
    scorer.fit([events_of("all is well")], 0)
    new = [events_of("disk failure")] * 3
    assert scorer.score(new)[0].tolist() == scorer.score(new)[0].tolist() == [1.0, 1.0, 1.0]
