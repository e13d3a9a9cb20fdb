"""Windows of ``--logs`` and verdicts against a threshold of one's own."""

from __future__ import annotations

import pytest

from loglynx.scoring import SequenceScore, WindowType, windows_of

LINES = [str(n) for n in range(12)]


@pytest.mark.parametrize(
    ("kind", "count", "spans"),
    [
        (WindowType.FIXED, 12, [(1, 10), (11, 2)]),
        (WindowType.FIXED, 3, [(1, 3)]),
        (WindowType.SLIDING, 12, [(1, 10), (2, 10), (3, 10)]),
        (WindowType.SLIDING, 10, [(1, 10)]),
        (WindowType.SLIDING, 2, [(1, 2)]),
    ],
)
def test_windows(kind: WindowType, count: int, spans: list[tuple[int, int]]) -> None:
    assert [(first, len(lines)) for first, lines in windows_of(LINES[:count], kind)] == spans


def test_every_line_is_in_a_window() -> None:
    for kind in WindowType:
        assert {line for _, lines in windows_of(LINES, kind) for line in lines} == set(LINES)


def test_a_threshold_replaces_the_models_own() -> None:
    score = SequenceScore(0.7, is_anomaly=True)
    assert score.against(None).is_anomaly
    assert not score.against(0.9).is_anomaly
    assert score.against(0.7).is_anomaly
