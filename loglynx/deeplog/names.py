"""Names that people give to discovered classes, and the labelled rows that the analyzer learns them from.

``class_names.json``: {"cluster number": name}. ``named.jsonl.gz``: {"lines", "label", "group"} of every sequence of a
named cluster, and of normal sequences, which are "benign" where every name is a category of the analyzer, so that
`loglynx tune` takes the file, and "normal" otherwise. Raises CommandFailed. Imports no torch.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np

from loglynx.failures import CommandFailed
from loglynx.terminal import safe
from loglynx.training.steps import digest
from shared.core.taxonomy import Category

NAMES_FILE: Final = "class_names.json"
ROWS_FILE: Final = "named.jsonl.gz"
SEQUENCES: Final = "sequences.jsonl.gz"
_MADE_OF = "made_of.json"
_NAME = re.compile(r"[^\W_](?:[\w .:/-]{0,58}[\w])?")
_RESERVED = frozenset({"normal", "unknown"})


def read_names(output: Path) -> dict[str, str]:
    """Cluster -> name; empty where nobody named any."""
    try:
        said = json.loads((output / NAMES_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandFailed(
            f"{output / NAMES_FILE} cannot be read", "remove it, and name the clusters again"
        ) from error
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said.values()):
        raise CommandFailed(f"{output / NAMES_FILE} cannot be read", "remove it, and name the clusters again")
    return said


def say_made_of(output: Path) -> None:
    """Beside the clusters just written: digests of what they were found in."""
    (output / "clusters" / _MADE_OF).write_text(json.dumps(_there(output), indent=1) + "\n", encoding="utf-8")


def made_of(output: Path) -> dict[str, str]:
    """What ``say_made_of`` said; empty where it did not."""
    try:
        said = json.loads((output / "clusters" / _MADE_OF).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _there(output: Path) -> dict[str, str]:
    return {"sequences": digest(output / SEQUENCES), "features": digest(output / "features")}


def name_cluster(output: Path, cluster: int, name: str) -> dict[str, Any]:
    """Name it, or, with an empty name, take its name away; write the rows. Several clusters may share a name."""
    clusters = _clusters(output)
    if made_of(output) != _there(output):
        raise CommandFailed(
            f"{output / 'clusters'} were found in other sequences than those that are there now",
            "remove it, and run the stages again",
        )
    known = sorted({int(each) for each in clusters if each >= 0})
    if cluster not in known:
        among = f"0 to {known[-1]}" if known else "none was found"
        raise CommandFailed(f"there is no cluster {cluster}", f"clusters: {among}")
    if name and (not _NAME.fullmatch(name) or name.lower() in _RESERVED):
        raise CommandFailed(
            f"{safe(name, 60)!r} cannot be a name",
            "up to 60 letters, digits, spaces, _ . : / -; not normal or unknown",
        )
    names = {**read_names(output), str(cluster): name}
    names = {own: each for own, each in sorted(names.items()) if each}
    try:
        counts = _write_rows(output, clusters, names)
        (output / NAMES_FILE).write_text(json.dumps(names, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{output}: {error.strerror}") from error
    return {
        "names": names,
        "rows": str(output / ROWS_FILE),
        "sequences": counts,
        "is_category": bool(name) and name in {each.value for each in Category},
    }


def _write_rows(output: Path, clusters: Any, names: dict[str, str]) -> dict[str, int]:
    """Of the fitting part alone: the test part stays unseen for whoever learns from them."""
    categories = {each.value for each in Category}
    benign = Category.BENIGN.value if categories.issuperset(names.values()) else "normal"
    counts: Counter[str] = Counter()
    said = json.loads((output / "features" / "names.json").read_text(encoding="utf-8"))
    buffer = io.BytesIO()
    with (
        gzip.open(output / SEQUENCES, "rt", encoding="utf-8") as file,
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
    ):
        for row, cluster, is_test, is_bad in zip(file, clusters, said["is_test"], said["is_anomalous"], strict=True):
            label = names.get(str(cluster)) if is_bad else benign
            if label is None or is_test:
                continue
            read = json.loads(row)
            kept = {"lines": read["lines"], "label": label}
            if read["group"] is not None:
                kept["group"] = read["group"]
            packed.write(json.dumps(kept, ensure_ascii=False).encode(errors="replace") + b"\n")
            counts[label] += 1
    (output / ROWS_FILE).write_bytes(buffer.getvalue())
    return dict(sorted(counts.items()))


def _clusters(output: Path) -> Any:
    try:
        return np.load(output / "clusters" / "cluster_labels.npy", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CommandFailed(
            f"{output} holds no clusters", "loglynx pipeline deeplog --data FILE --output DIR"
        ) from error
