"""``loglynx retrain``: from the archive and people's feedback to a candidate, and what it would change."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from loglynx.failures import CommandFailed
from loglynx.model_registry import AuthorOption, RegistryOption, author_of, failures_told, registry_at, short
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.stack.data_dir import DataDir
from loglynx.terminal import print_json, remarks, results, safe
from shared.errors import StoreUnavailable
from shared.store.connection import connect
from shared.store.keyspace import check_stream_name

_SPAN = re.compile(r"(\d{1,4}(?:\.\d+)?)([dhm])")
_DAYS = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440}


def retrain(
    stream: Annotated[
        list[str] | None,
        typer.Option("--stream", metavar="NAME", help="Only this one; may be repeated.  [default: all]"),
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back: 7d, 36h, 90m.")] = "7d",
    steps: Annotated[
        int, typer.Option("--steps", metavar="N", min=0, max=100_000, help="Also tune both networks for so long.")
    ] = 0,
    settle: Annotated[
        float, typer.Option("--settle", metavar="S", min=0.0, help="Leave out the last seconds: not archived yet.")
    ] = 120.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be learnt from.")] = False,
    gates: Annotated[bool, typer.Option("--gates/--no-gates", help="Measure the candidate by the gates too.")] = True,
    report: Annotated[
        str | None, typer.Option("--report", metavar="MODEL", help="Show a candidate's report; retrain nothing.")
    ] = None,
    queue: Annotated[bool, typer.Option("--queue", help="Let the stack's trainer do it.")] = False,
    archive: Annotated[
        Path | None, typer.Option("--archive", metavar="DIR", help="The archive; default: in the data directory.")
    ] = None,
    author: AuthorOption = None,
    registry: RegistryOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Make a candidate of the archive and of what people said of flags, and report what it would change.

    Nothing is activated: `loglynx models activate` does that, behind the gates.

    \b
    loglynx retrain --dry-run
    loglynx retrain --since 7d
    loglynx retrain --stream web --since 36h --json
    loglynx retrain --report 3f9c2a1b77
    loglynx retrain --queue
    """
    found = registry_at(registry, data_dir)
    if report is not None:
        with failures_told(found):
            notes = found.load(found.find(report)).lineage.notes.get("retraining")
        if not isinstance(notes, dict):
            raise CommandFailed("that model was not made by retraining", "loglynx models list")
        _show(notes, as_json)
        return 0
    days = _days(since)
    for name in stream or ():
        check_stream_name(name)
    if queue:
        return _ask(data_dir, author_of(author), days, tuple(stream or ()), steps)
    try:
        from loglynx.retraining.dataset import DAY_MS, Span
        from loglynx.retraining.retrain import NOTE, Asked, frozen, labelled_cases, retrain
        from loglynx.retraining.worker import bounds_of
        from services.trainer.settings import TrainerSettings
    except ImportError as error:
        raise CommandFailed(f"retraining needs {error.name}", "pip install 'loglynx[stack]'") from error
    until = int((time.time() - settle) * 1000)
    asked = Asked(
        archive or DataDir(data_dir).archive_dir,
        Span(until - int(days * DAY_MS), until),
        frozenset(stream) if stream else None,
        bounds_of(TrainerSettings.from_environment()),
        steps,
        author=author_of(author),
        command=("loglynx", *sys.argv[1:])[:200],
    )
    if dry_run:
        _show({"data": frozen(asked).to_json()}, as_json)
        return 0
    with failures_told(found):
        try:
            entry, data = retrain(asked, found, remarks().print)
        except ImportError as error:
            raise CommandFailed(f"tuning needs {error.name}", "pip install 'loglynx[trainer]'") from error
        notes = {"model": entry.address, **entry.lineage.notes[NOTE]}
        if gates:
            notes["gates"] = _gates(found, entry.address, labelled_cases(data))
    _show(notes, as_json)
    return 0


def _gates(registry: Any, address: str, cases: list[Any]) -> dict[str, Any]:
    from loglynx.promotion.promote import ask_gates

    report = ask_gates(registry, address, remarks().print, cases)
    for line in report.lines():
        remarks().print(safe(line))
    return {"is_passed": report.is_passed, **report.in_short()}


def _days(since: str) -> float:
    found = _SPAN.fullmatch(since.strip())
    if not found or float(found[1]) <= 0:
        raise CommandFailed("--since takes a number with d, h or m", "--since 7d")
    return float(found[1]) * _DAYS[found[2]]


def _ask(data_dir: Path, author: str, days: float, streams: tuple[str, ...], steps: int) -> int:
    from shared.store.doorbell import Doorbell
    from shared.store.retrains import Retrains

    where = DataDir(data_dir)
    try:
        with connect(where.redis_url) as redis:
            run = Retrains(redis).ask(author, days, time.time_ns() // 1_000_000, streams, steps)
            Doorbell(redis).ring("trainer")
    except (StoreUnavailable, OSError) as error:
        raise CommandFailed(f"no stack answers on {safe(str(where.path))}", "start one with `loglynx up`") from error
    results().print(run.run_id)
    return 0


def _show(notes: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(notes)
        return
    out = results()
    if "model" in notes:
        out.print(f"candidate: {short(notes['model'])}")
    data = notes.get("data") or {}
    counts = ", ".join(f"{name} {count}" for name, count in (data.get("windows") or {}).items())
    out.print(safe(f"windows: {counts}"))
    for name, why in (data.get("refused") or {}).items():
        out.print(safe(f"left as it is: {name}: {why}"))
    out.print(f"digest of the data: {safe(str(data.get('data_sha256', '')))}")
    replay = notes.get("replay")
    if replay:
        for name, found in replay["streams"].items():
            removed = f"{found['removed']} of {found['false_alarms']} false alarms"
            lost = f"{found['lost']} of {found['found']} confirmed lost"
            out.print(safe(f"  {name}: removes {removed}, {lost}, {found['new_flags']} new flags"))
        out.print(safe(replay["sentence"]))
    if "gates" in notes:
        out.print("the gates: " + ("passed" if notes["gates"]["is_passed"] else "NOT passed"))
