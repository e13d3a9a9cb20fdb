"""Templates into responses: autoescaped, in one language, under a strict Content-Security-Policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import Response

from services.ingest.dashboard.words import Language, Say
from shared.errors import LoglynxError

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def ago(at: str, say: Say, now_ms: int) -> str:
    """How long before ``now_ms`` the ISO time ``at`` was."""
    return say.ago(now_ms / 1000 - datetime.fromisoformat(at).astimezone(UTC).timestamp())


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["ago"] = ago


class Pages:
    """What the pages of one request share. ``keep`` is the query that keeps a language chosen by hand."""

    def __init__(self, language: Language, is_chosen: bool, now_ms: int, version: str) -> None:
        self.keep = f"?lang={language}" if is_chosen else ""
        self._shared: dict[str, Any] = {
            "say": Say(language),
            "keep": self.keep,
            "lang": language if is_chosen else "",
            "now_ms": now_ms,
            "version": version,
        }

    def render(self, template: str, code: int = 200, refresh_s: int | None = None, **values: Any) -> Response:
        """The page as a response; nothing of it is kept in caches."""
        text = _environment.get_template(template).render(refresh_s=refresh_s, **self._shared, **values)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Accept-Language"}
        return Response(text.encode("utf-8", "replace"), code, headers, "text/html")

    def problem(self, error: LoglynxError) -> Response:
        """The page for a refusal: status and title, never the input."""
        return self.render("problem.html", error.status, status=error.status, title=error.title)
