"""An anomaly as the command shows it, whether it was found in this process or by a server.

``FoundAnomaly`` is what ``scan``, ``watch``, ``push --wait``, ``jobs``, ``incidents`` and ``demo`` print; ``to_json``
is its shape in ``--json``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from loglynx.terminal import SEVERITY_STYLES, safe

MAX_SHOWN_LINES = 12
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A raw line.

    number    from 1: in the file when it is known, else of the event in its stream
    cited_as  what the explanation calls the line when that is not its number; None otherwise
    """

    number: int
    text: str
    cited_as: int | None = None


@dataclass(frozen=True, slots=True)
class FoundAnomaly:
    """One anomaly, explained.

    score         0..1, of the worst window; None in a list that holds no windows
    line_numbers  every line that belongs to it
    lines         the raw lines worth showing, with their neighbours
    evidence      those of ``lines`` that the detector points at or the explanation cites
    reasons       codes of what stood out
    behaviour     what is being done to the system (shared.core.behaviours); empty where no attack is told of
    """

    title: str
    severity: str
    score: float | None
    line_numbers: tuple[int, ...]
    lines: tuple[ShownLine, ...]
    evidence: tuple[int, ...] = ()
    stream: str = ""
    category: str = ""
    behaviour: str = ""
    explanation: str = ""
    probable_cause: str = ""
    actions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    count: int = 1
    engine: str = ""
    language: str = ""
    incident_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``cited_as`` and ``behaviour`` only where they say something."""
        shown = asdict(self)
        if not self.behaviour:
            del shown["behaviour"]
        for line in shown["lines"]:
            if line["cited_as"] is None:
                del line["cited_as"]
        return shown


def ranges(numbers: Sequence[int], most: int = 8) -> str:
    """``1-3, 7, 9-12``; after ``most`` runs an ellipsis."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:most])
    return f"{shown}, …" if len(runs) > most else shown


def print_anomalies(console: Console, anomalies: Sequence[FoundAnomaly], say: Say) -> None:
    """All of them, numbered, with an empty line between."""
    for index, anomaly in enumerate(anomalies, start=1):
        if index > 1:
            console.print()
        print_anomaly(console, anomaly, say, f"{index}. ")


def print_anomaly(console: Console, anomaly: FoundAnomaly, say: Say, prefix: str = "") -> None:
    """Heading, raw lines with their numbers (evidence marked), then what it means and what to do."""
    heading = Text(prefix)
    heading.append(say(f"severity.{anomaly.severity}"), style=SEVERITY_STYLES.get(anomaly.severity, ""))
    heading.append(f"  {safe(anomaly.title)}", style="bold")
    console.print(heading)
    facts = [] if anomaly.score is None else [say("score", score=f"{anomaly.score:.2f}")]
    if anomaly.line_numbers:
        key = "line" if len(anomaly.line_numbers) == 1 else "lines"
        facts.append(say(key, numbers=ranges(anomaly.line_numbers)))
    if anomaly.stream:
        facts.append(say("stream", stream=safe(anomaly.stream)))
    if anomaly.count > 1:
        facts.append(say("times", n=anomaly.count))
    if anomaly.incident_id:
        facts.append(safe(anomaly.incident_id))
    console.print(Text("   " + " · ".join(facts), style="dim"))
    _print_lines(console, anomaly, say)
    for key, value in (
        ("category", anomaly.category),
        ("behaviour", say(f"behaviour.{anomaly.behaviour}") if anomaly.behaviour else ""),
        ("why", anomaly.explanation),
        ("cause", anomaly.probable_cause),
        *(("action", action) for action in anomaly.actions),
        ("reasons", ", ".join(anomaly.reasons)),
    ):
        if value:
            console.print(Text.assemble((f"   {say(key)}: ", "dim"), safe(value)))


def _print_lines(console: Console, anomaly: FoundAnomaly, say: Say) -> None:
    shown = _worth_showing(anomaly)
    width = len(str(shown[-1].number)) if shown else 0
    cited = max((len(_citation(line)) for line in shown), default=0)
    evidence = set(anomaly.evidence)
    for line in shown:
        mark, style = ("›", "bold") if line.number in evidence else (" ", "")
        gutter = Text(f"   {mark}{_citation(line):>{cited}}{line.number:>{width}} │ ", style="dim")
        console.print(gutter.append(safe(line.text), style=style or "not dim"))
    hidden = len(anomaly.lines) - len(shown)
    if hidden > 0:
        console.print(Text("   " + " " * (cited + width + 1) + " " + say("more_lines", n=hidden), style="dim"))


def _citation(line: ShownLine) -> str:
    return "" if line.cited_as is None else f"[{line.cited_as}] "


def _worth_showing(anomaly: FoundAnomaly) -> list[ShownLine]:
    """At most MAX_SHOWN_LINES, evidence first, in the order of the log."""
    evidence = set(anomaly.evidence)
    by_worth = sorted(anomaly.lines, key=lambda line: (line.number not in evidence, line.number))
    return sorted(by_worth[:MAX_SHOWN_LINES], key=lambda line: line.number)
