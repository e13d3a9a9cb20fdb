"""The frame of shippers' endpoints, around a protocol of the test's own."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of, text_of
from shared.core.access import ApiKey, Scope, digest_of
from shared.errors import BadInput, BodyTooLarge, LoglynxError, Overloaded, StoreUnavailable, UnprocessableBody
from shared.web.auth import Authenticator
from shared.web.problems import PublicDetail

KEY = "llx_abc123_a-secret-of-some-length"


class TalkRoute(ShipperRoute):
    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        return PlainTextResponse(f"talk: {text_of(error)}", status_of(request, error))


def answer(
    *errors: Exception, method: str = "POST", path: str = "/push", over: Exception | None = None, **headers: str
) -> httpx.Response:
    """What a client gets from an endpoint that raises the first of ``errors``, if any."""
    router = APIRouter(route_class=TalkRoute)

    async def push(asked: Shipped) -> Response:
        for error in errors:
            raise error
        return PlainTextResponse(f"{asked.path} {asked.stream} {asked.owner}")

    async def check() -> None:
        if over:
            raise over

    async def find(key_text: str, now_ms: int) -> ApiKey | None:
        key = ApiKey("k1", "test", frozenset({Scope.PUSH}), digest_of(KEY), 0)
        return key if key.opens_with(key_text) else None

    add_push(router, ["/push"], push)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    app.state.authenticator = Authenticator(find)
    app.state.parts = SimpleNamespace(watermarks=SimpleNamespace(check=check))
    app.include_router(router)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://loglynx") as client:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers={"x-api-key": KEY} | given)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/push", "/push/"])
def test_path_is_known_with_and_without_a_final_slash(path: str) -> None:
    assert answer(path=f"{path}?stream=web").text == "/push web k1"


def test_head_is_exactly_200() -> None:
    assert answer(method="HEAD").status_code == 200


def test_key_may_come_in_the_address() -> None:
    assert answer(path=f"/push?token={KEY}", x_api_key="").status_code == 200


def test_missing_key_is_said_in_the_words_of_the_protocol() -> None:
    refused = answer(x_api_key="")
    assert (refused.status_code, refused.text) == (401, "talk: A valid API key is needed")
    assert "www-authenticate" in refused.headers


@pytest.mark.parametrize("error", [Overloaded(), StoreUnavailable()])
def test_overload_is_503_with_retry_after_before_the_body_is_read(error: Exception) -> None:
    refused = answer(over=error)
    assert refused.status_code == 503
    assert 1 <= int(refused.headers["retry-after"]) <= 10


def test_unplanned_error_is_a_503_that_every_client_retries() -> None:
    refused = answer(ZeroDivisionError("secret"))
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert "secret" not in refused.text


@pytest.mark.parametrize(
    ("error", "status"), [(UnprocessableBody(), 400), (BadInput(), 400), (BodyTooLarge(), 413), (Overloaded(), 503)]
)
def test_status_is_the_protocols(error: Exception, status: int) -> None:
    assert answer(error).status_code == status


@pytest.mark.parametrize("error", [UnprocessableBody(), BadInput(), BodyTooLarge()])
def test_what_can_never_succeed_is_422_for_syslog_ng(error: Exception) -> None:
    assert answer(error, user_agent="syslog-ng 3.38.1/libcurl 7.88.1").status_code == 422


def test_only_details_of_our_own_are_shown() -> None:
    assert "the token" not in answer(BadInput("the token was hunter2")).text
    shown: Any = BadInput(PublicDetail("ours"))
    assert answer(shown).text.endswith(": ours")
