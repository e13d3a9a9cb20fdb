"""Refuses a request before its route runs, in the words that the route would have used.

When too many requests are at work, the next is answered without asking for its key or touching the store. Shippers
read the body of a refusal as their protocol words it, and a browser shows it, so the route's class is asked for both.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from services.ingest.dashboard.pages import PageRoute
from services.ingest.direct_routes import FOUND, DirectRoutes
from services.ingest.routes.shipping import ShipperRoute
from shared.errors import Overloaded
from shared.telemetry import Refusal


class TurningAway:
    """A ``shared.web.limits.TurnAway`` over ``routes``, in the order in which the routers would try them."""

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._routes = tuple(routes)
        self._direct = DirectRoutes(self._routes)

    async def __call__(self, request: Request, error: Overloaded) -> Response | None:
        route = self._route_of(request)
        if isinstance(route, ShipperRoute | PageRoute):
            return await route.answer(request, error, Refusal.OVERLOADED)
        return None

    def _route_of(self, request: Request) -> object:
        """The route, noted in the scope, for metrics are labelled by it; None where none matches."""
        for each in (self._direct, *self._routes):
            match, child = each.matches(request.scope)
            if match is Match.FULL:
                request.scope.update(child)
                return child.get(FOUND, each)
        return None
