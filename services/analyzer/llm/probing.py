"""Does a language model's server answer, and does it hold its output to a schema?

The question asks for a word that the schema forbids: whoever answers within the schema is held to it. One request,
for people to see (readiness, doctor); nothing is decided by it, every reply is checked. Nothing is raised.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.prompting import Prompt
from shared.errors import AnalysisFailed

ALLOWED = ("alpha", "beta", "gamma")
DEADLINE_S = 20.0
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"word": {"type": "string", "enum": list(ALLOWED)}},
    "required": ["word"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Probed:
    """enforces_schema  None: it did not answer; ``why`` says in our words"""

    model_id: str = ""
    enforces_schema: bool | None = None
    why: str = ""


def probe(model: LanguageModel, deadline_s: float = DEADLINE_S) -> Probed:
    """Ask once. A model that selects its answers cannot leave the schema, and needs no question."""
    if getattr(model, "selects_only", False):
        return Probed(model.name, True)
    question = Prompt(
        system="You are asked for one word.",
        head='Answer with exactly this JSON and nothing else: {"word": "banana"}',
        window="",
        tail="",
        lines={},
        language="en",
        schema=_SCHEMA,
        deadline_s=deadline_s,
    )
    try:
        reply = model.analyze(question)
    except AnalysisFailed as error:
        return Probed(why=str(error)[:120])
    return Probed(reply.model_id[:120], _is_allowed(reply.text))


def _is_allowed(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == {"word"} and value["word"] in ALLOWED
