"""What an analysis is, as it is stored, sent and shown.

Built by ``rules.explain`` or from a language model's reply; both end in the same ``Analysis``. ``evidence`` and
``entities`` cite lines by the number that the flag gives its events (from 1).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.core.records import Severity
from shared.core.taxonomy import Category, Language


class Record(BaseModel):
    """Frozen, nothing unknown, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Entity(Record):
    """A piece of a cited line that names something: copied from the line, never generated."""

    line: int = Field(ge=1)
    span: str = Field(min_length=1, max_length=200)
    kind: str = Field(default="", max_length=20)


class Action(Record):
    """One entry of the catalogue, rendered in the analysis's language."""

    id: str
    text: str


class RuledOut(Record):
    """A category that was considered and dropped, and why."""

    category: Category
    reason: str = Field(max_length=400)


class Analysis(Record):
    """One reading of a flag, in the order in which it is arrived at.

    severity       never below the flag's own
    confidence     0..1, how likely the category is right, as far as the engine can tell
    engine         "rules" or the name of the language-model back end
    model_id       what ran     weights_hash, adapter  which weights, and which LoRA adapter; "" unknown or none
    decided_by     "people" when their verdicts on the same trouble settled the category
    degraded       a language model was asked and gave no usable answer, so this is the rules' one
    verified       every entity, number and line number in the texts was found in the cited lines
    """

    evidence: tuple[int, ...] = ()
    entities: tuple[Entity, ...] = ()
    category: Category
    severity: Severity
    confidence: float = Field(ge=0.0, le=1.0)
    title: str = Field(max_length=200)
    explanation: str = Field(max_length=2000)
    probable_cause: str = Field(max_length=1000)
    actions: tuple[Action, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    language: Language
    engine: str
    model_id: str = ""
    weights_hash: str = ""
    adapter: str = ""
    prompt_version: str = ""
    decided_by: Literal["engine", "people"] = "engine"
    degraded: bool = False
    verified: bool = False
