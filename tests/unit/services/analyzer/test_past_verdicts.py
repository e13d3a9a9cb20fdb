"""What people decided about the same trouble wins over an engine, openly and without lowering anything."""

from __future__ import annotations

import pytest
from flag_builders import among_calm

from services.analyzer.past_verdicts import PastIncident, weigh_past
from services.analyzer.rules import explain
from shared.core.records import Severity
from shared.core.taxonomy import Category

FLAG = among_calm("ERROR cart - connection refused: 10.3.4.5:6379", severity=Severity.HIGH)
ENGINE = explain(FLAG)


def decided(category: Category | None, at_ms: int = 1) -> PastIncident:
    return PastIncident("connection_failure", 3, at_ms, "muted", category, at_ms)


def test_a_verdict_wins_and_says_so() -> None:
    judged = weigh_past(ENGINE, FLAG, [decided(Category.BENIGN)])
    assert (judged.category, judged.decided_by) == (Category.BENIGN, "people")
    assert judged.ruled_out[0].category is Category.CONNECTION_FAILURE
    assert "1 of 1" in judged.ruled_out[0].reason
    assert judged.evidence == ENGINE.evidence
    assert "connection refused" in judged.explanation
    assert judged.actions[0].id == "no_action"


def test_a_verdict_never_lowers_the_severity() -> None:
    assert weigh_past(ENGINE, FLAG, [decided(Category.BENIGN)]).severity is ENGINE.severity


def test_without_a_verdict_nothing_changes() -> None:
    assert weigh_past(ENGINE, FLAG, []) == ENGINE
    assert weigh_past(ENGINE, FLAG, [decided(None)]) == ENGINE


def test_an_agreeing_verdict_keeps_the_text_and_raises_the_confidence() -> None:
    judged = weigh_past(
        ENGINE.model_copy(update={"confidence": 0.3}), FLAG, [decided(Category.CONNECTION_FAILURE)] * 3
    )
    assert (judged.title, judged.confidence, judged.decided_by) == (ENGINE.title, 0.8, "people")
    assert judged.ruled_out == ENGINE.ruled_out


@pytest.mark.parametrize(
    "verdicts, expected",
    [
        ([(Category.BENIGN, 1), (Category.DNS_FAILURE, 2)], Category.DNS_FAILURE),
        (
            [(Category.BENIGN, 1), (Category.BENIGN, 2), (Category.BENIGN, 3), (Category.DNS_FAILURE, 4)],
            Category.BENIGN,
        ),
        ([(Category.BENIGN, 1), (Category.BENIGN, 2), (Category.DNS_FAILURE, 3)], Category.DNS_FAILURE),
    ],
    ids=["the latest of two", "three against the latest", "a tie goes to the latest"],
)
def test_the_most_frequent_verdict_wins(verdicts: list[tuple[Category, int]], expected: Category) -> None:
    assert weigh_past(ENGINE, FLAG, [decided(*verdict) for verdict in verdicts]).category is expected


def test_the_reason_is_in_the_language_of_the_analysis() -> None:
    flag = among_calm("ERROR 购物车 - 连接 10.3.4.5:6379 被拒绝", language="zh")
    judged = weigh_past(explain(flag), flag, [decided(Category.BENIGN)])
    assert "人工" in judged.ruled_out[0].reason
    assert judged.language == "zh"
