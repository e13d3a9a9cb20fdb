"""Whatever tokens a model likes best, what comes out fits the schema."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny_language_model import a_row, tiny_tokenizer

from services.analyzer.llm.token_guide import TokenGuides
from services.analyzer.reply_schema import schema_for
from shared.core.taxonomy import Category
from shared.errors import AnalysisFailed


@cache
def tokenizer() -> Any:
    return tiny_tokenizer([str(a_row(number)) for number in range(20)], 400)


@cache
def guides() -> TokenGuides:
    return TokenGuides(tokenizer(), len(tokenizer()) + 5, [tokenizer().eos_token_id])


SHORT = {
    "type": "object",
    "properties": {
        "evidence": {"type": "array", "items": {"type": "integer", "enum": [1, 2]}, "maxItems": 3},
        "category": {"type": "string", "enum": [category.value for category in Category]},
        "title": {"type": "string", "maxLength": 20},
    },
    "required": ["evidence", "category", "title"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("seed", range(20))
def test_random_choices_make_valid_replies(seed: int) -> None:
    guide, chance, ids = guides().guide(SHORT), random.Random(seed), []
    while not guide.is_over:
        token = chance.choice(np.flatnonzero(guide.allowed()).tolist())
        guide.accept(token)
        ids.append(token)
        assert len(ids) < 200
    reply = json.loads(tokenizer().decode(ids, skip_special_tokens=True))
    assert list(reply) == ["evidence", "category", "title"]
    assert set(reply["evidence"]) <= {1, 2}
    assert reply["category"] in Category._value2member_map_
    assert len(reply["title"]) <= 20


def test_a_token_against_the_schema_is_refused() -> None:
    guide = guides().guide(SHORT)
    forbidden = int(np.flatnonzero(~guide.allowed())[0])
    with pytest.raises(AnalysisFailed):
        guide.accept(forbidden)


def test_tokens_beyond_the_vocabulary_are_never_allowed() -> None:
    allowed = guides().guide(SHORT).allowed()
    assert allowed.shape == (len(tokenizer()) + 5,)
    assert not allowed[len(tokenizer()) :].any()


def test_the_analyzer_s_own_schema_compiles() -> None:
    assert guides().guide(schema_for({1: (), 2: ()})).allowed().any()


def test_a_schema_that_is_none_is_refused() -> None:
    with pytest.raises(AnalysisFailed, match="compiled"):
        guides().guide({"type": "no such type"})


def test_two_replies_of_one_schema_do_not_disturb_each_other() -> None:
    one, other = guides().guide(SHORT), guides().guide(SHORT)
    before = other.allowed()
    one.accept(int(np.flatnonzero(one.allowed())[0]))
    assert (other.allowed() == before).all()
