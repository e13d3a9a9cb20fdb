"""``loglynx push``: send files to a running server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from loglynx.batching import PushBatch, batches, lasting_name
from loglynx.client import Server
from loglynx.failures import EXIT_FOUND
from loglynx.findings import FoundAnomaly, print_anomalies
from loglynx.incident_records import anomalies_of_jobs
from loglynx.language import Language, chosen_language, words
from loglynx.line_map import EventLines, LineMap, lines_of_events
from loglynx.options import DEFAULT_SERVER_URL, Key, Lang, Url
from loglynx.progress import reading_progress, waiting_progress
from loglynx.reading import STDIN, open_input
from loglynx.terminal import remarks, results, safe


def push(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files, also .gz and .zst; - is stdin.")],
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    stream: Annotated[
        str | None, typer.Option("--stream", help="Name of the stream; default: the file's name.", show_default=False)
    ] = None,
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=1, max=100_000, help="Lines in one request.")
    ] = 1000,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the verdicts and print the incidents.")] = False,
    give_up: Annotated[
        float, typer.Option("--give-up", min=0, metavar="SECONDS", help="How long to go on against refusals.")
    ] = 300.0,
    binary: Annotated[bool, typer.Option("--binary", help="Send a file that does not look like text too.")] = False,
    lang: Lang = Language.AUTO,
) -> int:
    """Send log files to a running server; prints one job id per request.

    The same file pushed again counts once (24 h), so an interrupted push is simply repeated. An overloaded server is
    asked again when it says so. With --wait, exit 1 when anomalies were found.

    \b
    loglynx push app.log --key llx_...
    loglynx push web-*.log.gz --stream web --wait
    journalctl -o short-iso | loglynx push - --stream journal
    """
    with Server(url, key, give_up_s=give_up) as server:
        pushes = [_push_file(server, path, stream or stream_of(path), batch, binary, wait) for path in files]
        if not wait:
            return 0
        anomalies = _wait_for_anomalies(server, pushes)
    say = words(chosen_language(lang))
    console = results()
    console.print()
    if not anomalies:
        console.print(say("nothing_found"))
        return 0
    console.print(say("found_one") if len(anomalies) == 1 else say("found_many", n=len(anomalies)))
    console.print()
    print_anomalies(console, anomalies, say)
    return EXIT_FOUND


def stream_of(path: str) -> str:
    """The stream a file goes to when none is named: its name without the endings that say how it is packed."""
    if path == STDIN:
        return "stdin"
    name = Path(path).name
    for ending in (".gz", ".zst", ".bz2", ".xz"):
        name = name.removesuffix(ending)
    return name


@dataclass(slots=True)
class FilePush:
    """What one file's push came to: job id -> the lines of the events it brought (none when nobody will ask)."""

    accepted: int = 0
    rejected: int = 0
    jobs: dict[str, EventLines] = field(default_factory=dict)


def push_batches(server: Server, items: Iterator[PushBatch], stream: str, is_mapped: bool) -> Iterator[FilePush]:
    """Push one batch after the other; yields the state so far, the same object each time."""
    state = FilePush()
    for item in items:
        answer = server.push(item.body, stream, item.idempotency_key)
        state.accepted += int(answer.get("accepted") or 0)
        state.rejected += int(answer.get("rejected_count") or 0)
        if job_id := answer.get("job_id"):
            state.jobs[str(job_id)] = lines_of_events(item.body, stream, item.first) if is_mapped else EventLines()
        yield state


def _push_file(
    server: Server, path: str, stream: str, size: int, is_binary_allowed: bool, is_mapped: bool
) -> FilePush:
    name = lasting_name(path)
    state = FilePush()
    printed = 0
    with open_input(path, is_binary_allowed) as source, reading_progress(remarks(), source, path) as lines:
        for state in push_batches(server, batches(lines, size, stream, name), stream, is_mapped):
            for job_id in list(state.jobs)[printed:]:
                results().print(safe(job_id))
            printed = len(state.jobs)
    counts = f"{state.accepted} lines accepted, {state.rejected} rejected, {len(state.jobs)} jobs"
    remarks().print(f"{safe(path)}: {counts}, stream {safe(stream)}")
    return state


def _wait_for_anomalies(server: Server, pushes: list[FilePush]) -> list[FoundAnomaly]:
    """Poll every job to its end; the anomalies of all, with line numbers of the files."""
    maps: dict[str, LineMap] = {}
    answers = []
    with waiting_progress(remarks(), sum(len(state.jobs) for state in pushes)) as advance:
        for state in pushes:
            for job_id, lines in state.jobs.items():
                answer = server.finished_job(job_id, lambda _: None)
                for part in answer.get("streams") or []:
                    maps.setdefault(str(part["stream"]), LineMap()).add(int(part["first_event"]), lines)
                answers.append(answer)
                advance()
    return anomalies_of_jobs(answers, maps)
