"""``loglynx jobs``: what became of a push."""

from __future__ import annotations

from typing import Annotated

import typer

from loglynx.client import Server
from loglynx.findings import print_anomalies
from loglynx.incident_records import anomalies_of_jobs
from loglynx.language import Language, chosen_language, words
from loglynx.options import DEFAULT_SERVER_URL, AsJson, Key, Lang, Url
from loglynx.terminal import print_json, results, safe


def jobs(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="As printed by `loglynx push`.")],
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the job is done.")] = False,
    as_json: AsJson = False,
    lang: Lang = Language.AUTO,
) -> int:
    """Show a job: its state, progress, and the anomalies it brought.

    \b
    loglynx jobs j01hzy3q9... --wait
    loglynx jobs j01hzy3q9... --json
    """
    with Server(url, key) as server:
        job = server.finished_job(job_id, lambda _: None) if wait else server.get(f"/jobs/{job_id}")
    console = results()
    if as_json:
        print_json(job)
        return 0
    events = job.get("events") or {}
    progress = f"{events.get('scored', 0)} of {events.get('total', 0)} events scored"
    console.print(f"{safe(job_id)}: {safe(str(job.get('state')))}, {progress}, {job.get('windows', 0)} windows")
    anomalies = anomalies_of_jobs([job])
    if anomalies:
        console.print()
        print_anomalies(console, anomalies, words(chosen_language(lang)))
    return 0
