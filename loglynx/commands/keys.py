"""``loglynx keys``: API keys of a server (admin key needed), or of a data directory on this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from loglynx.endings import with_exit_code
from loglynx.options import DEFAULT_DATA_PATH, AsJson, DataDirOption
from loglynx.stack.admin_key import keys_of, now_ms
from loglynx.stack.data_dir import DataDir
from loglynx.terminal import print_json, remarks, results, safe
from shared.core.access import ApiKey, Scope

MS_PER_DAY = 86_400_000

keys = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@keys.callback()
def describe() -> None:
    """API keys of the stack that runs on a data directory of this machine.

    A key is shown once, when it is made; only its hash is kept.

    \b
    loglynx keys create nginx-shipper --scope push
    loglynx keys create ci --scope push --scope read --days 90
    loglynx keys list
    loglynx keys revoke 3f9c2a1b77
    """


def create(
    name: Annotated[str, typer.Argument(help="What the key is for, up to 64 characters.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option("--scope", metavar="push|read|triage|admin", help="Once per scope; default: push and read."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, help="Days until it expires; default: never.")
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
    as_json: AsJson = False,
) -> int:
    """Make a key and print it, once."""
    scopes = scope or [Scope.PUSH, Scope.READ]
    with keys_of(DataDir(data_dir)) as stored:
        created = now_ms()
        text, key = stored.create(name, scopes, created, None if days is None else created + days * MS_PER_DAY)
    console = results()
    if as_json:
        print_json({"key": text} | _public(key), indent=None)
    else:
        console.print(text)
        remarks().print(f"scopes {', '.join(sorted(key.scopes))}; shown this once, only its hash is kept")
    return 0


def list_keys(data_dir: DataDirOption = DEFAULT_DATA_PATH, as_json: AsJson = False) -> int:
    """List keys; their texts are not kept."""
    with keys_of(DataDir(data_dir)) as stored:
        records = [_public(key) for key in stored.list_all()]
    console = results()
    if as_json:
        print_json(records)
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "name", "scopes", "created", "expires"):
        table.add_column(heading, no_wrap=True)
    for record in records:
        expires = record["expires"] or "never"
        table.add_row(record["id"], safe(record["name"]), ",".join(record["scopes"]), record["created"], expires)
    console.print(table)
    return 0


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `loglynx keys list` shows it.")],
    data_dir: DataDirOption = DEFAULT_DATA_PATH,
) -> int:
    """Revoke a key; it stops working within seconds."""
    with keys_of(DataDir(data_dir)) as stored:
        stored.revoke(key_id)
    remarks().print(f"revoked {safe(key_id)}")
    return 0


def _public(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created": _day_of(key.created_ms),
        "expires": None if key.expires_ms is None else _day_of(key.expires_ms),
    }


def _day_of(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


keys.command("create")(with_exit_code(create))
keys.command("list")(with_exit_code(list_keys))
keys.command("revoke")(with_exit_code(revoke))
