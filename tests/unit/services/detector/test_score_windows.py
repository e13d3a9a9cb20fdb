"""Verdicts from evidence: learning never flags, a ready stream does, a sequence is measured by the reference."""

import math
from pathlib import Path

import numpy as np
import pytest

from services.detector.score_windows import _REASON_OF, Budget, Judge, flag_of, severity_of
from shared.core.baseline import Baseline
from shared.core.evidence import VALUE_SLOTS, WindowEvidence
from shared.core.records import Event, Level, Severity, VerdictState, Window
from shared.core.reference import Reference
from shared.core.scorers import SCORERS

DIM = 16
VECTORS = np.linalg.qr(np.random.default_rng(0).normal(size=(DIM, DIM)))[0].astype(np.float32)


def a_window(templates: list[int], seed: int = 0, trouble: float = 0.03, surprise: float = 0.4) -> WindowEvidence:
    rng = np.random.default_rng(seed)
    vectors = VECTORS[templates]
    return WindowEvidence(
        template_ids=np.array(templates, dtype=np.uint64),
        vectors=vectors,
        trouble=np.full(len(templates), trouble, dtype=np.float32),
        surprise=(surprise + 0.05 * rng.random(len(templates))).astype(np.float32),
        head=float(0.05 + 0.01 * rng.random()),
        embedding=(vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))).astype(np.float32),
        values=np.full((len(templates), VALUE_SLOTS), np.nan, dtype=np.float32),
        gaps=np.full(len(templates), np.nan, dtype=np.float32),
    )


def normal(count: int) -> list[WindowEvidence]:
    return [a_window(sorted(np.random.default_rng(i).integers(0, 8, size=10).tolist()), i) for i in range(count)]


def windows(count: int, first: int = 0) -> list[Window]:
    return [Window("app", tuple(range(10 * i, 10 * i + 10)), "fixed:10") for i in range(first, first + count)]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge("m1", Reference.of(normal(400)), Budget(stream=0.001, sequence=0.01))


def test_a_learning_stream_scores_and_never_flags(judge: Judge) -> None:
    evidence = [*normal(20), a_window([9] * 10, trouble=0.999, surprise=9.0)]
    verdicts, after, _ = judge.judge(windows(21), evidence, Baseline(50), 0, is_sequence=False)
    assert {v.state for v in verdicts} == {VerdictState.LEARNING}
    assert verdicts[-1].score > 0.9 and verdicts[-1].severity is None
    assert after.progress == (21, 50)


def test_the_window_after_the_last_learnt_one_is_judged(judge: Judge) -> None:
    evidence = [*normal(60), a_window([0, 1, 2, 3, 4, 5, 6, 7, 7, 15], trouble=0.95, surprise=4.0)]
    verdicts, after, _ = judge.judge(windows(61), evidence, Baseline(60), 7, is_sequence=False)
    assert [v.state for v in verdicts[:60]] == [VerdictState.LEARNING] * 60
    assert verdicts[0].baseline_version == 7 and verdicts[60].baseline_version == 8
    assert verdicts[60].state is VerdictState.FLAGGED
    assert after.is_ready


def test_a_flag_names_its_reasons_and_its_lines(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    strange = a_window([0, 1, 2, 3, 15, 4, 5, 6, 7, 7])
    (verdict,), _, _ = judge.judge(windows(1), [strange], baseline, 1, is_sequence=False)
    assert verdict.state is VerdictState.FLAGGED
    novelty = next(r for r in verdict.reasons if r.code == "new_template")
    assert novelty.events == (4,)
    assert int(np.argmax(verdict.event_surprise)) == 4


def test_a_few_windows_do_not_move_a_baseline_that_is_ready(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    waiting: list[WindowEvidence] = []
    _, after, _ = judge.judge(windows(5), normal(5), baseline, 1, is_sequence=False, waiting=waiting)
    assert after is baseline
    assert len(waiting) == 5


def test_what_passes_unflagged_is_learnt_when_enough_of_it_waits(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    strange = a_window([0, 1, 2, 3, 15, 4, 5, 6, 7, 7])
    waiting = normal(55)
    evidence = [*normal(3), strange, *normal(10)]
    verdicts, after, _ = judge.judge(windows(14), evidence, baseline, 1, is_sequence=False, waiting=waiting)
    assert verdicts[3].state is VerdictState.FLAGGED
    assert after.is_ready and len(after.windows) == 60 + 60
    assert 15 not in {int(t) for w in after.windows for t in w.template_ids}
    assert [v.baseline_version for v in verdicts] == [1] * 6 + [2] * 8
    assert len(waiting) == 8


def test_a_short_baseline_is_held_to_what_it_can_tell_and_a_sequence_to_its_budget(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    (verdict,), _, _ = judge.judge(windows(1), normal(1), baseline, 1, is_sequence=False)
    assert verdict.threshold == pytest.approx(-math.log(math.sqrt(0.001 / 61)), abs=1e-3)
    (verdict,), _, _ = judge.judge(windows(1), normal(1), baseline, 1, is_sequence=True)
    assert verdict.threshold == pytest.approx(-math.log(0.01), abs=1e-3)


def test_half_is_the_threshold(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    verdicts, _, _ = judge.judge(windows(80), normal(80), baseline, 1, is_sequence=False)
    for verdict in verdicts:
        assert (verdict.score > 0.5) == (verdict.strangeness > verdict.threshold)


def test_a_sequence_is_judged_without_a_stream(judge: Judge) -> None:
    calm, loud = normal(1)[0], a_window([1, 2], trouble=0.999, surprise=6.0)
    verdicts, after, _ = judge.judge(windows(2), [calm, loud], Baseline(60), 0, is_sequence=True)
    assert [v.state for v in verdicts] == [VerdictState.NORMAL, VerdictState.FLAGGED]
    assert after.progress == (0, 60)


def test_words_of_trouble_lift_the_severity() -> None:
    assert severity_of(0.6, 0.1) is Severity.LOW
    assert severity_of(0.6, 0.9) is Severity.MEDIUM
    assert severity_of(0.99, 0.1) is Severity.HIGH
    assert severity_of(0.99, 0.9) is Severity.CRITICAL


def test_surprise_is_never_negative(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    harmless = [a_window([0, 1, 2], trouble=1e-6), *normal(5)]
    for is_sequence in (False, True):
        verdicts, _, _ = judge.judge(windows(6), harmless, baseline, 1, is_sequence)
        assert all(surprise >= 0 for verdict in verdicts for surprise in verdict.event_surprise)


def test_windows_that_are_flagged_or_excused_are_not_calm(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    batch = [*normal(2), a_window([15] * 10)]
    *_, steps = judge.judge(windows(3), batch, baseline, 1, is_sequence=False)
    assert [step.is_calm for step in steps] == [True, True, False]
    verdicts, _, steps = judge.judge(windows(3), batch, baseline.excusing(batch[2:]), 1, is_sequence=False)
    assert [v.state for v in verdicts] == [VerdictState.NORMAL] * 3
    assert [step.is_calm for step in steps] == [True, True, False]


def test_every_scorer_is_a_reason_that_the_api_documents() -> None:
    api = (Path(__file__).parents[4] / "docs/api.md").read_text(encoding="utf-8")
    assert set(_REASON_OF) == set(SCORERS)
    assert all(f"| `{code}` |" in api for code in {*_REASON_OF.values(), "distribution_changed"})


def test_a_flag_numbers_its_lines_from_one(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    (verdict,), _, _ = judge.judge(windows(1), [a_window([15] * 10)], baseline, 1, is_sequence=False)
    events = [Event(f"line {i}", f"line {i}", level=Level.WARN, source="app") for i in range(10)]
    flag = flag_of(verdict, events, now_ms=5)
    assert [e.number for e in flag.events] == list(range(1, 11))
    assert flag.events[3].text == "line 3" and flag.events[3].level == "warn" and flag.flagged_at_ms == 5


def test_a_change_for_good_is_said_once_and_learnt(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    changed = [a_window(sorted(np.random.default_rng(i).integers(8, 16, size=10).tolist()), i) for i in range(200)]
    verdicts, after, _ = judge.judge(windows(200), changed, baseline, 3, is_sequence=False)
    flagged = [v for v in verdicts if v.state is VerdictState.FLAGGED]
    announcing = [v for v in flagged if any(r.code == "distribution_changed" for r in v.reasons)]
    assert 15 <= len(flagged) <= 25
    assert len(announcing) == 1 and announcing[0] is flagged[-1]
    assert [v.state for v in verdicts[20:45]] == [VerdictState.LEARNING] * 25
    assert after.is_ready and verdicts[-1].baseline_version == 4


def test_a_flood_of_trouble_is_never_the_new_normal(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    burst = [a_window([8, 9, 10, 11, 12, 13, 14, 15, 8, 9], i, trouble=0.95) for i in range(150)]
    verdicts, after, _ = judge.judge(windows(150), burst, baseline, 3, is_sequence=False)
    assert {v.state for v in verdicts} == {VerdictState.FLAGGED}
    assert after.is_ready


def test_trouble_is_still_flagged_while_a_stream_learns_again(judge: Judge) -> None:
    baseline = Baseline(60).observe(normal(60))
    changed = [a_window(sorted(np.random.default_rng(i).integers(8, 16, size=10).tolist()), i) for i in range(40)]
    changed[30] = a_window([8, 9, 10, 11, 12, 13, 14, 15, 8, 9], 30, trouble=0.97)
    verdicts, after, _ = judge.judge(windows(40), changed, baseline, 3, is_sequence=False)
    assert verdicts[30].state is VerdictState.FLAGGED
    assert {v.state for v in (*verdicts[20:30], *verdicts[31:])} == {VerdictState.LEARNING}
    assert after.has_drifted
