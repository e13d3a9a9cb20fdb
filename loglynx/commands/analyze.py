"""``loglynx analyze``: what a log file looks like."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from loglynx.options import AsJson
from loglynx.terminal import print_json, results, safe

_SHOWN_TEMPLATES = 10


def analyze(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A log file, packed or not; - for standard input.")],
    as_json: AsJson = False,
) -> int:
    """Lines, formats, time span, levels, languages, sessions and templates; of the first 200,000 lines.

    \b
    loglynx analyze app.log
    loglynx convert app.log --analyze
    """
    from loglynx.training.analysis import describe

    found = describe(file)
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _print(found: dict[str, Any]) -> None:
    out = results()
    more = " (the file has more)" if found["is_cut"] else ""
    out.print(f"lines      {found['lines']:,}{more}, {found['blank_lines']:,} blank, {found['events']:,} events")
    out.print(f"formats    {_counts(found['formats'])}")
    span = f", {found['first']} to {found['last']}, {found['steps_back']} steps back" if found["with_time"] else ""
    out.print(f"time       in {found['with_time']:,} events{span}")
    out.print(f"levels     {_counts(found['levels'])}")
    out.print(f"language   {_counts(found['language'])}")
    sessions = (f"{name} {of['sessions']:,} in {of['events']:,} events" for name, of in found["sessions"].items())
    out.print(f"sessions   {', '.join(sessions) or 'no key found'}")
    out.print(f"templates  {found['templates']:,}, {found['templates_met_once']:,} of them met once")
    for common in found["most_common"][:_SHOWN_TEMPLATES]:
        out.print(f"{common['count']:>9}  {safe(common['template'], 160)}")


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{safe(name, 40)} {count:,}" for name, count in counted.items()) or "none"
