"""JSON written record by record, as an array or a line each; the file appears under its name only when complete."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from loglynx.failures import CommandFailed

Append = Callable[[dict[str, Any]], None]


@contextmanager
def json_array_file(path: Path) -> Iterator[Append]:
    """A function that appends one record to the array in ``path``. Raises CommandFailed when it cannot be written."""
    with _whole(path) as handle:
        count = 0

        def append(record: dict[str, Any]) -> None:
            nonlocal count
            handle.write(("[\n" if count == 0 else ",\n") + json.dumps(record, ensure_ascii=False))
            count += 1

        yield append
        handle.write("\n]\n" if count else "[]\n")


@contextmanager
def json_lines_file(path: Path) -> Iterator[Append]:
    """The same with one record a line."""
    with _whole(path) as handle:

        def append(record: dict[str, Any]) -> None:
            handle.write(json.dumps(record, ensure_ascii=False) + "\n")

        yield append


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", errors="replace") as handle:
            yield handle
        draft.replace(path)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}", "choose another --output") from error
    finally:
        draft.unlink(missing_ok=True)
