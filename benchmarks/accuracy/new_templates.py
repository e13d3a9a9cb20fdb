"""How many lines of the later half of a log have a template that its first half never showed.

    python benchmarks/accuracy/new_templates.py [DATA_DIRECTORY] [--lines 3000]

Every such line costs a run of the line encoder and looks new to the novelty scorer, so this is the figure by which
masks are judged: lower is better, as long as different events stay different. Measured on the project's own simulated
systems (clean, seed 3) and, where the data directory has them, on the LogHub streams.
Prints one JSON object: name -> lines, templates, share of new lines in the later half.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.trainer.datasets.simulators import SIMULATORS, simulate
from shared.core.normalising import template_of
from shared.core.parsing import LineParser

_RECEIVED_MS = 1_700_000_000_000


def share_of_new(lines: Sequence[str]) -> dict[str, float]:
    """lines, templates and the share, 0..1, of later lines with a new template."""
    parser = LineParser()
    templates = [template_of(parser.parse(line, _RECEIVED_MS).message) for line in lines]
    half = len(templates) // 2
    known = set(templates[:half])
    new = sum(template not in known for template in templates[half:])
    return {
        "lines": len(lines),
        "templates": len(set(templates)),
        "new_share": round(new / max(len(templates) - half, 1), 4),
    }


def streams(data: Path, most: int) -> Iterator[tuple[str, list[str]]]:
    for name in sorted(SIMULATORS):
        yield f"simulated {name}", [line.text for line in simulate(name, 3, most, 0.0)]
    for path in sorted((data / "loghub_2k").glob("*.log.gz")):
        lines = gzip.decompress(path.read_bytes()).decode(errors="replace").splitlines()[:most]
        if path.name.startswith(("BGL", "Thunderbird")):  # the label stands in the first column
            lines = [line.partition(" ")[2] for line in lines]
        yield f"loghub {path.name.split('_')[0]}", lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=Path(os.environ.get("LOGLYNX_DATA", "data")))
    parser.add_argument("--lines", type=int, default=3000, help="lines read of each, at most")
    chosen = parser.parse_args()
    print(json.dumps({name: share_of_new(lines) for name, lines in streams(chosen.data, chosen.lines)}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
