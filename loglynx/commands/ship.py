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
from loglynx.shipping.docker_engine import DockerEngine
from loglynx.shipping.docker_source import DockerSource
from loglynx.shipping.file_options import FileOptions
from loglynx.shipping.file_source import FileSource
from loglynx.shipping.journal_source import JournalSource
from loglynx.shipping.reporting import ShippingReport
from loglynx.shipping.rotation import matching
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
        if once and not matching(paths, options.exclude):
            raise CommandFailed(f"nothing matches {' '.join(paths)}", "put patterns in quotes")
        return files.shipments()

    run_shipping(url, key, state, source)


@ship.command("journal", context_settings=HELP_SETTINGS)
@with_exit_code
def ship_journal(
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", "-u", metavar="UNIT", help="Only this unit; may be repeated.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Where to begin the first time, as journalctl reads it."),
    ] = None,
    directory: Annotated[
        str | None, typer.Option("--directory", "-D", metavar="DIR", help="Journal files in another place.")
    ] = None,
    state: State = STATES / "journal.json",
    once: Once = False,
) -> None:
    """Follow the systemd journal. A stream is a service, or else a program.

    \b
    loglynx ship journal --since today --key llx_...
    loglynx ship journal --unit ssh --unit nginx
    """

    def source(known: ShipState, stop: threading.Event, report: ShippingReport) -> Shipments:
        arguments = [f"--unit={name}" for name in unit or []] + ([f"--directory={directory}"] if directory else [])
        return JournalSource(arguments, known.positions, stop, since, once, report.warn).shipments()

    run_shipping(url, key, state, source)


@ship.command("docker", context_settings=HELP_SETTINGS)
@with_exit_code
def ship_docker(
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="KEY[=VALUE]", help="Only containers with this label; all must match."),
    ] = None,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="The first time, leave out what containers have said so far.")
    ] = False,
    state: State = STATES / "docker.json",
    once: Once = False,
) -> None:
    """Follow the logs of Docker containers, those that start later too. Needs the extra `ship`.

    A stream is a compose service (project/service), a swarm service, or else the container's name; the label
    loglynx.stream=NAME names another, loglynx.ship=false leaves a container out. DOCKER_HOST names the engine.

    \b
    loglynx ship docker --key llx_...
    loglynx ship docker --label com.docker.compose.project=shop --from-now
    """

    def source(known: ShipState, stop: threading.Event, report: ShippingReport) -> Shipments:
        engine = DockerEngine()
        return DockerSource(engine, known.positions, stop, label or [], from_now, once, report.warn).shipments()

    run_shipping(url, key, state, source)
