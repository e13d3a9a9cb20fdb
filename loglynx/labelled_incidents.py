"""A user's labelled incidents as rows to tune on: the prompt that the analyzer asks, and the answer it should give.

``{"lines": ["...", ...], "label": "disk_full"}`` at least; also ``id``, ``lang``, ``split``, ``group``, ``evidence``
(numbers of events from 1), ``title``, ``explanation``, ``probable_cause``, ``severity``. What is left out is worded
as the rules do. Rows without a split are divided by group (by default: what the cited lines look like with their
variables masked), never row by row: a model that knows the template knows the answer.
Raises TuningRefused with file and row number; content is never repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from services.analyzer import wording
from services.analyzer.plain_text import clean_text
from services.analyzer.prompting import Prompt, build_prompt
from services.analyzer.reply_schema import MAX_ENTITIES, MAX_EVIDENCE, reply_schema
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from services.analyzer.slots import slot_texts
from services.trainer.tuning.plan import TuningRefused
from services.trainer.tuning.rows import TRAIN, UNSEEN, TuneRow, objects_of, row_of
from shared.core.folding import fold
from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Flag, FlaggedEvent, Severity, Verdict, VerdictState, Window
from shared.core.taxonomy import TAXONOMY, Category

MAX_LINES = 2_000
MAX_LINE_CHARS = 32_768
UNSEEN_EVERY = 5
LEAST_GROUPS = 3
_TEXT_LIMITS = {"title": 120, "explanation": 800, "probable_cause": 400}


def read_rows(paths: Sequence[Path]) -> list[TuneRow]:
    """Rows of either kind, in the order of the files."""
    rows: list[TuneRow] = []
    undivided: list[tuple[int, str, str]] = []  # place, category, group
    for path in paths:
        for number, found in objects_of(path):
            where = f"{path}: row {number}"
            if "messages" in found:
                rows.append(row_of(found, where))
                continue
            canonical, group = canonical_row(found, where)
            if "split" not in found:
                undivided.append((len(rows), canonical["target"]["category"], group))
            rows.append(row_of(canonical, where))
    for place in unseen_places(undivided):
        rows[place] = TuneRow(
            rows[place].id, UNSEEN[0], rows[place].window, rows[place].category, rows[place].messages
        )
    check_shape(rows)
    return rows


def unseen_places(undivided: Sequence[tuple[int, str, str]]) -> list[int]:
    """Of (place, category, group): the places of every fifth group of each category that has three groups or more."""
    groups: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, category, group in undivided:
        groups[category][group].append(place)
    chosen: list[int] = []
    for of_category in groups.values():
        if len(of_category) >= LEAST_GROUPS:
            shuffled = sorted(of_category, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
            chosen += [place for name in shuffled[::UNSEEN_EVERY] for place in of_category[name]]
    return chosen


def check_shape(rows: Sequence[TuneRow]) -> None:
    """Answers must begin as the analyzer's schema has it, or training works against its constraint."""
    names = list(reply_schema()["properties"])
    wanted = names[: names.index("category") + 1]
    for row in rows:
        try:
            keys = list(json.loads(row.messages[-1]["content"]))
        except (ValueError, TypeError):
            raise TuningRefused(f"{row.id}: the assistant's message is not a JSON object") from None
        if keys[: len(wanted)] != wanted:
            raise TuningRefused(
                f"{row.id}: the answer does not begin with {', '.join(wanted)}",
                "make the rows anew with this version",
            )


def canonical_row(found: dict[str, Any], where: str) -> tuple[dict[str, Any], str]:
    """The canonical row of a labelled incident, and the group it belongs to."""
    category = _category(found.get("label"), where)
    flag = _flag(_lines(found.get("lines"), where))
    language = found.get("lang")
    if language not in (None, "en", "zh"):
        raise TuningRefused(f'{where}: lang must be "en" or "zh"')
    rules = explain(flag, language)
    prompt = build_prompt(flag, rules, nonce=_nonce(flag))
    evidence = _evidence(found.get("evidence"), rules, category, prompt, where)
    target = _target(found, category, evidence, flag, rules, prompt)
    row = {
        "id": str(found.get("id", where)),
        "lang": prompt.language,
        "split": found.get("split", TRAIN),
        "window": [event.text for event in flag.events],
        "target": target,
        "messages": [
            *prompt.messages,
            {"role": "assistant", "content": json.dumps(target, ensure_ascii=False, separators=(",", ":"))},
        ],
    }
    cited = sorted({event.template for event in flag.events if event.number in evidence})
    return row, str(found.get("group") or "\n".join(cited))


def _target(
    found: dict[str, Any], category: Category, evidence: tuple[int, ...], flag: Flag, rules: Analysis, prompt: Prompt
) -> dict[str, Any]:
    """The right answer, keys in the schema's order."""
    usual = rules if rules.category is category else slot_texts(category, evidence, flag, prompt.language)
    texts = {
        name: clean_text(str(found.get(name) or getattr(usual, name)), limit) for name, limit in _TEXT_LIMITS.items()
    }
    named = [entity for number in evidence for entity in prompt.spans.get(number, ())][:MAX_ENTITIES]
    whole = {
        "evidence": list(evidence),
        "entities": [{"line": entity.line, "span": entity.span} for entity in named],
        "category": category.value,
        "severity": _severity(found.get("severity"), category),
        "confidence": 0.9,
        **texts,
        "actions": [action.id for action in wording.actions_of(category, prompt.language)],
        "ruled_out": [],
    }
    return {name: whole[name] for name in reply_schema()["properties"]}


def _evidence(given: Any, rules: Analysis, category: Category, prompt: Prompt, where: str) -> tuple[int, ...]:
    """The events that show it: as given, else what the rules cite, else the last one."""
    if given is not None:
        numbers = given if isinstance(given, list) else [given]
        if not numbers or any(number not in prompt.lines for number in numbers):
            raise TuningRefused(f"{where}: evidence must be numbers of events, from 1", "a stack trace is one event")
        return tuple(sorted(set(numbers)))[:MAX_EVIDENCE]
    cited = tuple(number for number in rules.evidence if number in prompt.lines)[:MAX_EVIDENCE]
    return cited or (max(prompt.lines),)


def _flag(lines: Sequence[str]) -> Flag:
    """The window as a flag."""
    parser = LineParser()
    parsed = [parser.parse(folded.text, 0) for folded in fold(lines) if folded.text.strip()]
    return flag_of_events(
        FlaggedEvent(
            number=seq + 1,
            seq=seq,
            text=event.text,
            template=template_of(event.message),
            level="" if event.level is None else event.level.name.lower(),
            source=event.source,
            timestamp_ms=event.timestamp_ms,
        )
        for seq, event in enumerate(parsed)
    )


def flag_of_events(events: Iterable[FlaggedEvent]) -> Flag:
    """A flag of the detector that says nothing about its events."""
    shown = tuple(events)
    seqs = tuple(event.seq for event in shown)
    verdict = Verdict(
        window_id=Window("labelled", seqs, "labelled").window_id,
        stream="labelled",
        seqs=seqs,
        state=VerdictState.FLAGGED,
        score=1.0,
        strangeness=0.0,
        threshold=0.0,
        model_version="",
        baseline_version=0,
        severity=Severity.LOW,
    )
    return Flag(verdict, shown, 0)


def _nonce(flag: Flag) -> str:
    """Another for each window, the same for the same one: rows must be repeatable."""
    return hashlib.sha256("\n".join(event.text for event in flag.events).encode()).hexdigest()[:16]


def _category(label: Any, where: str) -> Category:
    if isinstance(label, str) and label in Category._value2member_map_:
        return Category(label)
    names = ", ".join(category.value for category in Category)
    raise TuningRefused(f"{where}: label is none of the categories", f"one of {names}")


def _lines(lines: Any, where: str) -> list[str]:
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        raise TuningRefused(f'{where}: neither "messages" nor "lines", a list of log lines')
    if len(lines) > MAX_LINES or not any(line.strip() for line in lines):
        raise TuningRefused(f"{where}: a window has 1 to {MAX_LINES} lines")
    return [line[:MAX_LINE_CHARS] for line in lines]


def _severity(given: Any, category: Category) -> str:
    return Severity(given).value if given in Severity._value2member_map_ else TAXONOMY[category].severity.value
