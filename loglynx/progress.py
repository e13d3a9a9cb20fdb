"""Progress bars on stderr, only where a person watches; a pipe or a file gets none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from loglynx.reading import OpenInput
from loglynx.terminal import safe

LINES_PER_UPDATE = 500


@contextmanager
def reading_progress(console: Console, source: OpenInput, label: str) -> Iterator[Iterator[bytes]]:
    """The lines of ``source``, with a bar of bytes while they are read; the total is unknown for a pipe."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(safe(Path(label).name, 40), total=source.total_bytes)

        def counted() -> Iterator[bytes]:
            for number, line in enumerate(source.lines):
                if number % LINES_PER_UPDATE == 0:
                    bar.update(task, completed=source.bytes_read())
                yield line
            bar.update(task, completed=source.bytes_read())

        yield counted()


@contextmanager
def waiting_progress(console: Console, jobs: int, name: str = "jobs") -> Iterator[Callable[[], None]]:
    """A bar over jobs, or over what ``name`` says; call what it gives once for each that is done."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn(name, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=jobs)
        yield lambda: bar.advance(task)
