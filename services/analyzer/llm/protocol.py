"""What the analyzer needs of a language model, whatever runs it.

A back end renders the prompt's messages (in-process ones with ``prompt.window`` encoded apart from the template, so
that it cannot hold control tokens), constrains its output to ``prompt.schema`` where it can, and keeps to
``prompt.deadline_s``.
It never judges the reply: that is ``reply_parsing``'s work, the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.analyzer.prompting import Prompt


@dataclass(frozen=True, slots=True)
class RawReply:
    """What came back, unchecked, and who said it, as far as the back end knows.

    model_id      what the back end says it ran
    weights_hash  SHA-256 (or a prefix of it) of the weights; "" when they are out of its sight
    adapter       name or content hash of the LoRA adapter; "" without one
    confidence    calibrated probability of the category, 0..1; None: only what the reply claims itself
    is_disputed   the back end weighed several readings, and most of them name another category
    """

    text: str
    model_id: str = ""
    weights_hash: str = ""
    adapter: str = ""
    confidence: float | None = None
    is_disputed: bool = False


class LanguageModel(Protocol):
    """``name`` goes into ``Analysis.engine``."""

    @property
    def name(self) -> str: ...

    def analyze(self, prompt: Prompt) -> RawReply:
        """One reply within ``prompt.deadline_s``. Raises AnalysisFailed, and nothing else, when there is none."""
        ...
