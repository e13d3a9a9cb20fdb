"""What people excuse is known again, and makes nothing else look more ordinary."""

from __future__ import annotations

import numpy as np
from archive_builders import backup_lines, break_in_lines, normal_lines
from detector_parts import TemplateReader

from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.following import Follower
from shared.core.records import Event

LEARN, BUDGET = 60, 0.001


def seen(*windows: list[str]) -> list[WindowEvidence]:
    return TemplateReader().read([[Event(line, line) for line in lines] for lines in windows])  # type: ignore[return-value]


NORMAL = Baseline(LEARN).observe(seen(*(normal_lines(n) for n in range(LEARN))))
EXCUSING = NORMAL.excusing(seen(backup_lines(1)))


def is_flagged(baseline: Baseline, lines: list[str]) -> bool:
    (judgement,) = baseline.judge(seen(lines))
    return judgement.strangeness > baseline.threshold(BUDGET)


def test_the_like_of_what_was_excused_is_not_flagged() -> None:
    assert is_flagged(NORMAL, backup_lines(7))
    assert not is_flagged(EXCUSING, backup_lines(7))
    assert not is_flagged(EXCUSING, [*normal_lines(3)[:5], *backup_lines(7)[:5]])


def test_one_more_strange_line_is_flagged_as_before() -> None:
    mixed = [*backup_lines(7)[:9], break_in_lines(1)[0]]
    assert is_flagged(EXCUSING, mixed)
    assert is_flagged(EXCUSING, break_in_lines(1))


def test_excuses_move_no_threshold_and_no_other_strangeness() -> None:
    windows = seen(*(normal_lines(n) for n in range(200, 210)), break_in_lines(2))
    before, after = NORMAL.judge(windows), EXCUSING.judge(windows)
    assert [j.strangeness for j in before] == [j.strangeness for j in after]
    assert NORMAL.threshold(BUDGET) == EXCUSING.threshold(BUDGET)


def test_excused_windows_are_never_learnt() -> None:
    follower = Follower(EXCUSING, BUDGET, lambda window: EXCUSING.judge([window])[0])
    follower.follow(seen(*(backup_lines(n) for n in range(5))))
    assert not follower.waiting


def test_excuses_survive_the_store_and_growth() -> None:
    stored = Baseline.from_bytes(EXCUSING.to_bytes())
    assert len(stored.windows) == LEARN
    assert len(stored.excused) == 1
    grown = stored.grown_by(seen(*(normal_lines(n) for n in range(300, 340))))
    for baseline in (stored, grown, grown.after_flag(True)):
        assert not is_flagged(baseline, backup_lines(9))
    assert "excused" not in str(np.load(__import__("io").BytesIO(NORMAL.to_bytes()))["meta"].tobytes())
