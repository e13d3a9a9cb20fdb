"""``loglynx scan``: the anomalies of one file, with no server and no configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from loglynx.explaining import Explainer
from loglynx.failures import EXIT_FAILED, EXIT_FOUND, CommandFailed, InputUnreadable
from loglynx.findings import FoundAnomaly, Say, print_anomalies
from loglynx.language import Language, chosen_language, explanation_language, words
from loglynx.options import AsJson, Explain, Lang
from loglynx.progress import reading_progress
from loglynx.reading import STDIN, open_input
from loglynx.scorer_weights import read_weights
from loglynx.terminal import print_json, remarks, results, safe, show_failure
from services.detector.scan_file import ScanReport, ScanSettings, scan_lines
from shared.core.fusion import FUSION
from shared.core.records import Event
from shared.core.scorers import FUSED, SCORERS

DEFAULT_ALARM_BUDGET = 0.001


def scan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Log file, also .gz, .zst, .bz2, .xz; - is stdin.")],
    as_json: AsJson = False,
    budget: Annotated[
        int, typer.Option("--budget", metavar="N", min=1, max=1000, help="Show at most so many, worst first.")
    ] = 10,
    show_all: Annotated[
        bool, typer.Option("--all", help="List the notes too: lone odd lines that nothing followed.")
    ] = False,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline", metavar="NORMAL", help="Judge by this file, which shows normal life, also .gz; repeatable."
        ),
    ] = None,
    scorer: Annotated[
        str, typer.Option("--scorer", metavar="NAME", help="With --baseline: one scorer alone instead of all fused.")
    ] = FUSION,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="NAME=W,...",
            help="With --baseline: these scorers alone, weighted so in their fusion.",
        ),
    ] = None,
    alarm_budget: Annotated[
        float | None,
        typer.Option(
            "--alarm-budget",
            metavar="SHARE",
            min=1e-6,
            max=0.5,
            help="With --baseline: share of normal windows to aim at flagging.  [default: 0.001]",
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="DIR", help="Judge by a model that `loglynx train` made.")
    ] = None,
    binary: Annotated[bool, typer.Option("--binary", help="Read a file that does not look like text too.")] = False,
    explain: Explain = None,
    lang: Lang = Language.AUTO,
) -> int:
    """Find the lines of a file that stand out: no server, no configuration, any format, any size.

    A finding is trouble that unfolds: several kinds of it close together, a burst, or words such as panic, corrupt or
    disk full. A lone error that nothing follows is a note: counted in one line, listed with --all.

    Exit 0: nothing found, or notes alone; 1: anomalies found; 2: the file could not be read, or not to its end.

    \b
    loglynx scan app.log
    loglynx scan --all app.log
    loglynx scan app.log.gz --json | jq '.findings[].line_numbers'
    kubectl logs api | loglynx scan -
    loglynx scan --baseline monday.log --baseline tuesday.log today.log
    loglynx scan --baseline normal.log --scorer value today.log
    loglynx scan --baseline normal.log --weights head=0.5,knn=0.3,ae=0.2 today.log
    loglynx scan --model models/app today.log

    Scorers: fusion, head, context, knn, ae, ocnn, centroid, variance, counts, relations, order, novelty, rarity,
    value, words, length.
    """
    language = chosen_language(lang)
    judge = _judge_by(baseline or [], scorer, weights, alarm_budget, binary, model)
    broken: list[InputUnreadable] = []
    with open_input(file, binary) as source, reading_progress(remarks(), source, source.name) as lines:
        settings = ScanSettings(name=source.name, most_findings=budget, received_ms=time.time_ns() // 1_000_000)
        report = judge(_until_broken(lines, broken), settings)
    if broken and report.lines == 0:
        raise broken[0]
    explainer = Explainer(explain, explanation_language(lang))
    anomalies = [explainer.anomaly_of_finding(finding) for finding in report.findings]
    noted = [explainer.anomaly_of_finding(note) for note in report.notes] if show_all else []
    if as_json:
        print_json(_as_json(source.name, report, anomalies, noted))
    else:
        _print_report(source.name, report, anomalies, noted, language)
    if broken:
        show_failure(broken[0])
        return EXIT_FAILED
    return EXIT_FOUND if anomalies else 0


def _judge_by(
    baselines: Sequence[str],
    scorer: str,
    weights: str | None,
    budget: float | None,
    is_binary_allowed: bool,
    model: Path | None,
) -> Callable[[Iterable[bytes], ScanSettings], ScanReport]:
    """How a file is scanned: by itself, by what the baseline files show to be normal, or by a trained model."""
    if model is not None:
        if baselines or scorer != FUSION or weights is not None:
            raise CommandFailed("--model stands in place of --baseline, --scorer and --weights", "leave those out")
        return _by_model(model, budget)
    if scorer != FUSION and scorer not in SCORERS:
        raise CommandFailed(f"there is no scorer {scorer}", f"one of: {FUSION}, {', '.join(SCORERS)}")
    chosen = None if weights is None else read_weights(weights)
    if chosen is not None and scorer != FUSION:
        raise CommandFailed("--weights names the scorers itself", "leave out --scorer")
    if not baselines:
        given = {"--scorer": scorer != FUSION, "--weights": chosen is not None, "--alarm-budget": budget is not None}
        for option, is_given in given.items():
            if is_given:
                raise CommandFailed(f"{option} needs a file that shows normal life", "add --baseline NORMAL.log")
        return scan_lines
    if STDIN in baselines:
        raise CommandFailed("--baseline reads files only", "standard input can be the file to scan: -")
    from loglynx.local_model import LocalModel
    from services.detector.scan_against import TooFewNormal, learn_normal, scan_against

    reader = LocalModel.load().reader
    names = tuple(chosen) if chosen else FUSED if scorer == FUSION else (scorer,)
    try:
        normal = _files(baselines, is_binary_allowed)
        known = learn_normal(normal, reader, names, time.time_ns() // 1_000_000, chosen)
    except TooFewNormal as error:
        raise CommandFailed(f"too little normal life in {', '.join(baselines)}: {error}", "give more lines") from None
    share = DEFAULT_ALARM_BUDGET if budget is None else budget
    return lambda lines, scan_settings: scan_against(known, lines, reader, share, scan_settings)


def _by_model(directory: Path, budget: float | None) -> Callable[[Iterable[bytes], ScanSettings], ScanReport]:
    from loglynx.trained_model import load_trained, window_size
    from services.detector.scan_by_model import scan_by_model

    model = load_trained(directory, budget)
    size = window_size(model)

    def judge(windows: Sequence[tuple[Event, ...]]) -> tuple[Any, Sequence[Any]]:
        scores = model.score(windows)
        return scores.strangeness, scores.lines or []

    return lambda lines, asked: scan_by_model(judge, model.threshold, model.version, size, lines, asked)


def _files(names: Sequence[str], is_binary_allowed: bool) -> Iterator[Iterator[bytes]]:
    """The lines of each file; each is read to its end before the next is opened."""
    for name in names:
        with (
            open_input(name, is_binary_allowed) as source,
            reading_progress(remarks(), source, source.name) as lines,
        ):
            yield lines


def _until_broken(lines: Iterable[bytes], broken: list[InputUnreadable]) -> Iterator[bytes]:
    """The lines up to where the input breaks off: what came before is worth showing."""
    try:
        yield from lines
    except InputUnreadable as failure:
        broken.append(failure)


def _format_of(report: ScanReport) -> str:
    return report.format.name if report.format is not None else "?"


def _print_report(
    name: str, report: ScanReport, anomalies: list[FoundAnomaly], noted: list[FoundAnomaly], language: str
) -> None:
    console = results()
    say = words(language)
    if report.lines == 0:
        console.print(f"{safe(name)}: {say('nothing_to_read')}")
        return
    counts = {"lines": f"{report.lines:,}", "events": f"{report.events:,}", "templates": f"{report.templates:,}"}
    console.print(say("summary", name=safe(name), format=_format_of(report), **counts))
    if not anomalies:
        console.print(say("nothing_found"))
    else:
        total = len(anomalies) + report.unlisted
        console.print(say("found_one") if total == 1 else say("found_many", n=total))
        console.print()
        print_anomalies(console, anomalies, say)
        if report.unlisted:
            console.print()
            console.print(say("unlisted", n=report.unlisted))
    if report.noted:
        if anomalies:
            console.print()
        _print_notes(console, report, noted, say)


def _print_notes(console: Console, report: ScanReport, noted: list[FoundAnomaly], say: Say) -> None:
    is_one = report.noted_events == 1
    said = say("noted_one") if is_one else say("noted_many", n=report.noted_events)
    console.print(said if noted else said + say("list_it" if is_one else "list_them"))
    if noted:
        console.print()
        print_anomalies(console, noted, say)
        if hidden := report.noted - len(noted):
            console.print()
            console.print(say("unlisted", n=hidden))


def _as_json(
    name: str, report: ScanReport, anomalies: list[FoundAnomaly], noted: list[FoundAnomaly]
) -> dict[str, Any]:
    return {
        "input": name,
        "format": _format_of(report),
        "lines": report.lines,
        "events": report.events,
        "templates": report.templates,
        "findings": [anomaly.to_json() for anomaly in anomalies],
        "unlisted": report.unlisted,
        "notes": report.noted,
        "noted": [anomaly.to_json() for anomaly in noted],
    }
