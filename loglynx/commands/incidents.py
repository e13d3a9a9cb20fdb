"""``loglynx incidents``: what a server has found."""

from __future__ import annotations

from typing import Annotated

import typer

from loglynx.client import Server
from loglynx.findings import print_anomalies, print_anomaly
from loglynx.incident_records import anomaly_of_incident
from loglynx.language import Language, chosen_language, words
from loglynx.options import DEFAULT_SERVER_URL, AsJson, Key, Lang, Url
from loglynx.terminal import print_json, results


def incidents(
    incident_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One incident; without it, all.")] = None,
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many, newest first.")
    ] = 20,
    as_json: AsJson = False,
    lang: Lang = Language.AUTO,
) -> int:
    """List incidents, newest first, or show one.

    \b
    loglynx incidents
    loglynx incidents i0123456789abcdef --json
    """
    with Server(url, key) as server:
        if incident_id is not None:
            answer = server.get(f"/api/v1/incidents/{incident_id}")
            found = [answer]
        else:
            answer = server.get("/api/v1/incidents", {"limit": limit})
            found = list(answer.get("incidents") or answer.get("items") or [])
    console = results()
    language = chosen_language(lang)
    say = words(language)
    if as_json:
        print_json(answer)
    elif incident_id is not None:
        print_anomaly(console, anomaly_of_incident(answer), say)
    elif not found:
        console.print(say("nothing_found"))
    else:
        print_anomalies(console, [anomaly_of_incident(incident) for incident in found], say)
    return 0
