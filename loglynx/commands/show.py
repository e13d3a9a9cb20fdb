"""``loglynx show``: rows of a data file as a person reads them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from loglynx.datafiles.row_files import Row, read_rows
from loglynx.datafiles.showing import kind_of, shown
from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, remarks, results, safe

_COUNT = 5


def show(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Sequences, classified windows, chats; packed or not; - for stdin.")
    ],
    count: Annotated[
        int | None, typer.Option("-n", "--count", metavar="N", min=1, help="[default: 5; with --page all]")
    ] = None,
    skip: Annotated[int, typer.Option("--skip", metavar="N", min=0, help="Leave out the first rows.")] = 0,
    label: Annotated[
        str | None, typer.Option("--label", metavar="NAME", help="Only rows with this label or category.")
    ] = None,
    page: Annotated[bool, typer.Option("--page", help="Through a pager.")] = False,
    as_json: AsJson = False,
) -> int:
    """Show rows of sequences, of classified windows, or of chats in Alpaca, ShareGPT, ChatML and Unsloth form.

    \b
    loglynx show log_sequences_strings.json -n 3
    loglynx show anomaly_classification_dataset.json --label timeout
    loglynx show unsloth_training_data.json --page
    """
    rows = [(number, row) for number, row in enumerate(read_rows(file), start=1) if _is_wanted(row, label)]
    if not rows:
        raise CommandFailed(f"no row of {file} has that label", "leave out --label to see which there are")
    chosen = rows[skip : None if count is None and page else skip + (count or _COUNT)]
    if as_json:
        print_json([row for _, row in chosen])
        return 0
    console = results()
    with console.pager() if page and console.is_terminal else nullcontext():
        for number, row in chosen:
            for text in shown(row, number):
                console.print(text)
            console.print()
    kinds = sorted({kind_of(row) for _, row in rows})
    remarks().print(f"{len(chosen)} of {len(rows)} rows ({', '.join(kinds)}) of {safe(file)}")
    return 0


def _is_wanted(row: Row, label: str | None) -> bool:
    target = row.get("target")
    said = (row.get("label"), row.get("category"), target.get("category") if isinstance(target, dict) else None)
    return label is None or label in [str(value) for value in said if value is not None]
