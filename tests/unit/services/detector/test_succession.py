"""A stream keeps a judge while models come and go."""

from __future__ import annotations

import numpy as np

from services.detector.succession import Standing
from shared.core.baseline import Baseline
from shared.core.evidence import VALUE_SLOTS, WindowEvidence
from shared.store.baselines import JUDGE, StreamBaselines

LEARN = 20
FRESH = Baseline(LEARN)


def windows(count: int) -> list[WindowEvidence]:
    draw = np.random.default_rng(count)

    def one() -> WindowEvidence:
        vectors = draw.normal(size=(3, 16)).astype(np.float32)
        return WindowEvidence(
            template_ids=draw.integers(0, 5, 3).astype(np.uint64),
            vectors=vectors,
            trouble=np.full(3, 0.1, np.float32),
            surprise=np.full(3, 0.1, np.float32),
            head=0.1,
            embedding=vectors[0],
            values=np.full((3, VALUE_SLOTS), np.nan, np.float32),
            gaps=np.full(3, np.nan, np.float32),
        )

    return [one() for _ in range(count)]


READY, HALF = FRESH.observe(windows(LEARN)), FRESH.observe(windows(LEARN // 2))
BLOBS = {id(READY): b"ready", id(HALF): b"half"}
READ = {b"ready": READY, b"half": HALF}.get


def standing(active: str, judge: str = "", **blobs: bytes) -> Standing:
    return Standing.of(StreamBaselines(judge, blobs), active, READ, FRESH).settled()


def test_a_new_stream_learns_with_the_active_model() -> None:
    new = standing("a")
    assert (new.judge, new.heir) == ("a", None)
    after, changed = new.after(HALF, []).stored_now(new)
    assert changed == {"a": HALF.to_bytes(), JUDGE: b"a"}
    assert after.stored_now(after) == (after, {})


def test_who_knows_the_stream_judges_on_while_the_active_model_learns() -> None:
    moving = standing("b", "a", a=b"ready")
    assert (moving.judge, moving.baseline, moving.heir) == ("a", READY, FRESH)
    after, changed = moving.after(READY, windows(5)).stored_now(moving)
    assert changed.keys() == {"b"}
    assert after.heir is not None
    assert after.heir.progress == (5, LEARN)
    assert after.judge == "a"


def test_the_heir_excuses_what_the_judge_excuses() -> None:
    moving = standing("b", "a", a=b"ready")
    heir = moving.after(READY, windows(5), windows(2)).heir
    assert heir is not None
    assert (len(heir.windows), len(heir.excused)) == (5, 2)
    assert standing("a", "a", a=b"ready").after(READY, [], windows(2)).heir is None


def test_the_events_of_both_baselines_count() -> None:
    moving = standing("b", "a", a=b"ready", b=b"half")
    assert moving.heir is not None
    assert moving.events == moving.baseline.events + moving.heir.events
    assert moving.succeeded().events == moving.heir.events > 0


def test_who_has_learnt_takes_over_between_batches_and_the_old_one_is_kept() -> None:
    moving = standing("b", "a", a=b"ready", b=b"half", old=b"ready")
    learnt, _ = moving.after(READY, windows(LEARN)).stored_now(moving)
    assert learnt.judge == "a", "not within a batch"
    taken = learnt.settled()
    assert (taken.judge, taken.heir) == ("b", None)
    after, changed = taken.after(taken.baseline, []).stored_now(taken)
    assert changed == {JUDGE: b"b", "old": None}
    assert after.kept == {"a"}


def test_a_rollback_finds_its_baseline_and_judges_at_once() -> None:
    back = standing("a", "b", a=b"ready", b=b"ready")
    assert (back.judge, back.baseline, back.heir) == ("a", READY, None)
    after, changed = back.after(READY, []).stored_now(back)
    assert changed == {JUDGE: b"a"}
    assert after.kept == {"b"}


def test_who_could_not_judge_yet_makes_way() -> None:
    for found in (standing("b", "a", a=b"half"), standing("b", "a", a=b"unreadable"), standing("b", "gone")):
        assert (found.judge, found.baseline, found.heir) == ("b", FRESH, None)


def test_an_heir_takes_over_where_the_judges_model_is_gone() -> None:
    moving = standing("b", "a", a=b"ready", b=b"half")
    alone = moving.succeeded()
    assert (alone.judge, alone.baseline, alone.heir) == ("b", HALF, None)


def test_baselines_of_before_there_were_models_are_dropped() -> None:
    found = standing("b", "", **{"7": b"ready", "8": b"ready"})
    _, changed = found.after(HALF, []).stored_now(found)
    assert changed == {"b": HALF.to_bytes(), JUDGE: b"b", "7": None, "8": None}


def test_a_baseline_that_came_with_the_active_model_judges_at_once_and_is_stored() -> None:
    known = Standing.of(StreamBaselines("a", {"a": b"ready"}), "b", READ, FRESH, READY).settled()
    assert (known.judge, known.baseline, known.heir) == ("b", READY, None)
    after, changed = known.after(READY, []).stored_now(known)
    assert changed == {"b": READY.to_bytes(), JUDGE: b"b"}
    assert "a" in after.kept, "a rollback finds what was there before"
    assert after.stored_now(after) == (after, {})


def test_what_was_learnt_here_outweighs_what_came_with_the_model() -> None:
    own = Standing.of(StreamBaselines("b", {"b": b"ready"}), "b", READ, FRESH, HALF)
    assert own.baseline is READY
    assert not own.is_given
