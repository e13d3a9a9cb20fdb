"""The directory that a report goes to, asked for before the hours of work and not after them.

In: what ``--output`` and ``--plots`` say. Raises CommandFailed: a directory that cannot be made, plots without a
directory, or without the library that draws them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from loglynx.failures import CommandFailed


def prepare(output: Path | None, plots: bool, drawing: str) -> None:
    """Make ``output``; ``drawing`` is the module that would draw."""
    if plots and output is None:
        raise CommandFailed("--plots needs a directory to draw into", "add --output DIR")
    if plots:
        try:
            import_module(drawing)
        except ImportError as error:
            raise CommandFailed(f"--plots needs {error.name}", "pip install 'loglynx[bench]'") from error
    if output is not None:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandFailed(f"{output}: {error.strerror}", "give --output a directory") from error


def write(output: Path, as_json: str, as_markdown: str) -> None:
    """``report.json`` and ``report.md``."""
    try:
        (output / "report.json").write_text(as_json + "\n", encoding="utf-8")
        (output / "report.md").write_text(as_markdown, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{output}: {error.strerror}", "is the disk full?") from error
