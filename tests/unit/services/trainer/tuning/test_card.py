"""The card says what was measured, in JSON and in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.trainer.tuning.card import card_of, in_words, thinned, with_merged
from services.trainer.tuning.fit import Fitted
from services.trainer.tuning.plan import TunePlan
from services.trainer.tuning.rows import Divided, TuneRow
from services.trainer.tuning.scores import Compared, Score, decide

FITTED = Fitted([(1, 3.0), (2, 1.0)], 2, 12.34, 1000, 14, 14, "cpu float32", 0)
ROW = TuneRow("1", "train", ("x",), "disk_full", ())


def a_card(unseen: Compared) -> dict[str, Any]:
    golden = Compared(Score((True, True), {}), Score((True, True), {}))
    decision = decide(unseen, golden)
    plan = TunePlan(Path("/base"), "tiny", Path("/r"))
    digests = {"base_sha256": "b" * 64, "data_sha256": "d" * 64}
    return card_of(
        plan, FITTED, Divided((ROW,), (ROW,), 3), (ROW,), unseen, golden, decision, digests, 4, "2026-01-01"
    )


RISE = Compared(Score((False, False), {}), Score((True, False), {}))
FALL = Compared(Score((True, False), {}), Score((False, False), {}))


def test_the_words_hold_every_figure_that_decides() -> None:
    words = in_words(a_card(RISE))
    assert "Promoted." in words
    assert "| unseen | 0.0% (0 of 2) | 50.0% (1 of 2) | 1 | 0 |" in words
    assert "| golden (forgetting) | 100.0% (2 of 2) | 100.0% (2 of 2) | 0 | 0 |" in words
    assert "4 rows too long" in words
    assert "3 unseen rows" in words
    assert "b" * 64 in words
    assert "d" * 64 in words
    assert "3.000 (step 1) → 1.000 (step 2)" in words


def test_the_words_say_why_not() -> None:
    card = a_card(FALL)
    assert card["is_promoted"] is False
    assert "Not promoted: the unseen score does not rise: 1 of 2 right before, 0 after." in in_words(card)


def test_a_merged_model_has_scores_of_its_own() -> None:
    card = with_merged(a_card(RISE), "bfloat16", Score((True, True), {}), Score((), {}))
    assert "Merged in bfloat16: unseen 100.0% (2 of 2), golden not measured" in in_words(card)


def test_a_long_curve_keeps_its_ends() -> None:
    points = thinned([(step, float(step)) for step in range(1, 1001)])
    assert len(points) == 50
    assert points[0] == [1, 1.0]
    assert points[-1] == [1000, 1000.0]
    assert thinned([(1, 2.0)]) == [[1, 2.0]]
    assert thinned([]) == []
