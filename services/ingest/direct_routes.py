"""Finds the route of a path without parameters in a dictionary, where a router would try each of its patterns.

There are over a hundred routes, and FastAPI tries them twice: that alone cost a small push a sixth of its time.
What is not found here (parameters, OPTIONS, unknown paths and methods) goes on to the routers.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

FOUND = "loglynx.direct_route"  # scope key


class DirectRoutes(BaseRoute):
    """The first route of an application. ``routes``: in the order in which the routers would try them; one that
    decides by more than path and method (a class of its own ``matches``) is still asked."""

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._routes: dict[tuple[str, str], APIRoute] = {}
        for route in routes:
            if "{" not in route.path:
                for method in route.methods or ():
                    self._routes.setdefault((method, route.path), route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        route = self._routes.get((scope["method"], scope["path"]))
        if route is None:
            return Match.NONE, {}
        match, child = route.matches(scope)
        return match, {**child, FOUND: route}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: APIRoute = scope[FOUND]
        await route.handle(scope, receive, send)
