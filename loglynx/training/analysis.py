"""What a log file looks like, before anything is made of it: size, format, levels, templates."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from loglynx.reading import open_input
from loglynx.terminal import safe
from shared.core.decoding import decode_bytes, make_safe
from shared.core.folding import fold
from shared.core.normalising import template_of
from shared.core.parsing import LineParser, describe_format

_MOST_LINES = 200_000
_SAMPLE = 1_000
_TOP = 20
_MAX_LINE_CHARS = 32_768


def analyze(path: str, output: Path) -> dict[str, Any]:
    """Read at most _MOST_LINES lines; the findings, also written to ``output``. Raises InputUnreadable."""
    with open_input(path) as source:
        lines = [make_safe(decode_bytes(line), _MAX_LINE_CHARS)[0] for line in islice(source.lines, _MOST_LINES)]
    filled = [line for line in lines if line.strip()]
    parser = LineParser()
    events = [parser.parse(folded.text, 0) for folded in fold(filled)]
    templates = Counter(template_of(event.message) for event in events)
    levels = Counter("none" if event.level is None else event.level.name.lower() for event in events)
    found = {
        "lines": len(lines),
        "is_cut": len(lines) == _MOST_LINES,
        "blank_lines": len(lines) - len(filled),
        "events": len(events),
        "format": describe_format([event.text for event in events[:_SAMPLE]]).name if events else "empty",
        "with_time": sum(event.timestamp_ms is not None for event in events),
        "levels": dict(levels.most_common()),
        "templates": len(templates),
        "templates_met_once": sum(count == 1 for count in templates.values()),
        "most_common": [{"template": safe(text, 200), "count": count} for text, count in templates.most_common(_TOP)],
    }
    output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
    return {name: found[name] for name in ("lines", "events", "format", "templates")}
