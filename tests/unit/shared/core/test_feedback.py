"""Which feedback reaches what, and which of two that disagree holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.core.feedback import Feedback, FeedbackScope, FeedbackVerdict, Judged, standing_of, with_id

NOW = 1_700_000_000_000
FALSE_POSITIVE, CONFIRMED = FeedbackVerdict.FALSE_POSITIVE, FeedbackVerdict.CONFIRMED
WINDOW, TEMPLATE, STREAM = FeedbackScope
FLAG = Judged("app", "s1", frozenset({"t1"}), frozenset({"w9"}))


def said(verdict: FeedbackVerdict = FALSE_POSITIVE, scope: FeedbackScope = TEMPLATE, **facts: Any) -> Feedback:
    known: dict[str, Any] = {
        "feedback_id": f"f{verdict}{scope}", "stream": "app", "author": "ann", "key_id": "k1", "given_ms": NOW - 100,
        "incident_id": "i1", "signature": "s1", "templates": ("t1", "t2"), "windows": ("w1",),
    }  # fmt: skip
    return Feedback(verdict=verdict, scope=scope, **(known | facts))


def silencer(*feedback: Feedback, judged: Judged = FLAG, now_ms: int = NOW) -> str | None:
    found = standing_of(judged, feedback, now_ms).silenced_by
    return found.feedback_id if found else None


@pytest.mark.parametrize(
    ("scope", "judged", "is_silenced"),
    [
        (TEMPLATE, FLAG, True),
        (TEMPLATE, replace(FLAG, signature="other"), True),  # the same templates, read as another category
        (TEMPLATE, replace(FLAG, signature="other", templates=frozenset({"t1", "new"})), False),
        (TEMPLATE, replace(FLAG, signature="other", templates=frozenset()), False),
        (TEMPLATE, replace(FLAG, stream="other"), False),
        (WINDOW, FLAG, False),
        (WINDOW, replace(FLAG, windows=frozenset({"w1"})), True),
        (WINDOW, replace(FLAG, windows=frozenset()), False),
        (STREAM, replace(FLAG, signature="other", templates=frozenset({"new"})), True),
        (STREAM, replace(FLAG, stream="other"), False),
    ],
)
def test_a_false_positive_silences_within_its_scope_only(
    scope: FeedbackScope, judged: Judged, is_silenced: bool
) -> None:
    assert (silencer(said(scope=scope), judged=judged) is not None) == is_silenced


def test_it_ends_when_it_expires_and_when_it_is_taken_back() -> None:
    assert silencer(said(expires_ms=NOW + 1)) is not None
    assert silencer(said(expires_ms=NOW)) is None
    assert silencer(said(ended_ms=NOW - 1)) is None


@pytest.mark.parametrize("scope", [TEMPLATE, STREAM])
def test_a_confirmation_holds_against_anothers_broader_false_positive_however_late(scope: FeedbackScope) -> None:
    broader = said(scope=scope, key_id="k2", given_ms=NOW - 1)
    confirmed = said(CONFIRMED, WINDOW, given_ms=NOW - 1000)
    assert silencer(broader, confirmed) is None
    assert standing_of(FLAG, [broader, confirmed], NOW).is_protected
    assert silencer(broader, replace(confirmed, ended_ms=NOW - 5)) is not None


def test_of_equal_scopes_the_later_wins() -> None:
    confirmed = said(CONFIRMED, key_id="k2", given_ms=NOW - 50)
    assert silencer(said(), confirmed) is None
    assert silencer(said(given_ms=NOW - 10), confirmed) is not None


def test_a_narrower_false_positive_holds_against_anothers_confirmation_of_the_whole_stream() -> None:
    assert silencer(said(), said(CONFIRMED, STREAM, key_id="k2", given_ms=NOW - 1)) is not None


def test_people_mean_what_they_said_last_whatever_the_scope() -> None:
    confirmed = said(CONFIRMED, WINDOW)
    assert silencer(confirmed, said(scope=STREAM, given_ms=NOW - 1)) is not None
    assert silencer(confirmed, said(scope=STREAM, given_ms=NOW - 1000)) is None
    assert (
        silencer(confirmed, said(scope=STREAM, given_ms=NOW - 1, author="bob")) is None
    )  # the key alone is not enough


def test_another_class_is_an_anomaly_too_and_a_missed_one_protects_nothing() -> None:
    late = said(key_id="k2", given_ms=NOW - 500)
    assert silencer(late, said(FeedbackVerdict.WRONG_CLASS)) is None
    assert silencer(late, said(FeedbackVerdict.MISSED)) is not None


def test_the_same_said_again_is_the_same_feedback() -> None:
    first = with_id(said())
    assert with_id(said(given_ms=NOW + 7, note="else", expires_ms=NOW + 9)).feedback_id == first.feedback_id
    others = [said(CONFIRMED), said(scope=WINDOW), said(key_id="k2"), said(author="bob"), said(incident_id="i2")]
    ids = {with_id(other).feedback_id for other in others}
    assert len(ids) == len(others)
    assert first.feedback_id not in ids
    assert len(first.feedback_id) == 17
