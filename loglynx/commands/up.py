"""``loglynx up``: the whole stack on this machine, until Ctrl-C."""

from __future__ import annotations

import threading
import webbrowser
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loglynx.options import DEFAULT_DATA_PATH, DataDirOption
from loglynx.settings import DEFAULT_HOST, DEFAULT_PORT, has_display
from loglynx.stack.admin_key import first_admin_key
from loglynx.stack.data_dir import DataDir
from loglynx.stack.interrupts import interrupts_as_stop
from loglynx.stack.stack import Stack
from loglynx.stack.supervisor import Child
from loglynx.terminal import own_command, remarks, results


def up(
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="Port of the HTTP interface.")
    ] = DEFAULT_PORT,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 opens it to the network.")
    ] = DEFAULT_HOST,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> int:
    """Run the whole stack on this machine: Redis, ingest, detector, analyzer, archiver.

    A process that ends is started again. Ctrl-C stops everything. The admin key is printed at the first start of a
    data directory and kept only as a hash.

    \b
    loglynx up
    loglynx up --port 9000 --data-dir /var/lib/loglynx --no-open
    """
    stop = threading.Event()
    stack = Stack(DataDir(data_dir), host, port, stop)
    console = results()
    with interrupts_as_stop(stop), stack.running():
        if stack.wait_until_ready():
            print_health(console, stack)
            print_welcome(console, stack, first_admin_key(stack.data_dir))
            if not no_open and console.is_terminal and has_display():
                webbrowser.open(stack.url)
            stack.watch(lambda child: _report_restart(remarks(), child))
        remarks().print("stopping …")
    return 0


def print_health(console: Console, stack: Stack) -> None:
    """One row per process."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("service", "state", "pid", "log"):
        table.add_column(heading, no_wrap=True)
    for name, child in stack.supervisor.children.items():
        state = Text("ready", style="green") if child.is_running else Text("down", style="red")
        shown = f"{name} {stack.redis.version_text}" if name == "redis" and stack.redis else name
        table.add_row(shown, state, str(child.pid), str(stack.supervisor.log_path(name)))
    console.print(table)


def print_welcome(console: Console, stack: Stack, key: str | None) -> None:
    """Where it is, the key when it is new, and the first thing to type."""
    console.print()
    console.print(f"Loglynx is up: {stack.url}")
    if key is not None:
        console.print(f"admin key:     {key}")
        console.print("               shown this once; only its hash is kept")
    shown_key = key or "<key>"
    console.print(f"first step:    {own_command()} push app.log --url {stack.url} --key {shown_key} --wait")
    console.print("stop:          Ctrl-C")


def _report_restart(console: Console, child: Child) -> None:
    console.print(f"{child.spec.name} ended (exit {child.last_exit}) and was started again, pid {child.pid}")
