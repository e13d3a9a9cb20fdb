from __future__ import annotations

import asyncio
import base64
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from shared.core.access import ApiKey, Scope, digest_of
from shared.errors import Forbidden, Unauthenticated
from shared.web import auth
from shared.web.auth import Authenticator, Credentials, authorize, bootstrap_key, read_credentials

KEY = "llx_abc123_a-secret-of-some-length"


def a_key(*scopes: Scope) -> ApiKey:
    return ApiKey("abc123", "test", frozenset(scopes), digest_of(KEY), 0)


def a_request(method: str = "GET", app: object = None, **headers: str) -> Request:
    raw = [(name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw, "app": app})


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def an_app(key: ApiKey | None, bootstrap: ApiKey | None = None) -> SimpleNamespace:
    async def find(key_text: str, now_ms: int) -> ApiKey | None:
        return key if key and key.opens_with(key_text) else None

    return SimpleNamespace(state=SimpleNamespace(authenticator=Authenticator(find, bootstrap)))


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer   {KEY} "},
        {"x_api_key": KEY},
        {"authorization": basic(f"anyone:{KEY}")},
        {"authorization": basic(f":{KEY}")},
    ],
)
def test_key_is_found_in_each_header(headers: dict[str, str]) -> None:
    found = read_credentials(a_request(**headers))
    assert found is not None
    assert found.key_text == KEY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic ???"},
        {"authorization": "Basic " + "é" * 10},
        {"authorization": basic("no colon at all")},
        {"authorization": f"Digest {KEY}"},
        {"authorization": f"Digest {KEY}", "x_api_key": KEY},
        {"authorization": "Bearer " + "x" * 5000},
    ],
)
def test_unreadable_credentials_are_none(headers: dict[str, str]) -> None:
    assert read_credentials(a_request(**headers)) is None


def test_scope_is_needed() -> None:
    app = an_app(a_key(Scope.PUSH))
    assert asyncio.run(authorize(a_request(app=app, x_api_key=KEY), Scope.PUSH)).key_id == "abc123"
    with pytest.raises(Forbidden):
        asyncio.run(authorize(a_request(app=app, x_api_key=KEY), Scope.READ))


def test_admin_has_every_scope() -> None:
    app = an_app(a_key(Scope.ADMIN))
    for scope in Scope:
        assert asyncio.run(authorize(a_request(app=app, x_api_key=KEY), scope))


@pytest.mark.parametrize("text", [KEY + "x", KEY[:-1], "llx_abc123_", "nonsense", "llx_é_x"])
def test_wrong_key_is_unauthenticated(text: str) -> None:
    with pytest.raises(Unauthenticated):
        asyncio.run(an_app(a_key(Scope.ADMIN)).state.authenticator.check(Credentials(text)))


def test_bootstrap_key_never_asks_the_store() -> None:
    async def find(key_text: str, now_ms: int) -> ApiKey | None:
        raise AssertionError("asked the store")

    checker = Authenticator(find, bootstrap_key("a-long-key-from-the-settings"))
    assert asyncio.run(checker.check(Credentials("a-long-key-from-the-settings"))).allows(Scope.ADMIN)


def test_good_key_is_remembered_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [1000.0], []
    monkeypatch.setattr(auth.time, "monotonic", lambda: clock[0])
    key = a_key(Scope.READ)

    async def find(key_text: str, now_ms: int) -> ApiKey | None:
        asked.append(key_text)
        return key if len(asked) == 1 else None

    checker = Authenticator(find, cache_s=5)

    async def story() -> None:
        await checker.check(Credentials(KEY))
        await checker.check(Credentials(KEY))
        assert len(asked) == 1
        clock[0] += 6
        with pytest.raises(Unauthenticated):
            await checker.check(Credentials(KEY))

    asyncio.run(story())


@pytest.mark.parametrize(
    ("headers", "is_allowed"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"origin": "http://here:8000", "host": "here:8000"}, True),
        ({"origin": "https://evil.example", "host": "here:8000"}, False),
        ({"origin": "null", "host": "here:8000"}, False),
    ],
)
def test_browser_credentials_write_only_from_our_own_pages(headers: dict[str, str], is_allowed: bool) -> None:
    app = an_app(a_key(Scope.ADMIN))
    request = a_request("POST", app=app, authorization=basic(f"x:{KEY}"), **headers)
    if is_allowed:
        assert asyncio.run(authorize(request, Scope.ADMIN))
    else:
        with pytest.raises(Forbidden):
            asyncio.run(authorize(request, Scope.ADMIN))
    as_program = a_request("POST", app=app, authorization=f"Bearer {KEY}", **headers)
    assert asyncio.run(authorize(as_program, Scope.ADMIN))


def api_key_form(text: str) -> str:
    return "ApiKey " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Splunk {KEY}"},
        {"authorization": api_key_form(f"some-id:{KEY}")},
        {"authorization": f"ApiKey {KEY}"},
        {"dd_api_key": KEY},
    ],
)
def test_key_is_found_in_the_forms_of_shippers(headers: dict[str, str]) -> None:
    assert read_credentials(a_request(**headers)) == Credentials(KEY)


@pytest.mark.parametrize("name", ["token", "api_key", "dd-api-key"])
def test_key_in_the_address_counts_only_where_it_is_allowed(name: str) -> None:
    request = a_request()
    request.scope["query_string"] = f"{name}={KEY}".encode()
    assert read_credentials(request) is None
    assert read_credentials(request, in_query=True) == Credentials(KEY)


def test_key_in_the_path_counts_only_where_it_is_allowed() -> None:
    request = a_request()
    request.scope |= {"query_string": b"", "path_params": {"api_key": KEY}}
    assert read_credentials(request) is None
    assert read_credentials(request, in_query=True) == Credentials(KEY)


def test_header_wins_over_the_address() -> None:
    request = a_request(x_api_key=KEY)
    request.scope["query_string"] = b"token=other"
    assert read_credentials(request, in_query=True) == Credentials(KEY)
