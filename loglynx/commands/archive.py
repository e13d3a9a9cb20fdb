"""``loglynx archive``: what the archive holds, and taking out of it. It needs its directory and no server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from loglynx.endings import with_exit_code
from loglynx.failures import CommandFailed
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.stack.data_dir import DataDir
from loglynx.terminal import print_json, remarks, results, safe
from shared.store.keyspace import check_stream_name

if TYPE_CHECKING:
    from shared.archive.retention import StoredPartition

archive = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
Directory = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="The archive; default: in the data directory.")
]


@archive.callback()
def describe() -> None:
    """The archive of scored windows and feedback: Parquet files, one directory for a day and a stream.

    \b
    loglynx archive list
    loglynx archive delete-stream web
    loglynx archive prune --keep-days 30 --keep-bytes 5000000000
    """


def list_archive(
    directory: Directory = None, data_dir: DataDirOption = DEFAULT_DATA_PATH, as_json: AsJson = False
) -> int:
    """What it holds, by data set, day and stream."""
    entries = _retention().stored(_root(directory, data_dir))
    if as_json:
        print_json([_facts(entry) for entry in entries])
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("data set", "day", "stream", "files", "bytes"):
        table.add_column(heading)
    for entry in entries:
        table.add_row(*(safe(str(value)) for value in _facts(entry).values()))
    results().print(table)
    return 0


def delete(
    stream: Annotated[str, typer.Argument(help="Its name, or seq/ for all sequences; labels go too.")],
    directory: Directory = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Delete a stream from the archive; lines that arrive later are archived again."""
    check_stream_name(stream)
    root = _root(directory, data_dir)
    if not yes and not typer.confirm(f"delete everything of {safe(stream)}, labels too?", err=True):
        return 0
    _report(_retention().delete_stream(root, stream))
    return 0


def prune_archive(
    keep_days: Annotated[int, typer.Option("--keep-days", metavar="N", min=1, help="Days to keep.")] = 90,
    keep_bytes: Annotated[
        int, typer.Option("--keep-bytes", metavar="N", min=0, help="Bytes to keep; the oldest days go first.")
    ] = 20 * 2**30,
    directory: Directory = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Remove old windows and analyses now, as the archiver does every hour; labels stay."""
    _report(_retention().prune(_root(directory, data_dir), datetime.now(UTC).date(), keep_days, keep_bytes))
    return 0


def _retention() -> ModuleType:
    try:
        return import_module("shared.archive.retention")
    except ImportError as missing:  # pyarrow comes with an extra
        raise CommandFailed("the archive needs pyarrow", "pip install 'loglynx[archiver]'") from missing


def _root(directory: Path | None, data_dir: Path) -> Path:
    root = directory or DataDir(data_dir).archive_dir
    if not root.is_dir():
        raise CommandFailed(f"there is no archive at {safe(str(root))}", "name it with --dir or --data-dir")
    return root


def _facts(entry: StoredPartition) -> dict[str, str | int]:
    partition = entry.partition
    return {
        "dataset": partition.dataset.value,
        "day": partition.day.isoformat(),
        "stream": partition.stream,
        "files": entry.files,
        "bytes": entry.size_bytes,
    }


def _report(gone: Sequence[StoredPartition]) -> None:
    size = sum(entry.size_bytes for entry in gone)
    remarks().print(f"removed {size} bytes from {len(gone)} directories")


archive.command("list")(with_exit_code(list_archive))
archive.command("delete-stream")(with_exit_code(delete))
archive.command("prune")(with_exit_code(prune_archive))
