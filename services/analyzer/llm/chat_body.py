"""The body of a chat completion, and what of it a server may not take.

Servers differ: vLLM and llama.cpp constrain their output to a JSON schema, hosted ones refuse words they do not know,
others take the parameter and ignore it. A body is built with a set of ``Feature``; what a server declines is left
out, by what its answer names, else in order of how little it is missed.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from services.analyzer.reply_schema import without_extensions
from shared.errors import AnalysisFailed

MAX_TOKENS = 700


class Feature(StrEnum):
    """What a body may ask for, in the order in which it is given up."""

    NO_THINKING = "no_thinking"  # Qwen3: chat_template_kwargs.enable_thinking
    EXTENSIONS = "extensions"  # x-guidance inside the schema
    SCHEMA = "schema"
    JSON = "json"  # only used without SCHEMA


_NAMED: tuple[tuple[str, frozenset[Feature]], ...] = (
    ("chat_template_kwargs", frozenset((Feature.NO_THINKING,))),
    ("enable_thinking", frozenset((Feature.NO_THINKING,))),
    ("x-guidance", frozenset((Feature.EXTENSIONS,))),
    ("json_schema", frozenset((Feature.EXTENSIONS, Feature.SCHEMA))),
    ("response_format", frozenset((Feature.EXTENSIONS, Feature.SCHEMA, Feature.JSON))),
)


def features_for(model: str) -> frozenset[Feature]:
    """What to try first. Only Qwen3's template knows the switch for thinking."""
    thinks = "qwen3" in model.lower().replace("-", "").replace("_", "")
    return frozenset(Feature) if thinks else frozenset(Feature) - {Feature.NO_THINKING}


def without_declined(features: frozenset[Feature], complaint: str) -> frozenset[Feature]:
    """What is left after a server has declined with ``complaint``; the same set when nothing can be left out."""
    for name, declined in _NAMED:
        if name in complaint and features & declined:
            return features - declined
    first = next((feature for feature in Feature if feature in features), None)
    return features - {first} if first else features


def chat_body(
    model: str, messages: list[dict[str, str]], schema: dict[str, Any], features: frozenset[Feature]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "stream": False,
    }
    if Feature.SCHEMA in features:
        asked = schema if Feature.EXTENSIONS in features else without_extensions(schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "analysis", "strict": True, "schema": asked},
        }
    elif Feature.JSON in features:
        body["response_format"] = {"type": "json_object"}
    if Feature.NO_THINKING in features:
        body["chat_template_kwargs"] = {"enable_thinking": False}
    return body


def content_of(answer: bytes) -> tuple[str, str]:
    """(the first choice's text, what the server says it ran). Raises AnalysisFailed for anything else."""
    try:
        reply = json.loads(answer)
        content = reply["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise AnalysisFailed("not a chat completion") from error
    if not isinstance(content, str):
        raise AnalysisFailed("a chat completion without text")
    model = reply.get("model")
    return content, model if isinstance(model, str) else ""
