"""``loglynx drift``: how far a server's streams have moved from what their baselines and their past know."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from loglynx.client import Server
from loglynx.options import DEFAULT_SERVER_URL, AsJson, Key, Url
from loglynx.terminal import print_json, remarks, results, safe

_MEASURES = ("score_psi", "new_templates", "unknown_tokens", "false_positives")
EXIT_PROPOSED = 1


def drift(
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    proposed: Annotated[bool, typer.Option("--proposed", help="Only streams that have moved too far.")] = False,
    as_json: AsJson = False,
) -> int:
    """Show what was last measured of each stream's drift; exit 1 when a retraining is proposed.

    Nothing is done by it: `loglynx retrain` makes a candidate, and you activate it.

    \b
    loglynx drift
    loglynx drift --proposed --json
    """
    with Server(url, key) as server:
        found = server.get("/api/v1/drift").get("streams") or []
    shown = [one for one in found if one.get("is_retraining_proposed") or not proposed]
    if as_json:
        print_json(shown)
    else:
        _print(shown)
    return EXIT_PROPOSED if any(one.get("is_retraining_proposed") for one in found) else 0


def _print(found: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("stream", "windows", "score psi", "new templates", "unknown tokens", "false positives", "past"):
        table.add_column(heading)
    for one in found:
        figures = ("-" if one.get(name) is None else f"{one[name]:.3f}" for name in _MEASURES)
        cells = (str(one.get("stream")), str(one.get("windows")), *figures, " ".join(map(str, one.get("past") or ())))
        table.add_row(*map(safe, cells))
    results().print(table)
    streams = [str(one["stream"]) for one in found if one.get("is_retraining_proposed")]
    if streams:
        remarks().print(safe(f"a retraining is proposed: loglynx retrain --stream {' --stream '.join(streams[:20])}"))
    elif not found:
        remarks().print("nothing has been measured yet: the archiver does it every hour")
