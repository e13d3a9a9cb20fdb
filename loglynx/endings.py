"""How a command ends: every way out becomes an exit code, and never a traceback for what a user can mend.

0 done, or nothing found · 1 anomalies found (scan, watch, detect, batch) or a check failed (doctor) · 2 error
130 interrupted · 141 the reader of the pipe went away (128 + SIGPIPE, as other tools in a pipe end)
"""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec

import typer

from loglynx.failures import EXIT_BROKEN_PIPE, EXIT_FAILED, EXIT_INTERRUPTED, CommandFailed
from loglynx.terminal import show_failure
from shared.errors import LoglynxError

P = ParamSpec("P")


def exit_code_of(function: Callable[P, int | None], *args: P.args, **kwargs: P.kwargs) -> int:
    """Run ``function`` and say how it ended."""
    try:
        code = function(*args, **kwargs) or 0
        sys.stdout.flush()
    except CommandFailed as failure:
        show_failure(failure)
        return EXIT_FAILED
    except LoglynxError as error:
        show_failure(CommandFailed(f"{error.title} ({error})"))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit complains
        return EXIT_BROKEN_PIPE
    except typer.Exit:
        raise
    except Exception as error:
        traceback.print_exc()  # Python's own exit code for it is 1, which here means "found"
        show_failure(CommandFailed(f"this is a defect of loglynx: {type(error).__name__}", "please report it"))
        return EXIT_FAILED
    return code


def with_exit_code(function: Callable[P, int | None]) -> Callable[P, None]:
    """``function`` as a Typer command whose result is the exit code."""

    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(exit_code_of(function, *args, **kwargs))

    return command
