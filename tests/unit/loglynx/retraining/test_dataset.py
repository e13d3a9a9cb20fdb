"""What may teach, what judges, what is left out: also when somebody means ill."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from archive_builders import (
    NOON_MS,
    a_row,
    a_word,
    backup_lines,
    break_in_lines,
    normal_lines,
    write_feedback,
    write_windows,
)

from loglynx.retraining.dataset import ArchiveChanged, Bounds, FrozenData, Span, Use, freeze, require_unchanged
from shared.archive.retention import delete_stream
from shared.core.feedback import FeedbackVerdict

SPAN = Span(NOON_MS - 1, NOON_MS + 86_400_000)
BOUNDS = Bounds(key_share=0.1, most_windows=500, fewest_windows=50)


def frozen(root: Path, rows: list[dict[str, Any]], said: list[Any], bounds: Bounds = BOUNDS) -> FrozenData:
    write_windows(root, rows)
    write_feedback(root, said)
    return freeze(root, SPAN, None, bounds)


def uses(data: FrozenData, stream: str = "web") -> dict[str, Use]:
    return {row.window.window_id: row.use for row in data.streams[stream]}


def shop(count: int = 100) -> list[dict[str, Any]]:
    return [a_row(n, normal_lines(n)) for n in range(count)]


def flags(first: int, count: int, lines: Any = backup_lines) -> list[dict[str, Any]]:
    return [a_row(n, lines(n), state="flagged") for n in range(first, first + count)]


def test_labels_decide_what_a_window_is_used_for(tmp_path: Path) -> None:
    rows = [*shop(), *flags(100, 3), *flags(103, 1, break_in_lines)]
    said = [a_word(["web-100"]), a_word(["web-103"], FeedbackVerdict.CONFIRMED)]
    found = uses(frozen(tmp_path, rows, said))
    assert found["web-5"] is Use.NORMAL
    assert found["web-100"] is Use.FALSE_POSITIVE
    assert found["web-101"] is Use.UNLABELLED_FLAG
    assert found["web-103"] is Use.HELD


def test_the_digest_is_that_of_what_is_used(tmp_path: Path) -> None:
    rows = [*shop(), *flags(100, 2)]
    first = frozen(tmp_path / "a", rows, [a_word(["web-100"])])
    assert frozen(tmp_path / "b", rows, [a_word(["web-100"])]).digest == first.digest
    assert frozen(tmp_path / "c", rows, [a_word(["web-101"])]).digest != first.digest
    other = [a_row(0, ["another line"]), *rows[1:]]
    assert frozen(tmp_path / "d", other, [a_word(["web-100"])]).digest != first.digest


def test_one_key_that_calls_everything_harmless_teaches_a_bounded_share(tmp_path: Path) -> None:
    rows = [*shop(), *flags(100, 60)]
    said = [a_word([f"web-{n}"], key_id="stolen") for n in range(100, 159)] + [a_word(["web-159"], key_id="honest")]
    data = frozen(tmp_path, rows, said)
    count = Counter(uses(data).values())
    assert count[Use.FALSE_POSITIVE] == 10 + 1, "a tenth of a hundred normal windows, and the other key's own"
    assert count[Use.OVER_QUOTA] == 49
    assert uses(data)["web-159"] is Use.FALSE_POSITIVE


def test_many_words_of_one_key_get_their_turn(tmp_path: Path) -> None:
    rows = [*shop(), *flags(100, 40)]
    said = [a_word([f"web-{n}" for n in range(100, 139)]), a_word(["web-139"])]
    assert uses(frozen(tmp_path, rows, said))["web-139"] is Use.FALSE_POSITIVE


def test_what_shares_its_line_with_a_missed_anomaly_is_not_learnt(tmp_path: Path) -> None:
    """An attack that fills windows while its stream still learns."""
    rows = shop(100)
    for n in range(40, 55):
        rows[n] = a_row(n, [*normal_lines(n)[:6], *break_in_lines(n)[:4]])
    line = break_in_lines(45)[0]
    missed = a_word([], FeedbackVerdict.MISSED, signature="", lines=(line,))
    data = frozen(tmp_path, rows, [missed])
    found = uses(data)
    assert found["web-45"] is Use.HELD
    assert {found[f"web-{n}"] for n in range(40, 55) if n != 45} == {Use.LIKE_CONFIRMED}
    assert not data.refused


def test_a_false_positive_on_what_was_confirmed_is_not_learnt(tmp_path: Path) -> None:
    rows = [*shop(), *flags(100, 2, break_in_lines)]
    said = [a_word(["web-100"], FeedbackVerdict.CONFIRMED), a_word(["web-101"], key_id="stolen", author="eve")]
    assert uses(frozen(tmp_path, rows, said))["web-101"] is Use.LIKE_CONFIRMED


def test_many_false_positives_crowd_out_no_anomaly(tmp_path: Path) -> None:
    bounds = Bounds(key_share=0.1, most_windows=60, fewest_windows=50)
    rows = [*shop(60), *flags(60, 1, break_in_lines), *flags(61, 61), *flags(122, 1, break_in_lines)]
    said = [a_word(["web-60"], FeedbackVerdict.CONFIRMED), a_word([f"web-{n}" for n in range(61, 123)], key_id="k2")]
    found = uses(frozen(tmp_path, rows, said, bounds))
    assert found["web-60"] is Use.HELD
    assert found["web-122"] is Use.LIKE_CONFIRMED


def test_a_stream_that_is_mostly_trouble_does_not_teach(tmp_path: Path) -> None:
    attack = {"state": "learning", "strangeness": 12.0}
    rows = [
        a_row(n, normal_lines(n) if n % 3 else break_in_lines(n), **({} if n % 3 else attack)) for n in range(120)
    ]
    data = frozen(tmp_path, rows, [])
    assert "no normal life" in data.refused["web"]
    assert uses(data)["web-0"] is Use.OUTLIER


def test_a_short_stream_is_left_as_it_is(tmp_path: Path) -> None:
    assert "too few" in frozen(tmp_path, shop(20), []).refused["web"]


def test_sequences_and_other_times_are_no_part_of_it(tmp_path: Path) -> None:
    rows = [*shop(), a_row(7, normal_lines(7), stream="seq/j1"), a_row(90_000, normal_lines(1))]
    data = frozen(tmp_path, rows, [])
    assert set(data.streams) == {"web"}
    assert len(uses(data)) == 100


def test_an_archive_that_changes_after_freezing_is_refused(tmp_path: Path) -> None:
    data = frozen(tmp_path, [*shop(), *flags(100, 2)], [a_word(["web-100"])])
    require_unchanged(tmp_path, data, None, BOUNDS)
    write_windows(tmp_path, [a_row(3, ["replaced"])], batch="0-0_0-1")
    write_windows(tmp_path, [a_row(300, ["added"])], batch="2-0_2-1")
    with pytest.raises(ArchiveChanged):
        require_unchanged(tmp_path, data, None, BOUNDS)


def test_a_stream_deleted_meanwhile_does_not_live_on(tmp_path: Path) -> None:
    data = frozen(tmp_path, shop(), [])
    delete_stream(tmp_path, "web")
    with pytest.raises(ArchiveChanged):
        require_unchanged(tmp_path, data, None, BOUNDS)


def test_what_is_said_after_the_span_changes_nothing(tmp_path: Path) -> None:
    data = frozen(tmp_path, [*shop(), *flags(100, 2)], [a_word(["web-100"])])
    write_feedback(tmp_path, [a_word(["web-101"])], at_ms=SPAN.until_ms + 1, batch="2-0_2-1")
    require_unchanged(tmp_path, data, None, BOUNDS)
