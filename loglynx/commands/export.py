"""``loglynx export``: labelled rows in the forms that language models are trained from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loglynx.datafiles.row_files import read_rows, refuse_simulated, row_file
from loglynx.options import AsJson
from loglynx.progress import waiting_progress
from loglynx.terminal import print_json, remarks, results, safe


class Format(StrEnum):
    """The names of ``chats.FORMATS``."""

    ALPACA = "alpaca"
    SHAREGPT = "sharegpt"
    CHATML = "chatml"
    UNSLOTH = "unsloth"


def export(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="From `generate classification`, `generate incidents`, or your own.")
    ],
    form: Annotated[Format, typer.Option("--format", help="unsloth: conversations of role and content.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="[default: FORMAT_training_data.json]"),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="The first rows alone.")] = None,
    as_json: AsJson = False,
) -> int:
    """Chats with the analyzer's own question and the right answer, as Unsloth, TRL and the like read them.

    \b
    loglynx export anomaly_classification_dataset.json --format unsloth
    loglynx export data/incidents/train.jsonl --format alpaca -o train.jsonl
    """
    from loglynx.datafiles.chats import FORMATS, chat_of

    rows = read_rows(file, limit)
    refuse_simulated(file, rows)
    target = output or Path(f"{form.value}_training_data.json")
    with row_file(target) as append, waiting_progress(remarks(), len(rows), "rows") as advance:
        for number, row in enumerate(rows, start=1):
            append(FORMATS[form.value](chat_of(row, number)))
            advance()
    if as_json:
        print_json({"rows": len(rows), "format": form.value, "output": str(target)})
    else:
        results().print(f"{len(rows)} rows as {form.value} in {safe(str(target))}")
    return 0
