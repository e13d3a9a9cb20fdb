"""``loglynx split``: one file of labelled rows into training, validation and test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from loglynx.datafiles.dividing import PARTS, By, divide
from loglynx.datafiles.labelled_stream import DESCRIPTION, write_description
from loglynx.datafiles.row_files import Row, is_array, make_directory, read_rows, row_file
from loglynx.failures import CommandFailed
from loglynx.options import AsJson
from loglynx.terminal import print_json, results, safe


def split(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Labelled rows: a JSON array, or one object a line.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the parts go.  [default: beside FILE]")
    ] = None,
    by: Annotated[
        By, typer.Option("--by", help="Categories alike; or the latest for the test; or no story on two sides.")
    ] = By.STRATIFIED,
    shares: Annotated[
        str, typer.Option("--shares", metavar="A/B/C", help="Of training, validation and test; 0 for none.")
    ] = "80/10/10",
    seed: Annotated[int, typer.Option("--seed", "-s", metavar="N", help="Another seed, other parts.")] = 0,
    normal_only: Annotated[
        bool, typer.Option("--train-on-normal", help="Anomalies that fall to training go to the test.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Write even over what is there.")] = False,
    as_json: AsJson = False,
) -> int:
    """Divide labelled rows: by default 8,000 into 6,400, 800 and 800.

    Rows of one "group", and rows with the very same lines, are never torn apart. An array gives train_data.json,
    validation_data.json and test_data.json; JSON Lines give train.jsonl ... and dataset.json for `loglynx bench`.
    What is there already is not written over without --force, and FILE itself never is.

    \b
    loglynx split log_sequences_strings.json
    loglynx split hdfs.jsonl --by time --shares 70/0/30 -o hdfs
    loglynx split sequences.jsonl --by template --seed 1 -o parts
    """
    wanted = _shares(shares)
    rows = read_rows(file)
    parts = divide(rows, wanted, by, seed, normal_only)
    directory = Path(file).parent if output is None else output
    as_array = is_array(Path(file))
    is_described = not as_array and "lines" in rows[0]
    name = "{}_data.json" if as_array else "{}.jsonl"
    targets = {part: directory / name.format(part) for part in PARTS if wanted[part]}
    _refuse_to_overwrite(Path(file), [*targets.values(), *([directory / DESCRIPTION] if is_described else [])], force)
    make_directory(directory)
    for part, target in targets.items():
        with row_file(target) as append:
            for row in parts[part]:
                append(row)
    if is_described:
        name = Path(file).name.split(".")[0]
        write_description(directory, {"name": name, "kind": "sessions", "train_labels": "normal-only"})
    said = {part: {"rows": len(parts[part]), "labels": _labels(parts[part])} for part in PARTS if wanted[part]}
    if as_json:
        print_json(said)
        return 0
    for part in said:
        labels = ", ".join(f"{safe(label, 40)} {count}" for label, count in _labels(parts[part]).items())
        results().print(f"{part:<11}{len(parts[part]):>8} rows  {labels}")
    return 0


def _refuse_to_overwrite(file: Path, targets: list[Path], force: bool) -> None:
    if any(target.resolve() == file.resolve() for target in targets):
        raise CommandFailed("FILE would be written over by one of its parts", "--output DIR")
    there = next((target for target in targets if target.exists()), None)
    if there is not None and not force:
        raise CommandFailed(f"{safe(str(there), 200)} is there already", "--output another directory, or --force")


def _shares(text: str) -> dict[str, float]:
    try:
        numbers = [float(number) for number in text.split("/")]
    except ValueError:
        numbers = []
    if len(numbers) != len(PARTS) or not all(0 <= number < 1e9 for number in numbers) or numbers[0] <= 0:
        raise CommandFailed(f"--shares {text[:40]!r} are not three numbers of which the first is above 0", "80/10/10")
    return dict(zip(PARTS, numbers, strict=True))


def _labels(rows: list[Row]) -> dict[str, int]:
    """Rows of each label, the commonest first."""
    found = Counter(str(row.get("label", row.get("category", "none")))[:40] for row in rows)
    return dict(found.most_common(30))
