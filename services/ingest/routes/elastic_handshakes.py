"""What Elasticsearch's clients ask before, beside and after their bulk requests.

The answers say: a healthy single node that has every template, policy and pipeline already. Nothing is stored.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from services.ingest.parts import TheParts
from services.ingest.routes.elastic import PRODUCT, ElasticRoute, in_product
from shared.web.auth import ShipperKey

NAME = "loglynx"
UUID = "bG9nbHlueC1sb2dseW54LQ"  # 22 characters, as clients expect of a cluster's
LICENSE = {"status": "active", "uid": "00000000-0000-0000-0000-000000000000", "type": "basic", "mode": "basic"}
SHARDS = {"total": 1, "successful": 1, "failed": 0}
CLIENTS = ("elastic", "beat", "logstash", "vector", "opensearch", "fluent", "winston", "pino")
SETUP_PATHS = (
    "/_index_template/{name:path}",
    "/_template/{name:path}",
    "/_component_template/{name:path}",
    "/_ilm/policy/{name:path}",
    "/_data_stream/{name:path}",
    "/_alias/{name:path}",
    "/_ingest/pipeline/{name:path}",
    "/_ingest/pipeline",
)
EMPTY_PATHS = ("/_nodes/http", "/_nodes", "/_logstash/{name:path}", "/_ilm/policy", "/_index_template", "/_template")


class RootRoute(ElasticRoute):
    """``GET /`` is a page for people; only who shows to be a client of Elasticsearch gets its greeting."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return (match, child) if match is Match.NONE or is_client(scope) else (Match.NONE, {})


def is_client(scope: Scope) -> bool:
    """By the client's own headers, its name, or its taste for JSON."""
    if scope["method"] == "HEAD":
        return True
    headers = dict(scope["headers"])
    agent, accept = headers.get(b"user-agent", b"").lower(), headers.get(b"accept", b"")
    is_named = b"x-elastic-client-meta" in headers or any(name.encode() in agent for name in CLIENTS)
    return is_named or (b"json" in accept and b"html" not in accept)


router = APIRouter(route_class=ElasticRoute, include_in_schema=False)
roots = APIRouter(route_class=RootRoute, include_in_schema=False)


@roots.api_route("/", methods=["GET", "HEAD"])
async def greeting(parts: TheParts, _: ShipperKey) -> Response:
    """Some clients refuse a server that is older than themselves: the version is a setting."""
    version = {
        "number": parts.settings.elastic_version,
        "build_flavor": "default",
        "build_type": "docker",
        "lucene_version": "9.12.0",
        "minimum_wire_compatibility_version": "7.17.0",
        "minimum_index_compatibility_version": "7.0.0",
    }
    tagline = "You Know, for Search"
    return in_product(
        {"name": NAME, "cluster_name": NAME, "cluster_uuid": UUID, "version": version, "tagline": tagline}
    )


@router.api_route("/_license", methods=["GET", "HEAD"])
async def license_(_: ShipperKey) -> Response:
    return in_product({"license": LICENSE})


@router.api_route("/_xpack", methods=["GET", "HEAD"])
async def xpack(_: ShipperKey) -> Response:
    return in_product({"license": LICENSE, "features": {}, "tagline": "You know, for X"})


@router.api_route("/_cluster/health", methods=["GET", "HEAD"])
@router.api_route("/_cluster/health/{name:path}", methods=["GET", "HEAD"])
async def cluster_health(parts: TheParts, _: ShipperKey) -> Response:
    """503 together with the pushes."""
    await parts.watermarks.check()
    facts: dict[str, Any] = {"cluster_name": NAME, "status": "green", "timed_out": False}
    counts = ("number_of_nodes", "number_of_data_nodes", "active_primary_shards", "active_shards")
    return in_product(facts | dict.fromkeys(counts, 1) | {"active_shards_percent_as_number": 100.0})


@router.api_route("/_cat/health", methods=["GET", "HEAD"])
async def cat_health(parts: TheParts, _: ShipperKey) -> Response:
    """rsyslog asks this while it is suspended; any answer lets it go on, so it fails together with the pushes."""
    await parts.watermarks.check()
    now_s = parts.now_ms() // 1000
    clock = f"{now_s // 3600 % 24:02}:{now_s // 60 % 60:02}:{now_s % 60:02}"
    text = f"{now_s} {clock} {NAME} green 1 1 1 1 0 0 0 0 - 100.0%\n"
    return Response(text, headers=PRODUCT, media_type="text/plain")


@router.api_route("/_refresh", methods=["GET", "POST"])
@router.api_route("/{index}/_refresh", methods=["GET", "POST"])
async def refresh(_: ShipperKey) -> Response:
    return in_product({"_shards": SHARDS})


async def setup(request: Request, _: ShipperKey) -> Response:
    """HEAD: it exists, so the client does not make it. Whatever it does make is acknowledged and not kept."""
    await request.body()
    return in_product({"acknowledged": True} if request.method != "GET" else {})


async def nothing(_: ShipperKey) -> Response:
    return in_product({})


for path in SETUP_PATHS:
    router.add_api_route(path, setup, methods=["GET", "HEAD", "PUT", "POST", "DELETE"])
for path in EMPTY_PATHS:
    router.add_api_route(path, nothing, methods=["GET", "HEAD"])
