"""Asks a model for the category of rows just as the analyzer does: same engine, same constraint, same encoding.

Only the reply up to its category is written: decoding is greedy and the schema's keys come in order, so the category
is the one that the whole reply would have.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loglynx.labelled_incidents import flag_of_events
from services.analyzer.evidence_pack import pack_evidence
from services.analyzer.llm.local_model import LocalModelOptions, load_local_model
from services.analyzer.llm.protocol import RawReply
from services.analyzer.llm.transformers_engine import EngineLimits, TransformersEngine
from services.analyzer.prompting import Prompt
from services.analyzer.reply_schema import schema_for
from services.trainer.pace import Pace, Say
from services.trainer.tuning.rows import TuneRow
from shared.core.records import FlaggedEvent

MAX_TOKENS = 600
DEADLINE_S = 3600.0
LAST_KEY = "category"


class TunedAnswers:
    """An Answerer."""

    def __init__(self, device: str, batch: int, say: Say) -> None:
        self._device, self._batch, self._say = device, batch, say

    def __call__(self, model: Path, adapter: Path | None, rows: Sequence[TuneRow], *, is_4bit: bool) -> list[str]:
        if not rows:
            return []
        local = load_local_model(LocalModelOptions(str(model), adapter, is_4bit, self._device))
        engine = TransformersEngine(local, EngineLimits(self._batch, MAX_TOKENS))
        pace = Pace("measuring", 0.0, -(-len(rows) // self._batch), self._say)
        # rows of like length together: the batch is padded to its longest
        order = sorted(range(len(rows)), key=lambda place: len(rows[place].messages[1]["content"]))
        answers = [""] * len(rows)
        for start in range(0, len(order), self._batch):
            places = order[start : start + self._batch]
            for place, answer in zip(places, engine.answer_many([_prompt(rows[i]) for i in places]), strict=True):
                answers[place] = answer.text if isinstance(answer, RawReply) else ""
            pace.tick({})
        return answers


def category_schema(window: Sequence[str]) -> dict[str, Any]:
    """The schema of a reply about ``window``, up to the category."""
    events = (FlaggedEvent(number, number, line, "") for number, line in enumerate(window, start=1))
    whole = schema_for(pack_evidence(flag_of_events(events)).spans)
    names = list(whole["properties"])
    kept = {name: whole["properties"][name] for name in names[: names.index(LAST_KEY) + 1]}
    return {**whole, "properties": kept, "required": list(kept)}


def _prompt(row: TuneRow) -> Prompt:
    system, user = (message["content"] for message in row.question)
    return Prompt(system, "", user, "", {}, "en", category_schema(row.window), deadline_s=DEADLINE_S)
