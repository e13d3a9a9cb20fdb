"""``loglynx generate``: data to train with. So far: windows of log lines with the analyzer's answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loglynx.endings import with_exit_code
from loglynx.failures import CommandFailed
from loglynx.incident_prompts import ask
from loglynx.options import AsJson
from loglynx.terminal import print_json, results
from services.trainer.datasets.incidents.generate import write_dataset

generate = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


class Format(StrEnum):
    """How a row is written; the names of ``rows.FORMATS``."""

    JSONL = "jsonl"
    CHATML = "chatml"
    SHAREGPT = "sharegpt"
    ALPACA = "alpaca"


@generate.callback()
def describe() -> None:
    """Data to train with, made from templates and a seed.

    \b
    loglynx generate incidents -o data/incidents --rows 20000 --seed 1
    loglynx generate incidents -o data/chat --format chatml
    """


def incidents(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the files go.")],
    rows: Annotated[int, typer.Option("--rows", metavar="N", min=10, help="Windows in all three splits.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed, other windows.")] = 0,
    form: Annotated[
        Format, typer.Option("--format", help="jsonl has every field; the others are chats.")
    ] = Format.JSONL,
    as_json: AsJson = False,
) -> int:
    """Windows of log lines with the answer that the analyzer should give, in train, validation and test.

    \b
    loglynx generate incidents -o data/incidents --rows 20000 --seed 1
    """
    try:
        summary = write_dataset(output, rows, seed, form.value, ask)
    except OSError as error:
        raise CommandFailed(f"cannot write {output}: {error.strerror}") from error
    if as_json:
        print_json(summary)
        return 0
    for split, found in summary["splits"].items():
        results().print(f"{split:<11}{found['rows']:>8} rows", highlight=False)
    return 0


generate.command("incidents")(with_exit_code(incidents))
