"""``loglynx demo``: the whole stack, bilingual example logs with planted faults, and what it makes of them."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from loglynx.client import Server
from loglynx.commands.up import print_health
from loglynx.demo_logs import Demo, Outcome, demo_logs, outcome_of, with_raw_lines
from loglynx.failures import EXIT_FOUND, StackFailed
from loglynx.findings import print_anomalies
from loglynx.incident_records import anomalies_of_jobs, flagged_lines
from loglynx.language import Language, chosen_language, words
from loglynx.line_map import EventLines, LineMap, lines_of_events
from loglynx.options import Lang
from loglynx.progress import waiting_progress
from loglynx.settings import DEFAULT_HOST
from loglynx.stack.admin_key import first_admin_key, keys_of, now_ms
from loglynx.stack.data_dir import DataDir
from loglynx.stack.interrupts import interrupts_as_stop
from loglynx.stack.stack import Stack, free_port
from loglynx.terminal import own_command, remarks, results, safe
from shared.core.access import Scope

SEED = 7
KEY_LIFE_MS = 24 * 3600 * 1000
SETTINGS = {
    "LOGLYNX_DETECTOR_IDLE_FLUSH_MS": "1500",
    "LOGLYNX_INGEST_IDLE_FLUSH_S": "1.5",
}


def demo(
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", metavar="DIR", help="Keep the data here; default: a temporary directory."),
    ] = None,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running until Ctrl-C.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Other logs, the same faults.")] = SEED,
    lang: Lang = Language.AUTO,
) -> int:
    """Start the whole stack, push English and Chinese logs with planted faults, and print what it finds.

    Exit 1 when not one fault was found.

    \b
    loglynx demo
    loglynx demo --keep --port 8514
    """
    say = words(chosen_language(lang))
    stop = threading.Event()
    logs = demo_logs(seed)
    with _directory(data_dir) as directory, interrupts_as_stop(stop):
        stack = Stack(DataDir(directory), DEFAULT_HOST, port or free_port(DEFAULT_HOST), stop, SETTINGS)
        remarks().print(say("starting"))
        with stack.running():
            if not stack.wait_until_ready():
                return 0
            print_health(results(), stack)
            show = _Show(stack, logs, lang)
            show.run_beside(stack)
            if show.outcome is None:
                return 0  # stopped by the user
            _print_way_on(stack, keep, lang)
            if keep:
                stack.watch()
    return 0 if show.outcome.found_count else EXIT_FOUND


def _print_way_on(stack: Stack, is_kept: bool, lang: Language) -> None:
    """Where to look further: the running stack, or how to have it left running."""
    console = results()
    say = words(chosen_language(lang))
    console.print()
    if not is_kept:
        console.print(f"{say('look_further')} {own_command()} demo --keep")
        return
    console.print(f"{say('look_further')} {stack.url}")
    key = first_admin_key(stack.data_dir)
    if key is not None:
        console.print(f"{say('admin_key')} {key}")
    console.print(say("ctrl_c"))


@contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="loglynx-demo-") as made:
        yield Path(made)


class _Show:
    """Pushes, waits and prints, in a thread beside the supervisor."""

    def __init__(self, stack: Stack, logs: Demo, lang: Language) -> None:
        self._stack = stack
        self._logs = logs
        self._language = chosen_language(lang)
        self._failure: BaseException | None = None
        self.outcome: Outcome | None = None

    def run_beside(self, stack: Stack) -> None:
        """Run to the end while ``stack`` is kept alive. Raises what the show raised."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        while thread.is_alive() and not stack.stop.is_set():
            stack.step()
            thread.join(timeout=0.1)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._push_and_print(results())
        except BaseException as error:
            self._failure = error

    def _push_and_print(self, console: Console) -> None:
        say = words(self._language)
        with keys_of(self._stack.data_dir) as keys:
            key, _ = keys.create("demo", [Scope.PUSH, Scope.READ], now_ms(), now_ms() + KEY_LIFE_MS)
        logs = self._logs
        _write_logs(self._stack.data_dir.path / "demo", logs)
        console.print()
        console.print(say("pushing", lines=logs.lines, streams=", ".join(logs.streams), faults=len(logs.planted)))
        with Server(self._stack.url, key, give_up_s=60.0) as server:
            maps, answers = _push_all(server, logs)
        anomalies = [with_raw_lines(anomaly, logs) for anomaly in anomalies_of_jobs(answers, maps)]
        console.print()
        console.print(say("found_many", n=len(anomalies)) if anomalies else say("nothing_found"))
        console.print()
        print_anomalies(console, anomalies, say)
        self.outcome = outcome_of(logs.planted, flagged_lines(answers, maps))
        console.print()
        print_outcome(console, logs, self.outcome, self._language)


def _write_logs(directory: Path, logs: Demo) -> None:
    """The logs as files, so that the line numbers can be looked up."""
    directory.mkdir(exist_ok=True)
    for stream in logs.streams:
        (directory / f"{stream}.log").write_text(logs.text_of(stream), encoding="utf-8")


def _push_all(server: Server, logs: Demo) -> tuple[Mapping[str, LineMap], list[dict[str, Any]]]:
    """Push every piece, wait for every job."""
    jobs: list[tuple[str, EventLines]] = []
    for piece in logs.pieces:
        body = piece.text.encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        answer = server.push(body, piece.stream, f"demo-{digest}-{piece.stream}-{piece.first_line}")
        jobs.append((str(answer["job_id"]), lines_of_events(body, piece.stream, piece.first_line)))
    maps = {stream: LineMap() for stream in logs.streams}
    answers = []
    with waiting_progress(remarks(), len(jobs)) as advance:
        for job_id, lines in jobs:
            answer = server.finished_job(job_id, lambda _: None)
            if answer.get("state") == "failed":
                raise StackFailed(f"job {job_id} failed", "look into the logs of the data directory")
            for part in answer["streams"]:
                maps[part["stream"]].add(int(part["first_event"]), lines)
            answers.append(answer)
            advance()
    return maps, answers


def print_outcome(console: Console, logs: Demo, outcome: Outcome, language: str) -> None:
    """What was planted and what became of it, then the count."""
    say = words(language)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("planted", "stream", "lines", "category", "found_as"):
        table.add_column(say(f"column.{heading}"), no_wrap=True)
    for fault, categories in zip(logs.planted, outcome.found, strict=True):
        name = fault.zh if language == "zh" else fault.en
        found = ", ".join(filter(None, categories)) or (say("column.found") if categories else say("column.missed"))
        lines = f"{fault.first_line}-{fault.last_line}"
        table.add_row(safe(name), fault.stream, lines, fault.category, found)
    console.print(table)
    console.print()
    counts = {"planted": len(logs.planted), "found": outcome.found_count, "extra": outcome.extra}
    console.print(say("planted", **counts))
