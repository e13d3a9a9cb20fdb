"""From a claim's part of the log to closed windows with their parsed events.

In: a claim and the entries that ``Ledger.read`` gave. Out: the windows that close, in order, each with its events,
and the fold's new state. Pure but for the parser's memory of formats, which changes speed and never results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from shared.core.parsing import LineParser
from shared.core.records import Event, Level, Window
from shared.core.windowing import EventRef, Flush, FoldState, Item, WindowRule, advance, key_finder
from shared.store.blocks import Block
from shared.store.claims import BlockEntry, Claim, LogEntry


@dataclass(frozen=True, slots=True)
class FoldedClaim:
    """What a claim came to. ``events[i]`` are the events of ``windows[i]``."""

    claim: Claim
    windows: list[Window]
    events: list[list[Event]]
    state: FoldState


def parse_block(block: Block, parser: LineParser) -> list[Event]:
    """The block's events; what the shipper's protocol said beside the text wins over it."""
    events = []
    for index, text in enumerate(block.texts):
        event = parser.parse(text, block.received_ms)
        known: dict[str, object] = {"line_count": block.line_counts[index]}
        if block.timestamps is not None and (at_ms := block.timestamps[index]) is not None:
            known["timestamp_ms"] = at_ms
        if block.levels is not None and (level := block.levels[index]) is not None:
            known["level"] = Level(level)
        if block.sources is not None and block.sources[index]:
            known["source"] = block.sources[index]
        if block.attributes is not None and block.attributes[index]:
            known["attributes"] = tuple(block.attributes[index])
        events.append(event if known == {"line_count": event.line_count} else replace(event, **known))  # type: ignore[arg-type]
    return events


def read_plainly(block: Block) -> list[Event]:
    """The block's events unparsed: what a last resort folds with, when parsing itself may be the poison."""
    return [
        Event(text=text, message=text, line_count=lines)
        for text, lines in zip(block.texts, block.line_counts, strict=True)
    ]


def fold_claim(claim: Claim, entries: Sequence[LogEntry], parse: Callable[[Block], list[Event]]) -> FoldedClaim:
    """Fold the claim's new events into its state."""
    by_seq: dict[int, Event] = {}
    windows: list[Window] = []
    state = claim.state
    items: list[Item] = []

    def fold() -> None:
        nonlocal state, items
        closed, state = advance(WindowRule.parse(state.rule), state, items)
        windows.extend(closed)
        items = []

    find_key = key_finder(WindowRule.parse(state.rule))
    for entry in entries:
        if not isinstance(entry, BlockEntry):
            items.append(Flush(entry.rule))
            if entry.rule:
                fold()
                find_key = key_finder(WindowRule.parse(state.rule))
            continue
        for seq, event in enumerate(parse(entry.block), start=entry.first_seq):
            if seq >= claim.cursor:
                by_seq[seq] = event
            if seq >= claim.folded:
                at_ms = event.timestamp_ms if event.timestamp_ms is not None else entry.block.received_ms
                items.append(EventRef(seq, at_ms, find_key(event.text)))
    fold()
    return FoldedClaim(claim, windows, [[by_seq[seq] for seq in window.seqs] for window in windows], state)
