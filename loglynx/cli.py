"""The entry point ``loglynx``: assembles the commands."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from loglynx.commands.batch import batch
from loglynx.commands.demo import demo
from loglynx.commands.detect import detect
from loglynx.commands.doctor import doctor
from loglynx.commands.incidents import incidents
from loglynx.commands.jobs import jobs
from loglynx.commands.keys import keys
from loglynx.commands.push import push
from loglynx.commands.scan import scan
from loglynx.commands.tokenize import tokenize
from loglynx.commands.up import up
from loglynx.commands.watch import watch
from loglynx.compatibility import is_compatibility_call, run_compatibility
from loglynx.endings import with_exit_code

app = typer.Typer(
    name="loglynx",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"loglynx {installed_version('loglynx')}")
        raise typer.Exit


@app.callback()
def describe(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
    log: Annotated[str | None, typer.Option("--log", metavar="LINE", help="Score one line.")] = None,
    logs: Annotated[str | None, typer.Option("--logs", metavar="LINE...", help="Score a sequence of lines.")] = None,
    window_type: Annotated[
        str | None, typer.Option("--window-type", metavar="fixed|sliding", help="How --logs is cut into windows.")
    ] = None,
) -> None:
    """Log anomaly detection on your own machine.

    \b
    loglynx scan app.log                  anomalies of a file; no server, no configuration
    tail -f app.log | loglynx watch       the same, live
    loglynx demo                          the whole stack on bilingual example logs
    loglynx up                            the whole stack, kept running
    loglynx push app.log --wait           send a file to it and print what it finds
    loglynx --logs "line 1" "line 2" --window-type sliding
    loglynx --log "failed login"
    """


for function in (scan, watch, demo, up, push, jobs, incidents, doctor, detect, batch, tokenize):
    app.command()(with_exit_code(function))
app.add_typer(keys, name="keys")


def main() -> None:
    """Run one command line; always ends by SystemExit."""
    arguments = sys.argv[1:]
    if is_compatibility_call(arguments):
        sys.exit(run_compatibility(arguments))
    app()
