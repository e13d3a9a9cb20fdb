"""The little language in which workflows and faults are written: one log line a row.

    ?0.1 *2-4 +20-80 WARN com.shop.Stock | Stock low for {sku}: {~left} left
    |	at com.shop.Stock.reserve(Stock.java:88)

Before the level, each optional: ``&`` belongs to the row before (written only if that was, repeated with it), ``/``
only if no row of the group before was written; ``?`` chance; ``*`` how often; ``+`` pause before it in ms. Then
level, source, `` | ``, message. A row that begins with ``|`` is one more line of the same record (stack traces).
`` || `` splits off what a JSON header writes as extra members.

Fields: ``{x}`` keeps its value within one run of the workflow, ``{~x}`` draws it anew (``{x}`` keeps that from then
on), ``{^x}`` is kept in a workflow and drawn anew in a fault (threads), ``{@x}`` is the same for the whole simulation
(host names, versions). ``{x:>5}`` and ``{x:<40}`` pad. An unknown field name stops the build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.trainer.datasets.simulators.fields import Draw, Field

_FIELD = re.compile(r"\{([~@^]?)([a-z_][a-z0-9_]*)(?::([<>])(\d+))?\}")
_OPTION = re.compile(r"(?P<join>[&/])|\?(?P<chance>[\d.]+)|\*(?P<times>\d+(?:-\d+)?)|\+(?P<pause>\d+(?:-\d+)?)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's place in a template. scope: "" run, "~" fresh, "^" fresh in a fault, "@" simulation."""

    scope: str
    name: str
    align: str
    width: int


Template = tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a script."""

    level: str
    source: Template
    message: Template
    extra: Template
    pattern: str
    join: str = ""
    chance: float = 1.0
    times: tuple[int, int] = (1, 1)
    pause_ms: tuple[float, float] | None = None


def compile_template(text: str) -> Template:
    parts: list[str | Slot] = []
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        scope, name, align, width = match.groups()
        parts.append(Slot(scope, name, align or "", int(width or 0)))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return tuple(parts)


def slot_names(template: Template) -> set[str]:
    return {part.name for part in template if isinstance(part, Slot)}


class Scope:
    """The values that one run of a workflow sees: its own, the simulation's, and fresh ones."""

    __slots__ = ("_anew", "draw", "fields", "own", "site")

    def __init__(self, fields: Mapping[str, Field], site: dict[str, str], draw: Draw, is_fault: bool = False) -> None:
        self.fields, self.site, self.draw = fields, site, draw
        self._anew = "~^" if is_fault else "~"
        self.own: dict[str, str] = {}

    def value(self, slot: Slot) -> str:
        kept = self.site if slot.scope == "@" else self.own
        found = None if slot.scope and slot.scope in self._anew else kept.get(slot.name)
        if found is None:
            found = kept[slot.name] = self.fields[slot.name](self.draw)
        return found

    def render(self, template: Template, given: Mapping[str, str] | None = None) -> str:
        out: list[str] = []
        for part in template:
            if isinstance(part, str):
                out.append(part)
                continue
            text = given[part.name] if given is not None and part.name in given else self.value(part)
            if part.width:
                text = text.rjust(part.width) if part.align == ">" else text.ljust(part.width)
            out.append(text)
        return "".join(out)


def _span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _step(record: str) -> Step:
    head, bar, body = f"{record} ".partition(" | ")
    if not bar:
        raise ValueError(f"script row without ' | ': {record!r}")
    join, chance, times, pause = "", 1.0, (1, 1), None
    head = head.strip()
    while match := _OPTION.match(head):
        head = head[match.end() :].lstrip()
        join = match["join"] or join
        chance = float(match["chance"]) if match["chance"] else chance
        times = _span(match["times"]) if match["times"] else times
        pause = _span(match["pause"]) if match["pause"] else pause
    message, _, extra = body[:-1].partition(" ||")
    level, _, source = head.partition(" ")
    source_, message_, extra_ = (
        compile_template(text) for text in (source.strip(), message, extra.removeprefix(" "))
    )
    return Step(level, source_, message_, extra_, body.rstrip(), join, chance, times, pause)


def parse_script(script: str) -> tuple[Step, ...]:
    """Rows to steps. Raises ValueError on a row that has no message."""
    records: list[str] = []
    for row in script.splitlines():
        text = row.lstrip(" ")
        if text.startswith("|"):
            records[-1] += "\n" + text[1:]
        elif text:
            records.append(text)
    return tuple(_step(record) for record in records)
