"""``loglynx doctor``: is this machine ready, and if not, what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from loglynx.checks import run_checks
from loglynx.failures import EXIT_FOUND
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.settings import DEFAULT_HOST, DEFAULT_PORT
from loglynx.stack.data_dir import DataDir
from loglynx.terminal import print_json, results, safe


def doctor(
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="The port `loglynx up` would use.")
    ] = DEFAULT_PORT,
    host: Annotated[str, typer.Option("--host", help="The address it would listen on.")] = DEFAULT_HOST,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Check Python, model, runtime, Redis, port, disk, memory and the running stack.

    Every failure comes with a fix. Exit 1 when a check fails.

    \b
    loglynx doctor
    loglynx doctor --port 9000 --json
    """
    findings = run_checks(DataDir(data_dir), host, port)
    console = results()
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = Text("ok  ", style="green") if finding.is_well else Text("FAIL", style="bold red")
            console.print(mark.append(f" {finding.name:<{width}}  {safe(finding.what)}", style="none"))
            if finding.fix:
                console.print(f"     {'':<{width}}  fix: {safe(finding.fix)}")
    return 0 if all(finding.is_well for finding in findings) else EXIT_FOUND
