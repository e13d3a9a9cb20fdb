"""Scores to p-values to one strangeness: valid on normal windows, and nobody who is certain is outvoted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evidence_cases import a_table, a_window, changing_windows, normal_windows

from shared.core.calibration import SMALLEST_P, resolved
from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.fusion import AGREEMENT, FEWEST_RECENT, FOLDS, Calibration, FittedScorers, fuse, unfitted_scores
from shared.core.scorers import COURSE, FUSED, SCORERS

REMEMBERING = [name for name, aspect in SCORERS.items() if aspect.prequential]
SEEDS = range(6)


def a_judge(seed: int = 0, count: int = 250, names: tuple[str, ...] = FUSED) -> tuple[Calibration, FittedScorers]:
    windows = normal_windows(count, seed)
    return Calibration.of(windows, names=names), FittedScorers(EvidenceTable(windows), names)


@pytest.fixture(scope="module")
def judge() -> tuple[Calibration, FittedScorers]:
    return a_judge()


def said(**p: float) -> dict[str, np.ndarray]:
    """p-values of all fused scorers for one window: 1 unless given."""
    return {name: np.array([p.get(name, 1.0)]) for name in FUSED}


def strangeness_of(judge: tuple[Calibration, FittedScorers], *windows: WindowEvidence) -> list[float]:
    calibration, fitted = judge
    return calibration.judge(fitted, EvidenceTable(windows)).strangeness.tolist()


@pytest.mark.parametrize("name", FUSED)
def test_a_scorer_that_is_certain_is_not_outvoted(name: str) -> None:
    p = 1e-9
    (fused,) = fuse(said(**{name: p}))
    share = SCORERS[name].weight / sum(SCORERS[other].weight for other in FUSED)
    assert fused >= -math.log(p) + math.log(share) - 1e-9
    assert fused > -math.log(1e-7)


def test_the_fusion_lies_between_the_largest_and_the_smallest() -> None:
    rng = np.random.default_rng(0)
    p = {name: rng.uniform(1e-6, 1.0, size=500) for name in FUSED}
    all_of_them = np.stack(list(p.values()))
    fused = np.exp(-fuse(p))
    assert (fused >= all_of_them.min(axis=0) - 1e-12).all() and (fused <= all_of_them.max(axis=0) + 1e-12).all()


def test_many_who_see_a_little_are_stranger_than_one_who_does() -> None:
    (one,), (many,) = fuse(said(counts=0.01)), fuse(dict.fromkeys(FUSED, np.array([0.01])))
    assert many == pytest.approx(-(1.0 + AGREEMENT) * math.log(0.01)) and one < many


def test_nobody_seeing_anything_is_no_strangeness() -> None:
    assert fuse(said()).tolist() == pytest.approx([0.0])


def test_the_fusion_never_falls_when_one_becomes_stranger() -> None:
    fused = [float(fuse(said(order=p, head=0.2))[0]) for p in (1.0, 0.5, 0.1, 1e-3, 1e-6, SMALLEST_P)]
    assert fused == sorted(fused)


def test_scorers_without_weight_speak_where_they_are_alone_and_nowhere_else() -> None:
    asked = [name for name, aspect in SCORERS.items() if aspect.weight == 0]
    assert asked
    alone = {name: np.array([1e-4]) for name in asked}
    assert fuse(alone).tolist() == pytest.approx([-(1.0 + AGREEMENT) * math.log(1e-4)])
    assert fuse({**said(head=0.1), **alone}).tolist() == pytest.approx(fuse(said(head=0.1)).tolist())


def test_normal_windows_keep_near_the_budget() -> None:
    """Realised false alarms over seeds. The fusion is calibrated by p-values that hold their own window, which takes
    small budgets for larger ones; leaving each out keeps them and silences short learnings (docs/experiments.md)."""
    p = np.array([])
    for seed in SEEDS:
        calibration, fitted = a_judge(seed)
        judged = calibration.judge(fitted, EvidenceTable(normal_windows(500, seed + 1_000)))
        p = np.append(p, np.exp(-judged.strangeness))
    for budget in (0.1, 0.05, 0.01):
        assert np.mean(p <= budget) <= 4 * budget, budget
    assert np.mean(p <= 0.001) <= 0.01


def test_each_scorers_p_values_keep_to_it_too() -> None:
    p: dict[str, list[float]] = {name: [] for name in SCORERS}
    for seed in SEEDS:
        calibration, fitted = a_judge(seed, 200, tuple(SCORERS))
        judged = calibration.judge(fitted, EvidenceTable(normal_windows(300, seed + 1_000)))
        for name, found in judged.p_values.items():
            p[name] += found.tolist()
    for name, found in p.items():
        assert min(found) >= SMALLEST_P and max(found) <= 1.0
        for budget in (0.1, 0.02):
            assert np.mean(np.array(found) <= budget) <= 2 * budget, (name, budget)


@pytest.mark.parametrize(
    ("component", "strange"),
    [
        ("novelty", a_window([0, 1, 2, 66, 3, 4, 1, 2, 3, 5])),
        ("counts", a_window([0, 1, 1, 2, 66, 66, 66, 66, 66, 5])),
        ("relations", a_window([0, 0, 0, 0, 1, 2, 3, 5, 5, 5])),
        ("order", a_window([5, 1, 2, 3, 4, 1, 2, 3, 4, 0])),
        ("value", a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], values={3: (2_000.0, 200.0)})),
        ("words", a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], trouble={4: 0.99})),
        ("context", a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], surprise=6.0)),
        ("head", a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], head=0.95)),
        ("knn", a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], embedding=a_window([44]).embedding)),
        ("rarity", a_window([0, *range(60, 68), 5])),
    ],
)
def test_what_one_scorer_notices_the_fusion_notices(
    component: str, strange: WindowEvidence, judge: tuple[Calibration, FittedScorers]
) -> None:
    calibration, fitted = judge
    normal = calibration.judge(fitted, EvidenceTable(normal_windows(300, 7)))
    judged = calibration.judge(fitted, a_table(strange))
    assert judged.p_values[component][0] < 0.005
    assert judged.strangeness[0] > np.quantile(normal.strangeness, 0.99)
    assert judged.raw[0] > np.quantile(normal.raw, 0.99)


def visits_with_bad_words(count: int, seed: int) -> list[WindowEvidence]:
    """Daily life in which one window in thirty says something terrible, each time another template."""
    rng = np.random.default_rng(seed)
    return [
        a_window([0, 1, 2, 3, 4, 100 + row, 1, 2, 3, 5], trouble={5: 0.995})
        if row % 30 == 0
        else a_window([0, 1, 2, 3, 4, *rng.permutation([1, 2, 3, 4]).tolist(), 5])
        for row in range(count)
    ]


def test_bad_words_in_daily_life_do_not_hide_a_window_made_of_the_wrong_lines() -> None:
    windows = visits_with_bad_words(300, 0)
    halved = a_table(a_window([0, 1, 2, 1, 2, 1, 2, 1, 2, 5]))
    fitted = FittedScorers(EvidenceTable(windows), FUSED)
    both = Calibration.of(windows, names=FUSED)
    one = Calibration.of(windows, names=FUSED, weights={name: SCORERS[name].weight for name in FUSED})
    threshold = resolved(0.001, len(windows))
    assert len(both.opinions) == 2 and len(one.opinions) == 1
    assert both.judge(fitted, halved).raw[0] > both.fused.threshold(threshold)
    assert one.judge(fitted, halved).raw[0] < one.fused.threshold(threshold)


@pytest.mark.parametrize("names", [COURSE, ("value",), ("head", "value", "words")])
def test_there_is_no_second_opinion_where_it_would_be_the_first_or_nobodys(names: tuple[str, ...]) -> None:
    calibration, fitted = a_judge(0, 60, names)
    judged = calibration.judge(fitted, EvidenceTable(normal_windows(20, 1)))
    assert len(calibration.opinions) == 1
    if "words" not in names:
        assert judged.raw.tolist() == pytest.approx(fuse(judged.p_values).tolist())


def test_the_raw_value_orders_what_is_equally_far_out(judge: tuple[Calibration, FittedScorers]) -> None:
    bad, worse = a_window([0, *[66] * 8, 5]), a_window([0, *range(60, 68), 5], head=0.99, surprise=9.0, trouble=0.99)
    calibration, fitted = judge
    judged = calibration.judge(fitted, a_table(bad, worse))
    assert judged.raw[1] > judged.raw[0]


def test_the_line_that_is_out_of_place_is_the_strangest(judge: tuple[Calibration, FittedScorers]) -> None:
    calibration, fitted = judge
    windows = [
        a_window([0, 1, 2, 3, 66, 4, 1, 2, 3, 5]),
        a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], trouble={7: 0.99}),
        a_window([0, 1, 2, 3, 4, 1, 2, 3, 4, 5], values={2: (5_000.0, 200.0)}),
    ]
    lines = calibration.judge(fitted, EvidenceTable(windows)).lines
    assert (lines >= 0).all()
    assert [part.argmax() for part in np.split(lines, 3)] == [4, 7, 2]


def test_windows_are_judged_one_by_one(judge: tuple[Calibration, FittedScorers]) -> None:
    windows = [*normal_windows(10, 3), a_window([0, *[66] * 8, 5]), a_window([1, 2])]
    together = strangeness_of(judge, *windows)
    assert together == pytest.approx([strangeness_of(judge, window)[0] for window in windows], rel=1e-4, abs=1e-4)


def test_a_scorer_that_only_sees_whole_windows_may_be_asked_alone() -> None:
    calibration, fitted = a_judge(0, 60, ("knn",))
    judged = calibration.judge(fitted, EvidenceTable(normal_windows(3, 1)))
    assert judged.lines.tolist() == [0.0] * 30


def test_the_same_windows_give_the_same_judgement() -> None:
    table = EvidenceTable(normal_windows(50, 9))
    (one, fitted), (other, again) = a_judge(3, 120), a_judge(3, 120)
    first, second = one.judge(fitted, table), other.judge(again, table)
    assert np.array_equal(first.strangeness, second.strangeness)
    assert np.array_equal(first.lines, second.lines)
    assert all(np.array_equal(first.p_values[name], second.p_values[name]) for name in FUSED)


def test_a_scorer_with_nothing_to_say_is_sure_of_nothing(judge: tuple[Calibration, FittedScorers]) -> None:
    """A short window has no shape: NaN becomes p = 1, and the rest decide."""
    calibration, fitted = judge
    judged = calibration.judge(fitted, a_table(a_window([0, 1, 2])))
    assert [judged.p_values[name][0] for name in ("head", "knn", "length")] == [1.0, 1.0, 1.0]
    assert np.isfinite(judged.strangeness).all()


def test_scores_to_calibrate_by_come_from_scorers_that_did_not_see_the_window() -> None:
    windows = changing_windows(43, 1)
    rest = [name for name in SCORERS if name not in REMEMBERING]
    found = unfitted_scores(windows, EvidenceTable(windows), rest)
    for fold in range(FOLDS):
        others = [window for row, window in enumerate(windows) if row % FOLDS != fold]
        held = [row for row in range(len(windows)) if row % FOLDS == fold]
        expected = FittedScorers(EvidenceTable(others), rest).score(EvidenceTable([windows[row] for row in held]))
        for name in rest:
            assert np.array_equal(found[name][held], expected[name], equal_nan=True), name


def test_a_window_seen_by_its_scorer_would_look_too_usual() -> None:
    """Why they must not: the one odd window among the normal is odd only to those who did not learn it."""
    windows = [*normal_windows(60, 2), a_window([0, *[66] * 8, 5])]
    table = EvidenceTable(windows)
    for name in ("rarity", "words", "novelty", "knn"):
        unfitted = unfitted_scores(windows, table, [name])[name][-1]
        assert unfitted > FittedScorers(table, [name]).score(table)[name][-1], name


@pytest.mark.parametrize("name", REMEMBERING)
def test_a_remembering_scorer_is_calibrated_by_its_latest_windows(name: str) -> None:
    windows = normal_windows(300, 4)
    calibration = Calibration.of(windows, names=[name])
    kept = max(FEWEST_RECENT, int(SCORERS[name].recent_share * 300))
    found = unfitted_scores(windows, EvidenceTable(windows), [name])[name][-kept:]
    assert np.array_equal(calibration.tails[name].values, np.sort(found[~np.isnan(found)]))


def test_windows_kept_from_before_are_known_and_remembering_starts_anew() -> None:
    before, after = normal_windows(60, 5), normal_windows(100, 6)
    calibration = Calibration.of([*before, *after], first=60)
    assert len(calibration.tails["order"].values) <= 100, "what remembers starts anew"
    assert len(calibration.tails["rarity"].values) == 160, "what describes knows both lives"
    assert len(calibration.fused.values) <= 100


def test_a_calibration_of_few_windows_repeats_itself() -> None:
    windows = normal_windows(FOLDS + 1, 0)
    table = EvidenceTable(normal_windows(5, 1))
    judged = [
        Calibration.of(windows).judge(FittedScorers(EvidenceTable(windows)), table).strangeness for _ in range(3)
    ]
    assert np.isfinite(judged[0]).all()
    assert np.array_equal(judged[0], judged[1]) and np.array_equal(judged[0], judged[2])


def test_weights_of_ones_own_say_whose_word_counts() -> None:
    p = {"knn": np.array([1e-6]), "ae": np.array([0.9])}
    heard, unheard = (float(fuse(p, weights)[0]) for weights in ({"knn": 9.0, "ae": 1.0}, {"knn": 1.0, "ae": 9e6}))
    assert heard > 10 > 1 > unheard
