"""``loglynx generate``: data to train with: labelled sequences, classified windows, incidents with answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from loglynx.datafiles.row_files import row_file
from loglynx.endings import with_exit_code
from loglynx.failures import CommandFailed
from loglynx.incident_prompts import ask
from loglynx.options import AsJson
from loglynx.progress import waiting_progress
from loglynx.terminal import print_json, remarks, results
from services.trainer.datasets.incidents.generate import write_dataset
from services.trainer.datasets.sequences.generate import ANOMALY_SHARE, classification_rows, sequence_rows

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
    loglynx generate sequences --count 8000 --seed 0 --language both
    loglynx generate classification --count 2000
    loglynx generate incidents -o data/incidents --rows 20000 --seed 1
    loglynx generate incidents -o data/chat --format chatml
    """


class Written(StrEnum):
    """What lines are written in; both: Chinese, English, and services of either in one sequence."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


Count = Annotated[int, typer.Option("--count", "-n", metavar="N", min=1, max=2_000_000, help="So many rows.")]
Seed = Annotated[int, typer.Option("--seed", "-s", metavar="N", help="The same seed, the same bytes.")]
InLanguage = Annotated[Written, typer.Option("--language", help="Of the lines.")]


def sequences(
    count: Count = 8_000,
    seed: Seed = 0,
    language: InLanguage = Written.BOTH,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help=".json for an array, .jsonl for a row a line.")
    ] = Path("log_sequences_strings.json"),
    anomaly_share: Annotated[
        float, typer.Option("--anomaly-share", metavar="R", min=0.0, max=1.0, help="Of faults among all.")
    ] = ANOMALY_SHARE,
    as_json: AsJson = False,
) -> int:
    """Labelled sequences of 6 to 15 lines: normal ones, and 14 kinds of faults that unfold over lines and services.

    Normal ones have errors, retries that recover, slow requests: no word and no line gives the label away.

    \b
    loglynx generate sequences --count 8000 --seed 0 --language both --output log_sequences_strings.json
    loglynx generate sequences -n 1000 --language zh -o zh.jsonl
    """
    return _write(sequence_rows(count, seed, language.value, anomaly_share), count, output, as_json, "category")


def classification(
    count: Count = 2_000,
    seed: Seed = 0,
    language: InLanguage = Written.BOTH,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help=".json for an array, .jsonl for a row a line.")
    ] = Path("anomaly_classification_dataset.json"),
    as_json: AsJson = False,
) -> int:
    """Windows with their category, severity, usual cause and evidence, for `evaluate analyzer`, `tune`, `export`.

    \b
    loglynx generate classification --count 2000
    loglynx export anomaly_classification_dataset.json --format unsloth
    """
    return _write(classification_rows(count, seed, language.value), count, output, as_json, "label")


def _write(rows: Iterator[dict[str, Any]], count: int, output: Path, as_json: bool, counted: str) -> int:
    found: Counter[str] = Counter()
    with row_file(output) as append, waiting_progress(remarks(), count, "rows") as advance:
        for row in rows:
            append(row)
            found[row[counted]] += 1
            advance()
    if as_json:
        print_json({"output": str(output), "rows": count, "of": dict(found.most_common())})
        return 0
    for name, number in found.most_common():
        results().print(f"{name:<26}{number:>8} rows")
    return 0


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


generate.command("sequences")(with_exit_code(sequences))
generate.command("classification")(with_exit_code(classification))
generate.command("incidents")(with_exit_code(incidents))
