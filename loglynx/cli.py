"""The entry point ``loglynx``: finds the command and imports only that one, so that it answers at once."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from loglynx.compatibility import is_compatibility_call, run_compatibility
from loglynx.endings import with_exit_code

COMMANDS = {
    "scan": "Find the lines of a file that stand out; needs no server",
    "watch": "The same for a log that is still being written",
    "demo": "Run everything on bilingual example logs",
    "up": "Run the whole stack on this machine",
    "push": "Send log files to a running server",
    "ship": "Follow files, the journal or containers, and push each line once",
    "jobs": "Show what became of a push",
    "incidents": "List what a server has found, or show one",
    "feedback": "Say what an incident really is, or take it back",
    "archive": "What the archive holds, and taking out of it",
    "keys": "Make, list and revoke API keys",
    "models": "List the detector's models, and choose which is served",
    "retrain": "Make a better model of the archive and of people's feedback",
    "drift": "Which streams have changed so far that a retraining is proposed",
    "doctor": "Check this machine, and say what to mend",
    "detect": "Judge one line",
    "batch": "Judge every line of a file on its own",
    "bench": "Measure detectors on labelled logs, your own too",
    "generate": "Make data to train with",
    "convert": "Turn logs and public data sets into labelled rows",
    "analyze": "Say what a log file looks like",
    "split": "Divide labelled rows into training, validation and test",
    "export": "Write labelled rows as chats for language models",
    "show": "Show rows of a data file",
    "train": "Train a detector of your own logs",
    "compare": "Compare trained detectors on one test",
    "workflow": "From raw logs to trained, compared detectors in seven steps",
    "pipeline": "Discover, name and learn kinds of anomalies, in stages",
    "tune": "Teach a language model from labelled incidents",
    "evaluate": "Measure trained detectors, or the analyzer, on labelled windows",
    "tokenize": "Show a line as the model reads it",
}
HELP_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class CommandsOnDemand(TyperGroup):
    """``loglynx.commands.NAME`` holds the command ``NAME``: a function, or a Typer app with commands of its own."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"loglynx.commands.{cmd_name}"), cmd_name)
        if not isinstance(found, typer.Typer):
            function = with_exit_code(found)
            found = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
            found.command(cmd_name, context_settings=HELP_SETTINGS)(function)
        command = get_command(found)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """From the table above: help must not import every command for one sentence of each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    name="loglynx",
    cls=CommandsOnDemand,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP_SETTINGS,
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


def main() -> None:
    """Run one command line; always ends by SystemExit."""
    arguments = sys.argv[1:]
    if is_compatibility_call(arguments):
        sys.exit(run_compatibility(arguments))
    app()
