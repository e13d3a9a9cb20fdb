"""The analyzer's own question about a generated window, for the trainer's rows.

The trainer and the analyzer do not know each other; this command knows both. In: the lines of a window, the language
of the answer, a nonce. Out: the prompt that the analyzer would send for a flag of these lines, and how it shows them.
The detector's reasons and surprises are left out: nothing here has judged the lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.analyzer.prompting import build_prompt
from services.analyzer.rules import not_explained
from services.trainer.datasets.incidents.answers import Shown
from services.trainer.datasets.incidents.rows import Asked
from shared.core.parsing import LineParser
from shared.core.records import Flag, FlaggedEvent, Verdict, VerdictState
from shared.core.taxonomy import Language


def ask(lines: Sequence[str], language: Language, nonce: str) -> Asked:
    """What the analyzer would ask. The same arguments give the same text."""
    flag = flag_of(lines)
    prompt = build_prompt(flag, not_explained(flag, language), nonce)
    offered = {number: [entity.span for entity in entities] for number, entities in prompt.spans.items()}
    return Asked(prompt.system, prompt.user, Shown(prompt.lines, offered))


def flag_of(lines: Sequence[str]) -> Flag:
    """A flag that shows ``lines`` with their levels, as the detector would, and says nothing of what is odd."""
    numbers = tuple(range(1, len(lines) + 1))
    verdict = Verdict(
        window_id="generated",
        stream="generated",
        seqs=numbers,
        state=VerdictState.FLAGGED,
        score=0.5,
        strangeness=0.0,
        threshold=0.0,
        model_version="",
        baseline_version=0,
    )
    parser = LineParser()
    events = tuple(
        FlaggedEvent(
            number, number, text, "", "" if (level := parser.parse(text, 0).level) is None else level.name.lower()
        )
        for number, text in zip(numbers, lines, strict=True)
    )
    return Flag(verdict, events, 0)
