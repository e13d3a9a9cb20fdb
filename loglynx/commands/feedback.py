"""``loglynx feedback``: say what an incident really is, see what was said, take it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from loglynx.client import Server
from loglynx.endings import with_exit_code
from loglynx.options import DEFAULT_SERVER_URL, AsJson, Key, Url
from loglynx.terminal import print_json, remarks, results, safe
from shared.core.feedback import FeedbackScope, FeedbackVerdict
from shared.core.taxonomy import Category
from shared.errors import BadInput

MAX_LINES = 100

feedback = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


@feedback.callback()
def describe() -> None:
    """Say what flags really are; a false positive silences its like at once, and all of it teaches the models.

    The key needs the scope `triage`, and `read` for the list.

    \b
    loglynx feedback mark i0123456789abcdef false_positive --for 30d --note "nightly backup"
    loglynx feedback mark i0123456789abcdef wrong_class --category disk_full
    loglynx feedback missed web --from 2026-03-01T12:00:00Z --line "upstream reset by peer"
    loglynx feedback list
    loglynx feedback undo f0123456789abcdef
    """


Note = Annotated[str, typer.Option("--note", help="Why; up to 500 characters.")]
Author = Annotated[str, typer.Option("--author", help="Who says so; default: the key's name.")]


def mark(
    target: Annotated[str, typer.Argument(metavar="ID", help="An incident, a window, or a stream (--scope stream).")],
    verdict: Annotated[
        FeedbackVerdict, typer.Argument(metavar="VERDICT", help="false_positive, confirmed or wrong_class.")
    ],
    scope: Annotated[
        FeedbackScope | None,
        typer.Option("--scope", metavar="window|template|stream", help="How far it reaches; default: template."),
    ] = None,
    category: Annotated[
        Category | None, typer.Option("--category", metavar="NAME", help="What it really is, for wrong_class.")
    ] = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long, such as 12h or 30d; default: for good.")
    ] = None,
    note: Note = "",
    author: Author = "",
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    as_json: AsJson = False,
) -> int:
    """Say what an incident, a window or a whole stream really is."""
    body: dict[str, Any] = {_target_of(target, scope): target, "verdict": verdict.value}
    body |= {"scope": scope.value} if scope else {}
    body |= {"category": category.value} if category else {}
    body |= {"expires_in": lasts} if lasts else {}
    return _give(body, note, author, url, key, as_json)


def missed(
    stream: Annotated[str, typer.Argument(help="The stream that hid it.")],
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="TEXT", help="A line that should have been flagged.")
    ] = None,
    lines_in: Annotated[
        Path | None, typer.Option("--lines", metavar="FILE", help="The same from a file; - is stdin.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="When it began, ISO 8601.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="When it ended; 7 days later at most.")
    ] = None,
    category: Annotated[Category | None, typer.Option("--category", metavar="NAME", help="What it was.")] = None,
    note: Note = "",
    author: Author = "",
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    as_json: AsJson = False,
) -> int:
    """Say that something should have been flagged: by its lines, or by when it was."""
    lines = [*(line or ()), *_lines_of(lines_in)]
    if not lines and since is None:
        raise BadInput("name the lines (--line, --lines) or the time (--from)")
    body: dict[str, Any] = {"stream": stream, "verdict": FeedbackVerdict.MISSED.value, "lines": lines}
    body |= {"from": since} if since else {}
    body |= {"to": until} if until else {}
    body |= {"category": category.value} if category else {}
    return _give(body, note, author, url, key, as_json)


def list_feedback(
    stream: Annotated[str, typer.Option("--stream", metavar="NAME", help="Of one stream.")] = "",
    incident: Annotated[str, typer.Option("--incident", metavar="ID", help="About one incident.")] = "",
    ended: Annotated[bool, typer.Option("--ended", help="Also what has expired or was taken back.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many.")] = 50,
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
    as_json: AsJson = False,
) -> int:
    """List what was said, the last given first."""
    asked = {"limit": limit, "stream": stream, "incident": incident, "ended": str(ended).lower()}
    with Server(url, key) as server:
        answer = server.get("/api/v1/feedback", asked)
    if as_json:
        print_json(answer)
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "verdict", "scope", "about", "author", "given", "until", "note"):
        table.add_column(heading)
    for item in answer.get("feedback") or []:
        about = item.get("incident_id") or item.get("stream") or ""
        ends = item.get("undone_at") or item.get("expires_at") or ""
        shown = [item["id"], _verdict_of(item), item["scope"], about, item["author"]]
        shown += [item["given_at"] or "", ends, item["note"]]
        table.add_row(*(safe(str(value)) for value in shown))
    results().print(table)
    return 0


def undo(
    feedback_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    url: Url = DEFAULT_SERVER_URL,
    key: Key = None,
) -> int:
    """Take back what you said; incidents that it silenced are open again."""
    if not feedback_id.isalnum():
        raise BadInput("a feedback's id is a letter and 16 digits")
    with Server(url, key) as server:
        server.delete(f"/api/v1/feedback/{feedback_id}")
    remarks().print(f"taken back: {safe(feedback_id)}")
    return 0


def _give(body: dict[str, Any], note: str, author: str, url: str, key: str | None, as_json: bool) -> int:
    with Server(url, key) as server:
        answer = server.post("/api/v1/feedback", body | {"note": note, "author": author})
    if as_json:
        print_json(answer)
        return 0
    results().print(safe(str(answer.get("id", ""))))
    said = f"{_verdict_of(answer)}, scope {answer.get('scope')}, by {answer.get('author')}"
    ends = f", until {answer['expires_at']}" if answer.get("expires_at") else ""
    remarks().print(safe(said + ends))
    return 0


def _verdict_of(item: dict[str, Any]) -> str:
    category = f" ({item['category']})" if item.get("category") else ""
    outweighed = "" if item.get("is_effective") or not item.get("is_in_force") else ", outweighed"
    over = "" if item.get("is_in_force") else ", over"
    return f"{item.get('verdict')}{category}{outweighed}{over}"


def _target_of(target: str, scope: FeedbackScope | None) -> str:
    """What the id names, by its shape."""
    is_hex = all(digit in "0123456789abcdef" for digit in target[1:])
    if len(target) == 17 and target[0] == "i" and is_hex:
        return "incident_id"
    if len(target) == 20 and is_hex and target[0] in "0123456789abcdef":
        return "window_id"
    if scope is FeedbackScope.STREAM:
        return "stream"
    raise BadInput("name an incident (i and 16 digits), a window (20 digits), or a stream with --scope stream")


def _lines_of(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(errors="replace")
    except OSError as error:
        raise BadInput("the file with the lines cannot be read") from error
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise BadInput(f"at most {MAX_LINES} lines can be given")
    return lines


feedback.command("mark")(with_exit_code(mark))
feedback.command("missed")(with_exit_code(missed))
feedback.command("list")(with_exit_code(list_feedback))
feedback.command("undo")(with_exit_code(undo))
