"""What a model may say, in which order, and that one window's choices are in its schema."""

from __future__ import annotations

import json

from flag_builders import among_calm

from services.analyzer.evidence_pack import pack_evidence
from services.analyzer.reply_schema import MAX_OFFERED, reply_schema, schema_for, without_extensions
from services.analyzer.schemas import Analysis, Entity

ORDER = [
    "evidence", "entities", "category", "severity", "confidence", "title", "explanation", "probable_cause",
    "actions", "ruled_out",
]  # fmt: skip


def test_claims_follow_what_they_rest_on() -> None:
    assert list(reply_schema()["properties"]) == ORDER
    assert reply_schema()["required"] == ORDER
    assert [name for name in Analysis.model_fields if name in ORDER] == ORDER


def test_one_windows_lines_and_names_are_the_only_choices() -> None:
    schema = schema_for(pack_evidence(among_calm("ERROR cart-service - refused: 10.3.4.5:6379")).spans)
    properties = schema["properties"]
    assert properties["evidence"]["items"]["enum"] == [1, 2, 3, 4]
    assert "10.3.4.5:6379" in properties["entities"]["items"]["properties"]["span"]["enum"]
    assert schema["x-guidance"] == {"whitespace_flexible": False}
    assert without_extensions(schema).keys() == reply_schema().keys()


def test_a_window_that_names_nothing_takes_no_entity() -> None:
    assert schema_for({1: ()})["properties"]["entities"]["maxItems"] == 0
    assert json.dumps(schema_for({}))


def test_the_choices_are_bounded() -> None:
    spans = {n: tuple(Entity(line=n, span=f"10.0.{n}.{i}") for i in range(12)) for n in range(1, 33)}
    span = schema_for(spans)["properties"]["entities"]["items"]["properties"]["span"]
    assert len(span["enum"]) == MAX_OFFERED
