"""Patience and refusals, against a transport that answers as it is told."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import zstandard

from loglynx.client import LONGEST_WAIT_S, Server
from loglynx.failures import ServerRefused

Answer = httpx.Response | Exception


class Script:
    """Answers requests one after the other, and remembers them."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def server(self, give_up_s: float = 1e9) -> Server:
        return Server(
            "http://loglynx.test/", "llx_key", give_up_s, self.slept.append, httpx.MockTransport(self._answer)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def busy(retry_after: str | None = None) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(503, headers=headers, json={"title": "Too much work is waiting", "code": "overloaded"})


ACCEPTED = {"job_id": "j1", "accepted": 2}


def test_a_push_sends_key_stream_and_compressed_lines() -> None:
    script = Script(httpx.Response(202, json=ACCEPTED))
    assert script.server().push(b"a\nb\n", "web", "cli-1") == ACCEPTED
    request = script.requests[0]
    assert request.url.path == "/api/v1/ingest"
    assert request.url.params["stream"] == "web"
    assert request.headers["Authorization"] == "Bearer llx_key"
    assert request.headers["Idempotency-Key"] == "cli-1"
    assert zstandard.ZstdDecompressor().decompress(request.read()) == b"a\nb\n"


def test_an_overloaded_server_is_asked_again_when_it_says() -> None:
    script = Script(busy("3"), busy("7"), httpx.Response(202, json=ACCEPTED))
    assert script.server().push(b"a\n", "web", "cli-1") == ACCEPTED
    assert script.slept == [3.0, 7.0]
    assert len({request.headers["Idempotency-Key"] for request in script.requests}) == 1


def test_a_broken_connection_is_tried_again_with_the_same_key() -> None:
    script = Script(httpx.ReadError("reset"), httpx.RemoteProtocolError("cut"), httpx.Response(202, json=ACCEPTED))
    assert script.server().push(b"a\n", "web", "cli-1") == ACCEPTED
    assert {request.headers["Idempotency-Key"] for request in script.requests} == {"cli-1"}


@pytest.mark.parametrize("retry_after", [None, "soon", "99999999"])
def test_no_wait_is_longer_than_the_longest(retry_after: str | None) -> None:
    script = Script(busy(retry_after), httpx.Response(202, json=ACCEPTED))
    script.server().push(b"a\n", "web", "cli-1")
    assert 0 <= script.slept[0] <= LONGEST_WAIT_S


def test_patience_ends_with_the_servers_own_words() -> None:
    script = Script(busy("1"), busy("1"))
    with pytest.raises(ServerRefused, match="503 Too much work is waiting"):
        script.server(give_up_s=0).push(b"a\n", "web", "cli-1")
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("status", "fix"), [(401, "keys create"), (403, "scope"), (404, "incidents"), (413, "--batch"), (422, "")]
)
def test_a_refusal_is_not_repeated_and_says_what_to_do(status: int, fix: str) -> None:
    script = Script(httpx.Response(status, json={"title": "No", "code": "no"}))
    with pytest.raises(ServerRefused) as refusal:
        script.server().get("/jobs/j1")
    assert (refusal.value.status, refusal.value.code) == (status, "no")
    assert fix in refusal.value.fix


def test_nobody_there() -> None:
    with pytest.raises(ServerRefused, match=r"nothing answers at http://loglynx\.test") as refusal:
        Script(httpx.ConnectError("refused")).server().get("/jobs/j1")
    assert "loglynx up" in refusal.value.fix


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(500, text="<html>" * 1000)])
def test_something_else_on_that_port(answer: httpx.Response) -> None:
    with pytest.raises(ServerRefused) as refusal:
        Script(answer).server().get("/jobs/j1")
    assert len(refusal.value.message) < 500


def test_waiting_for_a_job_polls_until_it_is_final() -> None:
    states = ["queued", "scoring", "analyzing", "done"]
    script = Script(*(httpx.Response(200, json={"state": state}) for state in states))
    seen: list[str] = []
    remember: Callable[[dict[str, str]], None] = lambda job: seen.append(job["state"])  # noqa: E731
    assert script.server().finished_job("j1", remember) == {"state": "done"}
    assert seen == states
    assert script.requests[0].url.params["wait"] == "10"
