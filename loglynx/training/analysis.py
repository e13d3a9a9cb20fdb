"""What a log file looks like, before anything is made of it: formats, time, levels, templates, language, sessions."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from loglynx.progress import reading_progress
from loglynx.reading import open_input
from loglynx.terminal import remarks, safe
from loglynx.training.sequence_records import MAX_LINE_CHARS
from shared.core.decoding import decode_bytes, make_safe
from shared.core.folding import fold
from shared.core.normalising import template_of
from shared.core.parsing import LineParser, describe_format
from shared.core.records import Event
from shared.core.window_rules import SESSION_KEYS

_MOST_LINES = 200_000
_SAMPLE = 1_000
_TOP = 20
_HAN = re.compile("[\u4e00-\u9fff]")
_KEYS = {name: re.compile(pattern) for name, pattern in SESSION_KEYS.items()}


def analyze(path: str, output: Path) -> dict[str, Any]:
    """``describe``, written to ``output``; the figures that a person wants first. Raises InputUnreadable."""
    found = describe(path)
    output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
    return {name: found[name] for name in ("lines", "events", "format", "templates")}


def describe(path: str) -> dict[str, Any]:
    """Findings of at most _MOST_LINES lines; ``is_cut`` says that there are more. Raises InputUnreadable."""
    with open_input(path) as source, reading_progress(remarks(), source, source.name) as raw:
        lines = [make_safe(decode_bytes(line), MAX_LINE_CHARS)[0] for line in islice(raw, _MOST_LINES)]
        is_cut = next(iter(raw), None) is not None
    filled = [line for line in lines if line.strip()]
    parser, written_ms = LineParser(Path(path).name), _written_ms(path)
    events = [parser.parse(folded.text, written_ms) for folded in fold(filled)]
    templates = Counter(template_of(event.message) for event in events)
    levels = Counter("none" if event.level is None else event.level.name.lower() for event in events)
    chinese = sum(_HAN.search(event.text) is not None for event in events)
    return {
        "lines": len(lines),
        "is_cut": is_cut,
        "blank_lines": len(lines) - len(filled),
        "events": len(events),
        "format": describe_format([event.text for event in events[:_SAMPLE]]).name if events else "empty",
        "formats": dict(Counter(event.format for event in events).most_common(_TOP)),
        **_time_span(events),
        "levels": dict(levels.most_common()),
        "language": {"chinese": chinese, "other": len(events) - chinese},
        "sessions": _sessions(events),
        "templates": len(templates),
        "templates_met_once": sum(count == 1 for count in templates.values()),
        "most_common": [{"template": safe(text, 200), "count": count} for text, count in templates.most_common(_TOP)],
    }


def _written_ms(path: str) -> int:
    """When the file was last written, or now: stamps without a year lie before it."""
    try:
        return int(Path(path).stat().st_mtime * 1000)
    except OSError:
        return int(time.time() * 1000)


def _time_span(events: Sequence[Event]) -> dict[str, Any]:
    times = [event.timestamp_ms for event in events if event.timestamp_ms is not None]
    if not times:
        return {"with_time": 0}
    first, last = min(times), max(times)
    back = sum(later < earlier for earlier, later in pairwise(times))
    span = {"first": _iso(first), "last": _iso(last), "span_s": round((last - first) / 1000, 3)}
    return {"with_time": len(times), **span, "steps_back": back}


def _iso(at_ms: int) -> str:
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(at_ms)


def _sessions(events: Sequence[Event]) -> dict[str, dict[str, int]]:
    """Of each kind of session key that is met: events that carry one, and different ones."""
    found: dict[str, dict[str, int]] = {}
    for name, pattern in _KEYS.items():
        keys = [match[1] for event in events if (match := pattern.search(event.text))]
        if keys:
            found[name] = {"events": len(keys), "sessions": len(set(keys))}
    return found
