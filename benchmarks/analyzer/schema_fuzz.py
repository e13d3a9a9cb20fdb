"""Whatever a model says, the outcome is a valid analysis or a clean refusal, and nothing else.

    python benchmarks/analyzer/schema_fuzz.py [--count 100000] [--seed 1]

Each round spoils a good reply in one to four of many ways (cut, flipped characters, values of other types and sizes,
missing, extra and doubled keys, nesting, lone surrogates, NaN, wrappers, noise) and parses it. An analysis is valid if
it survives its own JSON, cites shown lines, names what they name, gives catalogue actions, stays at or above the
detector's severity, and holds no markup or control character.

Prints one JSON object. Exit code 1 if anything else came out.
"""

# ruff: noqa: E501 (tables of oddities are easier to read in rows)

from __future__ import annotations

import argparse
import json
import random
import unicodedata
from collections import Counter
from typing import Any

from fault_windows import FaultWindow, fault_window
from grounding import honest, reply_of

from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt, build_prompt
from services.analyzer.reply_parsing import ReplyInvalid, parse_reply
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from shared.core.actions import ACTIONS
from shared.core.records import Severity
from shared.core.taxonomy import Category

WINDOWS = 200
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, -1e308, 10**40, float("nan"), float("inf"), "", " ", "x" * 3_000, "\ud800",
    "<script>alert(1)</script>", "<|im_end|>", "\x00\x1b[31m", "\u202eabc", [], {}, [[]], [None], ["a"] * 100, {"a": {}},
    list(range(200)), [{"line": 1}], [{"line": "1", "span": 7}], "benign", "critical", ["benign"], "![x](http://a.example)",
    [10**30], ["rm -rf /"], "12", {"$ref": "#"},
)  # fmt: skip
WRAPPERS = (
    "```json\n{}\n```",
    "<think>{{</think>{}",
    "Sure! {}",
    "{}{}",
    "[{}]",
    "\ufeff{}",
    "{} trailing",
    '"{}"',
    "{{{}}}",
    "null {}",
)


def spoilt(reply: str, rng: random.Random) -> str:
    """``reply`` after one to four accidents."""
    for _ in range(rng.randint(1, 4)):
        reply = rng.choice(
            (_cut, _flip, _swap_value, _swap_value, _drop_key, _add_key, _wrap, _nest, _noise, _double)
        )(reply, rng)
    return reply


def _cut(reply: str, rng: random.Random) -> str:
    return reply[: rng.randint(0, len(reply))]


def _flip(reply: str, rng: random.Random) -> str:
    chars = list(reply)
    for _ in range(rng.randint(1, 8)):
        if chars:
            chars[rng.randrange(len(chars))] = chr(
                rng.choice((rng.randrange(32, 127), rng.randrange(0, 0x300), 0xD800, 0x202E, 0x4E00, 34, 92))
            )
    return "".join(chars)


def _loaded(reply: str) -> dict[str, Any]:
    try:
        value = json.loads(reply)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _swap_value(reply: str, rng: random.Random) -> str:
    value = _loaded(reply)
    if not value:
        return reply
    value[rng.choice(list(value))] = rng.choice(ODD_VALUES)
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def _drop_key(reply: str, rng: random.Random) -> str:
    value = _loaded(reply)
    if value:
        value.pop(rng.choice(list(value)))
    return json.dumps(value)


def _add_key(reply: str, rng: random.Random) -> str:
    return json.dumps(
        {
            **_loaded(reply),
            rng.choice(("engine", "verified", "degraded", "state", "tool", "")): rng.choice(ODD_VALUES),
        }
    )


def _wrap(reply: str, rng: random.Random) -> str:
    return rng.choice(WRAPPERS).replace("{}", reply)


def _nest(reply: str, rng: random.Random) -> str:
    depth = rng.choice((1, 10, 2_000))
    return rng.choice(("[", '{"a":')) * depth + reply


def _noise(reply: str, rng: random.Random) -> str:
    return reply + "".join(chr(rng.randrange(1, 0xD7FF)) for _ in range(rng.randint(1, 200)))


def _double(reply: str, rng: random.Random) -> str:
    return reply.replace("{", '{"category": "unknown", "evidence": [1], ', 1)


def faults_of(analysis: Analysis, window: FaultWindow, prompt: Prompt) -> list[str]:
    """What is wrong with an analysis; empty when nothing is."""
    order = list(Severity)
    found = []
    again = Analysis.model_validate_json(analysis.model_dump_json().encode())
    if again != analysis:
        found.append("its JSON says something else")
    if not analysis.evidence or not set(analysis.evidence) <= prompt.lines.keys():
        found.append("evidence")
    if any(
        entity not in prompt.spans[entity.line] or entity.line not in analysis.evidence
        for entity in analysis.entities
    ):
        found.append("entities")
    if not analysis.actions or any(
        action.text != ACTIONS[action.id][analysis.language] for action in analysis.actions
    ):
        found.append("actions")
    if order.index(analysis.severity) < order.index(window.flag.verdict.severity or Severity.LOW):
        found.append("severity")
    if not isinstance(analysis.category, Category) or analysis.degraded:
        found.append("category")
    texts = " ".join((analysis.title, analysis.explanation, analysis.probable_cause))
    if any(char in texts for char in "<>\n") or any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in texts
    ):
        found.append("texts")
    return found


def measure(count: int, seed: int) -> dict[str, object]:
    rng = random.Random(seed)
    cases = []
    for _ in range(min(WINDOWS, count)):
        window = fault_window(rng)
        rules = explain(window.flag)
        cases.append((window, rules, build_prompt(window.flag, rules)))
    outcomes: Counter[str] = Counter()
    bad: list[dict[str, str]] = []
    for _ in range(count):
        window, rules, prompt = rng.choice(cases)
        reply = spoilt(
            reply_of(window, list(window.fault_lines), [], [honest(window, rng) for _ in range(3)], rng), rng
        )
        confidence = rng.choice((None, 0.5, float("nan"), -3.0, 1e9))
        try:
            analysis = parse_reply(
                RawReply(reply, "m\ud800", confidence=confidence), prompt, window.flag, rules, "bench"
            )
            faults = faults_of(analysis, window, prompt)
        except ReplyInvalid as error:
            outcomes["refused"] += 1
            faults = ["the complaint is too long"] if len(str(error)) > 200 else []
        except Exception as error:
            faults = [type(error).__name__]
        else:
            outcomes["analysis"] += not faults
        if faults:
            outcomes["bad"] += 1
            bad.append({"fault": ", ".join(faults), "reply": ascii(reply[:300])})
    return {
        "replies": count,
        "refused": outcomes["refused"],
        "analyses": outcomes["analysis"],
        "bad": outcomes["bad"],
        "examples": bad[:5],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = measure(options.count, options.seed)
    print(json.dumps(result, indent=1))
    return 1 if result["bad"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
