"""Where results and remarks are printed: results on stdout, everything else on stderr.

Log text is hostile: every piece of it goes through ``safe`` (no escape, control, bidi or zero-width character gets to
the terminal) and into ``rich.text.Text``, never into markup. Colours only on a terminal; NO_COLOR is honoured.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from loglynx.failures import CommandFailed
from shared.core.decoding import make_safe

MAX_SHOWN_CHARS = 2000
PIPE_WIDTH = 200  # of tables, where no terminal says how wide it is
# DEL and C1, zero-width and bidi controls, surrogates: json.dumps leaves them as they are.
_ACTED_ON = re.compile("[\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
SEVERITY_STYLES = {"low": "cyan", "medium": "yellow", "high": "bold red", "critical": "bold white on red"}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process with 1, which here means "found"."""
        raise BrokenPipeError


def results() -> Console:
    """The console of results; lines are never cut or wrapped, so that a pipe gets them whole."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return _Console(file=sys.stdout, width=width, highlight=False, emoji=False, markup=False, soft_wrap=True)


def remarks() -> Console:
    """The console of progress, remarks and errors."""
    return _Console(file=sys.stderr, highlight=False, emoji=False, markup=False, soft_wrap=True)


def own_command() -> str:
    """How this command can be typed again: ``loglynx`` where that is found, else the path it was called by."""
    called_by = sys.argv[0] if Path(sys.argv[0]).name == "loglynx" else f"{sys.executable} -m loglynx"
    return "loglynx" if shutil.which("loglynx") else called_by


def safe(text: str, max_chars: int = MAX_SHOWN_CHARS) -> str:
    """``text`` as one line that a terminal can be given."""
    return make_safe(text.replace("\r", "").replace("\n", " ⏎ "), max_chars)[0].replace("\t", "    ")


def print_json(value: object, indent: int | None = 2) -> None:
    """JSON on stdout; characters that a terminal might act on, and lone surrogates, as ``\\u`` escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    sys.stdout.write(_ACTED_ON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def show_failure(failure: CommandFailed) -> None:
    """``error:`` and, when there is one, ``fix:`` on stderr."""
    console = remarks()
    message = "\n".join(safe(line) for line in failure.message.splitlines())
    console.print(Text.assemble(("error: ", "bold red"), message))
    if failure.fix:
        console.print(Text.assemble(("  fix: ", "bold"), safe(failure.fix)))


def step_line(name: str, step: Mapping[str, Any], width: int) -> str:
    """What a step of a longer work said of itself: its plain figures, and whether it had been done before."""
    figures = ", ".join(
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {safe(str(value), 60)}"
        for key, value in step.items()
        if isinstance(value, int | float | str) and key != "skipped"
    )
    return f"{name:{width}}{'done before  ' if step['skipped'] else ''}{figures}"
