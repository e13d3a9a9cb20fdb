"""What ends a reply: its schema, its deadline, or turning in circles."""

from __future__ import annotations

from typing import Any

from services.analyzer.llm.guided_generation import Reply
from shared.errors import AnalysisFailed


class Guide:
    """Allows every token but 13; over at token 0."""

    is_over = False

    def accept(self, token: int) -> None:
        if token == 13:
            raise AnalysisFailed("the reply left its schema")
        self.is_over = token == 0


def a_reply(end: float = 10.0) -> Reply:
    guide: Any = Guide()
    return Reply([1, 2], guide, end)


def test_a_complete_reply_is_over_without_a_failure() -> None:
    reply = a_reply()
    for token in (5, 6, 0):
        assert not reply.is_over
        reply.take(token, 1.0)
    assert (reply.is_over, reply.failure, reply.ids) == (True, "", [5, 6, 0])


def test_the_deadline_ends_a_reply_that_is_not_complete() -> None:
    reply = a_reply(end=2.0)
    reply.take(5, 1.9)
    assert not reply.is_over
    reply.take(6, 2.1)
    assert reply.failure == "no answer within the deadline"


def test_a_reply_that_is_complete_at_the_deadline_counts() -> None:
    reply = a_reply(end=2.0)
    reply.take(0, 2.1)
    assert (reply.is_over, reply.failure) == (True, "")


def test_circles_end_a_reply() -> None:
    reply = a_reply()
    for _ in range(48):
        assert not reply.is_over
        reply.take(7, 1.0)
    assert reply.failure == "the reply turns in circles"


def test_a_token_against_the_schema_ends_a_reply() -> None:
    reply = a_reply()
    reply.take(13, 1.0)
    assert (reply.failure, reply.ids) == ("the reply left its schema", [])
