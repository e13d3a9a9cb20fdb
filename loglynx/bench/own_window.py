"""How a user's stream is to be cut into windows, in any of the ways that people write it.

None -> 20 lines; 50; "fixed:50"; {"size": 50, "step": 10}; {"type" or "kind": "fixed", ...}; {"rule": "time:60"};
{"seconds": 60}. Raises ValueError for anything else.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from loglynx.bench.cutting import Cut, fixed
from shared.core.window_rules import WindowRule

DEFAULT_SIZE = 20
MAX_SIZE = 10_000
_SIZES = ("size", "lines", "length", "window_size", "n")
_STEPS = ("step", "stride", "slide")
_SECONDS = {"seconds": 1.0, "duration_s": 1.0, "duration": 1.0, "minutes": 60.0}


def read_window(spec: object) -> Cut:
    if spec is None or spec == {}:
        return fixed(DEFAULT_SIZE)
    if isinstance(spec, str):
        return _from_rule(spec)
    if isinstance(spec, (int, float)):
        return fixed(_count(spec))
    if not isinstance(spec, dict):
        raise ValueError("a window is a number, a rule or an object")
    if isinstance(spec.get("rule"), str):
        return _from_rule(spec["rule"])
    return _from_fields(spec)


def _from_rule(text: str) -> Cut:
    """Fixed and sliding windows are not bound to the size that the service can score at once; the others are."""
    kind, *numbers = text.strip().split(":")
    if kind == "fixed" and len(numbers) <= 1:
        return fixed(_count(numbers[0]) if numbers else DEFAULT_SIZE)
    if kind == "sliding" and len(numbers) in {1, 2}:
        return Cut(_count(numbers[0]), _count(numbers[1]) if numbers[1:] else 1)
    return Cut(rule=WindowRule.parse(text))


def _from_fields(spec: dict[str, Any]) -> Cut:
    kind = spec.get("kind", spec.get("type"))
    if kind is not None and not isinstance(kind, str):
        raise ValueError("the kind of a window is a word")
    for key, factor in _SECONDS.items():
        if key in spec and kind in {None, "time"}:
            return _from_seconds(spec[key], factor)
    if kind == "time" and "size" in spec:
        return _from_seconds(spec["size"], 1.0)
    size = next((_count(spec[key]) for key in _SIZES if key in spec), None)
    step = next((_count(spec[key]) for key in _STEPS if spec.get(key) is not None), None)
    match kind:
        case None | "fixed" | "sliding" | "tumbling" | "lines" | "count":
            size = DEFAULT_SIZE if size is None else size
            return Cut(size, step if step is not None else 1 if kind == "sliding" else size)
        case "session" if isinstance(spec.get("key"), str):
            return Cut(rule=WindowRule.parse(f"session:{spec['key']}:{float(spec.get('idle_s', 30)):g}"))
        case "adaptive" | "whole":
            return Cut(rule=WindowRule.parse(kind))
    raise ValueError("the kind of a window is fixed, sliding, time, session, adaptive or whole")


def _from_seconds(value: object, factor: float) -> Cut:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("the seconds of a window are a number")
    return Cut(rule=WindowRule("time", seconds=float(value) * factor))


def _count(value: object) -> int:
    if isinstance(value, str):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value) or value != int(value):
        raise ValueError("a number of lines is a whole number")
    if not 1 <= value <= MAX_SIZE:
        raise ValueError(f"a window holds 1 to {MAX_SIZE} lines")
    return int(value)
