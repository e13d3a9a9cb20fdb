"""The demonstration's logs as a shipper would send them, and what was planted in them.

In: the records of ``simulators.demo``. Out: ``Piece``s of whole records of one stream, in the order of time, and the
planted faults by line number (from 1; a stack trace is several lines) as an editor would count them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from loglynx.findings import FoundAnomaly
from loglynx.incident_records import FlaggedLines
from services.trainer.datasets.simulators.demo import PlantedFault, demo_manifest, demo_stream

RECORDS_PER_PIECE = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of ``stream``, the first of which has the number ``first_line``."""

    stream: str
    first_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted fault; its lines from ``first_line`` to ``last_line`` are mixed with normal ones."""

    stream: str
    category: str
    zh: str
    en: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything there is to send, and what must be found in it."""

    pieces: tuple[Piece, ...]
    planted: tuple[Planted, ...]

    @property
    def streams(self) -> list[str]:
        return list(dict.fromkeys(piece.stream for piece in self.pieces))

    @property
    def lines(self) -> int:
        return sum(piece.text.count("\n") for piece in self.pieces)

    def text_of(self, stream: str) -> str:
        """The whole log of a stream."""
        return "".join(piece.text for piece in self.pieces if piece.stream == stream)


def demo_logs(seed: int) -> Demo:
    """The same for the same seed."""
    records = demo_stream(seed)
    texts: dict[str, list[str]] = {}
    starts: dict[str, list[int]] = {}  # stream -> number of the first line of each record
    waiting: dict[str, int] = {}  # stream -> records already in pieces
    pieces: list[Piece] = []

    def cut(stream: str) -> None:
        first = waiting[stream]
        if first < len(texts[stream]):
            pieces.append(Piece(stream, starts[stream][first], "".join(texts[stream][first:])))
            waiting[stream] = len(texts[stream])

    for stream, record in records:
        mine, begin = texts.setdefault(stream, []), starts.setdefault(stream, [1])
        waiting.setdefault(stream, 0)
        mine.append(record.text + "\n")
        begin.append(begin[-1] + mine[-1].count("\n"))
        if len(mine) - waiting[stream] >= RECORDS_PER_PIECE:
            cut(stream)
    for stream in texts:
        cut(stream)
    return Demo(tuple(pieces), tuple(_by_line(fault, starts) for fault in demo_manifest(records)))


def _by_line(fault: PlantedFault, starts: dict[str, list[int]]) -> Planted:
    begin = starts[fault.stream]
    first, last = begin[fault.first_line], begin[fault.last_line + 1] - 1
    return Planted(fault.stream, fault.category, fault.zh, fault.en, first, last)


def with_raw_lines(anomaly: FoundAnomaly, demo: Demo) -> FoundAnomaly:
    """The anomaly with its lines as they were sent; of a JSON record the server shows the message."""
    raw = demo.text_of(anomaly.stream).split("\n")
    lines = tuple(replace(line, text=raw[line.number - 1]) for line in anomaly.lines if line.number <= len(raw))
    return replace(anomaly, lines=lines)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``found`` is parallel to the planted faults: the categories given to them, () for a missed one.

    extra  incidents none of whose windows touches a planted fault
    """

    found: tuple[tuple[str, ...], ...]
    extra: int

    @property
    def found_count(self) -> int:
        return sum(bool(categories) for categories in self.found)


def outcome_of(planted: Sequence[Planted], flags: Iterable[FlaggedLines]) -> Outcome:
    """A fault is found when a flagged window of its stream covers one of its lines."""
    found: list[dict[str, None]] = [{} for _ in planted]
    touching: dict[str, bool] = {}
    for flag in flags:
        hits = [index for index, fault in enumerate(planted) if _touches(flag, fault)]
        for index in hits:
            found[index][flag.category] = None
        touching[flag.incident_id] = touching.get(flag.incident_id, False) or bool(hits)
    extra = sum(not touches for touches in touching.values())
    return Outcome(tuple(tuple(categories) for categories in found), extra)


def _touches(flag: FlaggedLines, fault: Planted) -> bool:
    return flag.stream == fault.stream and any(fault.first_line <= line <= fault.last_line for line in flag.lines)
