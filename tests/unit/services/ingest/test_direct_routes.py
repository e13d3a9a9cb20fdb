from __future__ import annotations

from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Match

from services.ingest.direct_routes import FOUND, DirectRoutes


class ChoosyRoute(APIRoute):
    """A route that takes requests with headers only."""

    def matches(self, scope: Any) -> Any:
        return super().matches(scope) if scope["headers"] else (Match.NONE, {})


async def endpoint() -> None: ...


def found(path: str, method: str = "POST", headers: Any = (), kind: str = "http") -> Any:
    """The route that is found first, or None."""
    routes = [
        APIRoute("/push", endpoint, methods=["POST"], name="first"),
        APIRoute("/push", endpoint, methods=["POST", "PUT"], name="second"),
        APIRoute("/{index}/_bulk", endpoint, methods=["POST"], name="parameter"),
        ChoosyRoute("/", endpoint, methods=["GET"], name="choosy"),
    ]
    scope = {"type": kind, "method": method, "path": path, "headers": headers}
    match, child = DirectRoutes(routes).matches(scope)
    return child[FOUND].name if match is Match.FULL else None


def test_earlier_route_of_a_path_and_method_is_found() -> None:
    assert found("/push") == "first"
    assert found("/push", "PUT") == "second"


def test_what_has_parameters_or_is_unknown_is_left_to_the_routers() -> None:
    assert found("/shop/_bulk") is found("/{index}/_bulk") is found("/other") is found("/push", "DELETE") is None
    assert found("/push", kind="websocket") is None


def test_route_that_decides_by_more_is_asked() -> None:
    assert found("/", "GET") is None
    assert found("/", "GET", [(b"user-agent", b"elastic")]) == "choosy"
