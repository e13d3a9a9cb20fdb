"""The client against a server that misbehaves: bounded in time, calls and bytes, and always an answer or a clean no."""

from __future__ import annotations

import threading
import time

import pytest
from flag_builders import among_calm
from stub_openai import CONTENTS, StubServer

from services.analyzer.answering import answer
from services.analyzer.llm.openai_compatible import OpenAICompatible, OpenAIOptions
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import explain
from shared.core.records import Severity
from shared.core.taxonomy import Category
from shared.errors import AnalysisFailed

FLAG = among_calm("ERROR cart - connection refused: 10.3.4.5:6379", severity=Severity.HIGH)
RULES = explain(FLAG)
DEADLINE_S = 1.5


def model_of(stub: StubServer, **options: object) -> OpenAICompatible:
    return OpenAICompatible(OpenAIOptions(stub.url, "m", api_key="k-1", max_wait_s=0.05, **options))  # type: ignore[arg-type]


def ask(model: OpenAICompatible, deadline_s: float = DEADLINE_S):  # type: ignore[no-untyped-def]
    return answer(model, FLAG, RULES, deadline_s)


def test_good_answer(stub: StubServer) -> None:
    analysis = ask(model_of(stub))
    assert (analysis.engine, analysis.model_id, analysis.verified) == ("openai", "stub-1", True)
    body = stub.requests[0]
    assert body["response_format"]["json_schema"]["schema"]["required"]
    assert (body["temperature"], body["stream"]) == (0, False)
    assert stub.headers[0]["Authorization"] == "Bearer k-1"


# behaviour -> how many requests it may cost at most
NO_ANSWER = {
    "silence": 1, "drip_body": 1, "drip_headers": 1, "endless": 1, "ten_megabytes": 1, "500": 3, "503": 3, "429": 3,
    "429_long": 1, "401": 1, "404": 1, "redirect": 1, "reset": 3, "cut_off": 3, "empty_choices": 1, "null_content": 1,
    "not_json": 1, "garbage": 2, "truncated": 2, "wrong_schema": 2, "evidence_out_of_range": 2, "benign_lie": 2,
    "huge_number": 2, "deep": 2,
}  # fmt: skip


@pytest.mark.parametrize("behaviour", NO_ANSWER)
def test_misbehaviour_is_a_clean_no_in_bounded_time_and_calls(stub: StubServer, behaviour: str) -> None:
    stub.behaviours = [behaviour]
    started = time.monotonic()
    with pytest.raises((AnalysisFailed, ReplyInvalid)):
        ask(model_of(stub))
    assert time.monotonic() - started < DEADLINE_S + 2.0
    assert 1 <= len(stub.requests) <= NO_ANSWER[behaviour]


@pytest.mark.parametrize("behaviour", ["ten_megabytes", "endless"])
def test_a_reply_is_read_up_to_the_cap_and_no_further(stub: StubServer, behaviour: str) -> None:
    stub.behaviours = [behaviour]
    started = time.monotonic()
    with pytest.raises(AnalysisFailed, match="too large"):
        ask(model_of(stub), 20.0)
    assert time.monotonic() - started < 10.0
    assert len(stub.requests) == 1


@pytest.mark.parametrize("behaviour", ["severity_lowered", "markup", "invented_entity", "foreign_actions"])
def test_bad_content_is_cleaned_or_replaced(stub: StubServer, behaviour: str) -> None:
    stub.behaviours = [behaviour]
    analysis = ask(model_of(stub))
    assert analysis.category is Category.CONNECTION_FAILURE
    assert analysis.severity is Severity.HIGH
    told = analysis.model_dump_json()
    for part in ("evil.example", "<", "](", "db-master-9", "10.66.66.66", "512", "rm -rf", "curl"):
        assert part not in told
    assert analysis.title
    assert analysis.explanation


@pytest.mark.parametrize("first", ["500", "429", "reset", "cut_off"])
def test_passing_trouble_is_tried_again(stub: StubServer, first: str) -> None:
    stub.behaviours = [first, "good"]
    assert ask(model_of(stub)).verified
    assert len(stub.requests) == 2


@pytest.mark.parametrize("first", ["garbage", "truncated", "wrong_schema", "evidence_out_of_range"])
def test_an_unusable_reply_gets_one_chance_to_be_repaired(stub: StubServer, first: str) -> None:
    stub.behaviours = [first, "good"]
    assert ask(model_of(stub)).verified
    complaint = stub.requests[1]["messages"][-1]["content"]
    assert "was not usable" in complaint
    assert CONTENTS[first] not in complaint


def test_a_server_without_schema_support_is_asked_without_it_from_then_on(stub: StubServer) -> None:
    stub.behaviours = ["schema_refused"]
    model = model_of(stub)
    assert ask(model).verified
    assert ask(model).verified
    assert ["response_format" in body for body in stub.requests] == [True, False, False]


def test_breaker_opens_and_stops_asking(stub: StubServer) -> None:
    stub.behaviours = ["500"]
    model = model_of(stub, tries=1, breaker_failures=3, breaker_reset_s=0.3)
    for _ in range(6):
        with pytest.raises(AnalysisFailed):
            ask(model)
    assert model.is_open
    assert len(stub.requests) == 3
    stub.behaviours = ["good"]
    time.sleep(0.35)
    assert ask(model).verified
    assert not model.is_open


def test_nobody_listening_is_a_clean_no() -> None:
    model = OpenAICompatible(OpenAIOptions("http://127.0.0.1:9/v1", "m", tries=2, max_wait_s=0.05))
    with pytest.raises(AnalysisFailed):
        ask(model)


def test_a_url_that_is_none_is_a_clean_no() -> None:
    for url in ("not a url", "ftp://127.0.0.1/v1", "http://"):
        with pytest.raises(AnalysisFailed):
            ask(OpenAICompatible(OpenAIOptions(url, "m", tries=1)))


def test_threads_may_share_the_client(stub: StubServer) -> None:
    model = model_of(stub)
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(model, 10).verified)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 4


def test_the_key_is_in_no_message(stub: StubServer) -> None:
    ask(model_of(stub))
    assert "k-1" not in str(stub.requests)
    assert "k-1" not in build_prompt(FLAG, RULES).user
