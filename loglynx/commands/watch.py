"""``loglynx watch``: a log on standard input, and its anomalies as they come."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.text import Text

from loglynx.explaining import Explainer, line_numbers
from loglynx.failures import EXIT_FOUND, CommandFailed
from loglynx.findings import Say, print_anomaly, ranges
from loglynx.language import Language, chosen_language, explanation_language, words
from loglynx.live import LiveStream
from loglynx.local_model import LocalModel
from loglynx.options import Explain, Lang
from loglynx.reading import MAX_LINE_BYTES, open_input
from loglynx.repeats import Repeats, kind_of
from loglynx.terminal import remarks, results, safe
from shared.core.windowing import WindowRule

MOST_LINES_AT_ONCE = 1000
LINES_AHEAD = 10_000  # read and not yet judged; beyond it the writer waits
GATHER_S = 0.2
QUIET_S = 3.0


def watch(
    only_anomalies: Annotated[
        bool, typer.Option("--only-anomalies", help="Print anomalies only, not every line.")
    ] = False,
    learn: Annotated[
        int, typer.Option("--learn", metavar="N", min=20, max=5000, help="Windows to learn before judging.")
    ] = 100,
    learn_from: Annotated[
        str | None, typer.Option("--learn-from", metavar="FILE", help="Learn from an older log first, also .gz.")
    ] = None,
    stream_window: Annotated[
        str, typer.Option("--stream-window", metavar="RULE", help="How lines are cut into windows.")
    ] = "fixed:10",
    explain: Explain = None,
    lang: Lang = Language.AUTO,
) -> int:
    """Read a log from standard input; learn what it normally looks like, then print anomalies as they come.

    The first windows are only learnt ([learning 37 %]); with --learn-from nothing has to be waited for. Exit 1 when
    anomalies were printed.

    \b
    tail -f app.log | loglynx watch
    tail -f app.log | loglynx watch --only-anomalies --learn-from app.log.1.gz
    """
    try:
        rule = WindowRule.parse(stream_window)
    except ValueError as error:
        raise CommandFailed(str(error), "for example --stream-window fixed:10 or sliding:10:1") from error
    model = LocalModel.load()
    stream = LiveStream(model.reader, model.judge, rule, learn)
    say = words(chosen_language(lang))
    if learn_from is not None:
        _learn(stream, learn_from, say)
    explainer = Explainer(explain, explanation_language(lang), most=None)
    repeats = Repeats()
    found = 0
    learning = _Learning(remarks(), say, stream)
    for lines in arriving(sys.stdin.buffer):
        if not only_anomalies:
            _pass_on(lines)
        flags = stream.add(lines, _now_ms()) if lines else stream.settle(_now_ms())
        learning.report()
        for flag in flags:
            found += 1
            kind = kind_of(flag, explainer.category_by_rules(flag))
            times = repeats.count(kind, _now_ms())
            if times == 1:
                anomaly = explainer.anomaly_of_flag(flag)
                repeats.entitle(kind, anomaly.title)
                print_anomaly(results(), anomaly, say)
            else:
                where = say("lines", numbers=ranges(line_numbers(flag)))
                results().print(Text(f"{safe(repeats.title(kind))} ({where}): {say('again', n=times)}"))
        sys.stdout.flush()
    return EXIT_FOUND if found else 0


def arriving(source: IO[bytes]) -> Iterator[list[bytes]]:
    """Lines in the groups in which they come: whatever gathered within GATHER_S; [] after QUIET_S of silence, and at
    the end."""
    waiting: queue.Queue[bytes | None] = queue.Queue(LINES_AHEAD)

    def read() -> None:
        while line := source.readline(MAX_LINE_BYTES):
            waiting.put(line.rstrip(b"\r\n"))
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    is_settled = True
    while True:
        try:
            first = waiting.get(timeout=None if is_settled else QUIET_S)
        except queue.Empty:
            is_settled = True
            yield []
            continue
        if first is None:
            yield []
            return
        lines, is_over = _gather(waiting, first)
        is_settled = False
        yield lines
        if is_over:
            yield []
            return


def _gather(waiting: queue.Queue[bytes | None], first: bytes) -> tuple[list[bytes], bool]:
    lines = [first]
    until = time.monotonic() + GATHER_S
    while len(lines) < MOST_LINES_AT_ONCE:
        try:
            line = waiting.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return lines, False
        if line is None:
            return lines, True
        lines.append(line)
    return lines, False


def _learn(stream: LiveStream, path: str, say: Say) -> None:
    with open_input(path) as source:
        lines: list[bytes] = []
        for line in source.lines:
            lines.append(line)
            if len(lines) >= MOST_LINES_AT_ONCE:
                stream.add(lines, _now_ms())
                lines = []
            if stream.is_ready:
                break
        stream.add(lines, _now_ms())
    stream.settle(_now_ms())
    stream.number_from_one()
    name = Path(path).name
    remarks().print(f"{safe(name)}: {say('learning', percent=int(100 * stream.learnt_share))}")


def _pass_on(lines: list[bytes]) -> None:
    console = results()
    for line in lines:
        console.print(Text(safe(line.decode("utf-8", "replace"), max_chars=32_768)))


class _Learning:
    """Says how far the learning is, at every tenth of it, and when it is over."""

    def __init__(self, console: Console, say: Say, stream: LiveStream) -> None:
        self._console = console
        self._say = say
        self._stream = stream
        self._said = -1

    def report(self) -> None:
        tenth = int(10 * self._stream.learnt_share)
        if tenth == self._said:
            return
        self._said = tenth
        share = int(100 * self._stream.learnt_share)
        self._console.print(self._say("ready") if tenth == 10 else self._say("learning", percent=share))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
