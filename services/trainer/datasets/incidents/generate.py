"""Write the data set: ``python -m services.trainer.datasets.incidents.generate --rows N --seed S --output DIR``.

In: how many rows and a seed. Out: ``train.jsonl``, ``validation.jsonl``, ``test.jsonl`` and ``dataset.json``, which
says what is in them. The same arguments give the same bytes. Of every ten rows eight are for training.
``loglynx generate incidents`` does the same with the analyzer's own prompt; chat forms need that one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from services.trainer.datasets.incidents.compose import compose
from services.trainer.datasets.incidents.pools import pools_of
from services.trainer.datasets.incidents.rows import FORMATS, LICENSE, SOURCE, Ask, Row, row_of
from services.trainer.datasets.incidents.splitting import Split

_HELD = {8: Split.VALIDATION, 9: Split.TEST}
_COUNTED = ("lang", "kind", "is_injected")


class NeedsPrompt(ValueError):
    """A chat form was asked for without anybody to put the question."""


def generate_rows(rows: int, seed: int, ask: Ask | None = None) -> Iterator[Row]:
    """``rows`` rows. Each has a seed of its own, so that the first ones stay the same when more are asked for."""
    for index in range(rows):
        split = _HELD.get(index % 10, Split.TRAIN)
        rng = Random(f"incidents:{seed}:{index}")
        window = compose(pools_of(split), rng)
        yield row_of(window, f"inc-{seed}-{index:07d}", split, f"{rng.getrandbits(64):016x}", ask)


def write_dataset(output: Path, rows: int, seed: int, form: str = "jsonl", ask: Ask | None = None) -> dict[str, Any]:
    """Write the files and return what ``dataset.json`` says. Raises NeedsPrompt, OSError."""
    if form != "jsonl" and ask is None:
        raise NeedsPrompt(f"the form {form} holds the analyzer's prompt: use `loglynx generate incidents`")
    output.mkdir(parents=True, exist_ok=True)
    convert = FORMATS[form]
    counts: dict[str, Counter[str]] = {}
    files = {split: (output / f"{split.value}.jsonl").open("w", encoding="utf-8") for split in Split}
    try:
        for row in generate_rows(rows, seed, ask):
            text = json.dumps(convert(row), ensure_ascii=False, separators=(",", ":"))
            files[Split(row["split"])].write(f"{text}\n")
            split_counts = counts.setdefault(row["split"], Counter())
            split_counts.update(["rows", f"category={row['target']['category']}"])
            split_counts.update(f"{key}={row[key]}" for key in _COUNTED)
    finally:
        for file in files.values():
            file.close()
    summary = {
        "source": SOURCE,
        "license": LICENSE,
        "seed": seed,
        "rows": rows,
        "format": form,
        "splits": {split: dict(sorted(found.items())) for split, found in counts.items()},
    }
    (output / "dataset.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return summary


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="generate", description="Windows of log lines with their answers.")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    summary = write_dataset(chosen.output, chosen.rows, chosen.seed)
    print(json.dumps({split: found["rows"] for split, found in summary["splits"].items()}))


if __name__ == "__main__":
    main()
