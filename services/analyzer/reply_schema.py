"""The JSON schema of a model's reply: what it may say, and in which order.

The order is the order of thought: the lines, what they name, then the category, and words last; each claim follows
what it rests on. ``reply_schema`` is the same for every window (it stands in the instructions, so that a server can
reuse its cache); ``schema_for`` narrows it to one window's line numbers and names, so that constrained decoding can
only pick from what is there.
"""

from __future__ import annotations

from typing import Any

from services.analyzer.schemas import Entity
from shared.core.actions import ACTIONS
from shared.core.taxonomy import Category

MAX_EVIDENCE = 5
MAX_ENTITIES = 6
MAX_RULED_OUT = 2
MAX_ACTIONS = 4
MAX_SPAN_CHARS = 160
# A longer list of choices costs a server more to compile than it saves.
MAX_OFFERED = 60


def reply_schema() -> dict[str, Any]:
    """What holds for every window."""
    return _schema({"type": "integer", "minimum": 1}, {"type": "string", "maxLength": MAX_SPAN_CHARS}, MAX_ENTITIES)


def schema_for(spans: dict[int, tuple[Entity, ...]]) -> dict[str, Any]:
    """What holds for one window: ``spans`` are the names in each of its shown lines."""
    line = {"type": "integer", "enum": sorted(spans) or [1]}
    offered = list(dict.fromkeys(entity.span for entities in spans.values() for entity in entities))[:MAX_OFFERED]
    span: dict[str, Any] = {"type": "string", "enum": offered} if offered else {"type": "string", "maxLength": 1}
    # llguidance only: without it a small model may write blanks for ever
    return {**_schema(line, span, MAX_ENTITIES if offered else 0), "x-guidance": {"whitespace_flexible": False}}


def without_extensions(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema for servers that refuse words that JSON Schema does not know."""
    return {key: value for key, value in schema.items() if not key.startswith("x-")}


def _schema(line: dict[str, Any], span: dict[str, Any], entities: int) -> dict[str, Any]:
    text = {"type": "string"}
    category = {"type": "string", "enum": [category.value for category in Category]}
    return _object(
        {
            "evidence": _array(line, MAX_EVIDENCE),
            "entities": _array(_object({"line": line, "span": span}), entities),
            "category": category,
            "severity": {"type": "string", "enum": ["low", "medium", "high", "critical"]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "title": {**text, "maxLength": 120},
            "explanation": {**text, "maxLength": 800},
            "probable_cause": {**text, "maxLength": 400},
            "actions": _array({"type": "string", "enum": sorted(ACTIONS)}, MAX_ACTIONS),
            "ruled_out": _array(category, MAX_RULED_OUT),
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _array(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}
