"""``loglynx batch``: judge every line of a file on its own."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from loglynx.choosing import scorer_for
from loglynx.commands.detect import verdict_line
from loglynx.failures import EXIT_FOUND
from loglynx.json_array import json_array_file
from loglynx.language import Language, chosen_language
from loglynx.options import Key, Lang, MaybeUrl, Threshold
from loglynx.progress import reading_progress
from loglynx.reading import open_input
from loglynx.records_in import json_records, plain_records
from loglynx.scoring import DEFAULT_THRESHOLD
from loglynx.terminal import remarks, results, safe

RECORDS_AT_ONCE = 1000


def batch(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Log file, also .gz and .zst; - is stdin.")],
    threshold: Threshold = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write all results here as JSON.")
    ] = None,
    json_format: Annotated[
        bool, typer.Option("--json-format", help="The input is JSON: an array, or a document per line.")
    ] = False,
    url: MaybeUrl = None,
    key: Key = None,
    lang: Lang = Language.AUTO,
) -> int:
    """Judge every line of a file on its own; a JSON record may be a sequence. Exit 1 when one is an anomaly.

    `loglynx scan` finds more: it judges lines among their neighbours.

    \b
    loglynx batch logs.txt --output results.json
    loglynx batch sequences.json --json-format -t 0.9
    """
    shown_threshold = DEFAULT_THRESHOLD if threshold is None else threshold
    total = anomalies = 0
    with (
        scorer_for(url, key) as scorer,
        open_input(file) as source,
        reading_progress(remarks(), source, file) as lines,
        nullcontext(None) if output is None else json_array_file(output) as append,
    ):
        records = json_records(source.name, lines) if json_format else plain_records(lines)
        while chunk := list(islice(records, RECORDS_AT_ONCE)):
            scores = scorer.score([texts for _, texts in chunk])
            for (number, texts), raw in zip(chunk, scores, strict=True):
                found = raw.against(threshold)
                total += 1
                anomalies += found.is_anomaly
                if append is not None:
                    append({"line": number, "log_text": "\n".join(texts)} | found.to_json())
                elif found.is_anomaly:
                    line = verdict_line(found, shown_threshold, chosen_language(lang))
                    results().print(line.append(f"  {number}: {safe(' '.join(texts))}", style="none"))
    remarks().print(f"{safe(file)}: {anomalies} of {total} records are anomalies (threshold {shown_threshold:.2f})")
    if output is not None:
        remarks().print(f"results: {output}")
    return EXIT_FOUND if anomalies else 0
