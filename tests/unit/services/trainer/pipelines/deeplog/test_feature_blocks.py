"""What the numbers of a sequence mean, on sequences small enough to count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.trainer.pipelines.deeplog import feature_blocks as blocks
from services.trainer.pipelines.deeplog.normal_profile import NormalProfile
from services.trainer.pipelines.deeplog.ranks import Deviations
from shared.core.sequences.key_book import END, UNSEEN
from shared.core.sequences.parsed_lines import NO_LEVEL, NO_STAMP, Parsed

NORMAL = NormalProfile.of([("start", "work", "work", "end"), ("start", "work", "end")])


def value(names: tuple[str, ...], row: list[float], name: str) -> float:
    assert len(names) == len(row)
    return row[names.index(name)]


def read(ranks: list[int], surprise: list[float] | None = None, keys: list[int] | None = None) -> Deviations:
    n = len(ranks)
    return Deviations(np.array(surprise or [1.0] * n), np.array(ranks), np.array(keys or [*([5] * (n - 1)), END]))


@pytest.mark.parametrize(
    ("ranks", "first", "strays"), [([0, 0, 20, 20, 0], 0.4, 2), ([0, 0, 8, 3, 0], 1.0, 0), ([9, 0, 0, 0, 0], 0.0, 1)]
)
def test_a_deviation_is_an_event_that_is_not_among_the_nine_likeliest(
    ranks: list[int], first: float, strays: int
) -> None:
    row = blocks.deviation_row(read(ranks))
    assert value(blocks.DEVIATION, row, "first deviation: place, 0 to 1") == pytest.approx(first)
    assert value(blocks.DEVIATION, row, "deviations: log count") == pytest.approx(math.log1p(strays))
    assert value(blocks.DEVIATION, row, "share of events not in the top 9") == strays / 5


def test_events_that_the_expert_never_met_are_counted() -> None:
    row = blocks.deviation_row(read([0, 30, 30, 0], keys=[5, UNSEEN, UNSEEN, END]))
    assert value(blocks.DEVIATION, row, "share of events that the expert never met") == 0.5


def test_surprise_is_summed_at_the_template_where_it_was_felt() -> None:
    own = read([0, 20, 20, 20, 0], [0.5, 3.0, 4.0, 5.0, 9.0])
    row = blocks.surprise_at_row(own, ("a", "b", "c", "b"), ["a", "b"])
    assert row == pytest.approx([0.0, math.log1p(8.0), math.log1p(4.0)])


def test_patterns_are_told_against_normal_life() -> None:
    row = blocks.pattern_row(("start", "fault", "fault", "fault"), NORMAL)
    assert value(blocks.PATTERNS, row, "share of lines whose template is not normal") == 0.75
    assert value(blocks.PATTERNS, row, "share missing of what normal sequences hold") == pytest.approx(2 / 3)
    assert value(blocks.PATTERNS, row, "longest repetition of one template: log") == pytest.approx(math.log1p(2))
    assert value(blocks.PATTERNS, row, "share of pairs that are not normal") == pytest.approx(4 / 5)


def test_a_normal_sequence_shows_no_pattern_that_is_not_normal() -> None:
    row = blocks.pattern_row(("start", "work", "work", "end"), NORMAL)
    assert row[:6] == [0.0] * 6


def test_excess_is_against_the_mean_normal_sequence() -> None:
    assert blocks.excess_row(("start", "work", "end"), NORMAL.usual_count, ["start", "fault"]) == pytest.approx(
        [0.0, 0.0]
    )
    assert blocks.excess_row(("fault",), NORMAL.usual_count, ["start", "fault"]) == pytest.approx(
        [-math.log(2), math.log(2)]
    )


def test_statistics_count_levels_and_pauses_where_lines_tell_them() -> None:
    parsed = Parsed(("a", "a", "b"), (1_000, NO_STAMP, 3_000), (5, NO_LEVEL, 4))
    row = blocks.statistics_row(parsed)
    assert value(blocks.STATISTICS, row, "ERROR lines: log count") == pytest.approx(math.log(2))
    assert value(blocks.STATISTICS, row, "share of WARN and worse") == pytest.approx(2 / 3)
    assert value(blocks.STATISTICS, row, "duration: log ms") == pytest.approx(math.log1p(2_000))


def test_a_sequence_without_any_time_has_no_pauses() -> None:
    parsed = Parsed(("a", "b"), (NO_STAMP, NO_STAMP), (NO_LEVEL, NO_LEVEL))
    assert np.isfinite(blocks.statistics_row(parsed)).all()
    assert parsed.pauses() == [0.0, 0.0]
