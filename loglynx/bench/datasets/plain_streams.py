"""Logs that nobody labelled, as streams of events: short samples of thirteen systems, three long logs, Chinese ones.

BGL and Thunderbird carry labels in their first column: it is cut by position, and lines that are alerts are left out.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from loglynx.bench.datasets.labelled_lines import split_label
from loglynx.bench.datasets.source import read_lines, read_rows
from loglynx.bench.stream_events import FIRST_DAY_MS, parse_stream
from shared.core.parsing import LineParser
from shared.core.records import Event

_SAMPLED = (
    "Android", "Apache", "BGL", "HDFS", "Hadoop", "HealthApp", "Linux", "Mac", "OpenStack", "Proxifier", "Spark",
    "Thunderbird", "Windows",
)  # fmt: skip
_LABELLED = frozenset({"BGL", "Thunderbird"})


class PlainStream(NamedTuple):
    """``window``: events per window that suit its length. Streams of one ``family`` are no strangers to another."""

    file: str
    family: str
    window: int


STREAMS: Final = {
    **{name: PlainStream(f"loghub_2k/{name}_2k.log.gz", name, 4) for name in _SAMPLED},
    "HealthApp-long": PlainStream("loghub_long/HealthApp_20000.log.gz", "HealthApp", 10),
    "Linux-long": PlainStream("loghub_long/Linux_full.log.gz", "Linux", 10),
    "Proxifier-long": PlainStream("loghub_long/Proxifier_full.log.gz", "Proxifier", 10),
    "ruoyi-vue": PlainStream("chinese_app_logs/ruoyi-vue.jsonl.gz", "RuoYi", 10),
    "ou-ruo": PlainStream("chinese_app_logs/ou-ruo.jsonl.gz", "RuoYi", 10),
    "drugsalessystem": PlainStream("chinese_app_logs/drugsalessystem.jsonl.gz", "RuoYi", 10),
}


def read_stream(data_dir: Path, name: str) -> list[Event]:
    """The stream's events, normal as far as anyone knows."""
    stream = STREAMS[name]
    path = data_dir / stream.file
    if stream.file.endswith(".jsonl.gz"):
        return _read_dated(path)
    lines = read_lines(path)
    if stream.family in _LABELLED:
        lines = [text for text, is_alert in map(split_label, lines) if not is_alert]
    return parse_stream(line for line in lines if line.strip())


def _read_dated(path: Path) -> list[Event]:
    """Events of many files that bear the date in their names; a file without one is the latest."""
    parsers: dict[str, LineParser] = {}
    events = []
    for row in read_rows(path):
        parser = parsers.setdefault(row["file"], LineParser(row["file"]))
        events.append(parser.parse(row["text"], FIRST_DAY_MS))
    return sorted(events, key=lambda event: event.timestamp_ms or 0)


@lru_cache(maxsize=4)
def samples(data_dir: Path, per_stream: int) -> dict[str, tuple[Event, ...]]:
    """Some events of every stream, evenly from its whole length: the lines that are foreign to the others."""
    found = {}
    for name in STREAMS:
        if (data_dir / STREAMS[name].file).exists():
            events = read_stream(data_dir, name)
            found[name] = tuple(events[:: max(1, len(events) // per_stream)])
    return found
