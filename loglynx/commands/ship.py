"""``loglynx ship``: follow logs where they are written, and push each line once over restarts of either side."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from loglynx.endings import with_exit_code
from loglynx.failures import CommandFailed
from loglynx.options import DEFAULT_SERVER_URL, Key, Url
from loglynx.settings import DEFAULT_DATA_DIR
from loglynx.shipping.file_source import FileOptions, FileSource
from loglynx.shipping.reporting import ShippingReport
from loglynx.shipping.running import run_shipping
from loglynx.shipping.shipper import Shipments
from loglynx.shipping.state import ShipState

HELP_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
STATES = DEFAULT_DATA_DIR / "ship"

ship = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings=HELP_SETTINGS,
)

Once = Annotated[bool, typer.Option("--once", help="Ship what is there, then end.")]
State = Annotated[Path, typer.Option("--state", metavar="FILE", help="Where to remember what was shipped.")]
Stream = Annotated[str | None, typer.Option("--stream", help="Stream of all lines.", show_default=False)]


@ship.callback()
def describe() -> None:
    """Follow logs and push them to a server, each line once.

    A server that is away or overloaded is asked again until it takes the lines; reading pauses meanwhile. What was
    shipped is remembered in a small state file, so either side may be restarted. Stops on SIGTERM and Ctrl-C.

    \b
    loglynx ship file '/var/log/nginx/*.log' /var/log/syslog
    loglynx ship journal --unit ssh --unit nginx
    loglynx ship docker --label com.example.env=prod
    """


@ship.command("file", context_settings=HELP_SETTINGS)
@with_exit_code
def ship_file(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, directories' patterns; also .gz.")],
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    stream: Stream = None,
    state: State = STATES / "file.json",
    once: Once = False,
    from_end: Annotated[
        bool, typer.Option("--from-end", help="Begin at the end of files that are there and were never shipped.")
    ] = False,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="Leave these files out; may be repeated.")
    ] = None,
    binary: Annotated[bool, typer.Option("--binary", help="Ship a file that does not look like text too.")] = False,
) -> None:
    """Follow files: patterns in quotes are looked at again and again, ** goes into directories.

    Rotation by renaming, by copying and truncating, and packing (.gz, .zst, .bz2, .xz) are followed: a file is known
    by what is in it. Each file is a stream under its name before rotation, unless --stream names one for all.

    \b
    loglynx ship file '/var/log/app/*.log' --key llx_...
    loglynx ship file 'app.log*' --once --stream app         everything there is, rotated files too
    loglynx ship file /var/log/syslog --from-end             only what is written from now on
    """

    def source(known: ShipState, stop: threading.Event, report: ShippingReport) -> Shipments:
        options = FileOptions(stream, from_end, once, binary, tuple(exclude or ()))
        files = FileSource(paths, known.positions, options, stop.wait, report.warn)
        if once and not files.matching():
            raise CommandFailed(f"nothing matches {' '.join(paths)}", "put patterns in quotes")
        return files.shipments()

    run_shipping(url, key, state, source)
