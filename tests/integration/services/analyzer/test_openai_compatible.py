"""The client against a server that misbehaves: bounded in time, calls and bytes, and always an answer or a clean no."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from flag_builders import among_calm
from stub_openai import CONTENTS, StubServer

from services.analyzer.answering import answer
from services.analyzer.llm.bounded_http import HttpLimits
from services.analyzer.llm.lora_adapter import read_adapter
from services.analyzer.llm.openai_compatible import OpenAICompatible, OpenAIOptions
from services.analyzer.llm.probing import probe
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import explain
from shared.core.records import Severity
from shared.core.taxonomy import Category
from shared.errors import AnalysisFailed, ArtefactInvalid

FLAG = among_calm("ERROR cart - connection refused: 10.3.4.5:6379", severity=Severity.HIGH)
RULES = explain(FLAG)
DEADLINE_S = 1.5


def model_of(stub: StubServer, **options: object) -> OpenAICompatible:
    limits = HttpLimits(tries=options.pop("tries", 3), max_wait_s=0.05)  # type: ignore[arg-type]
    model = options.pop("model", "m")
    return OpenAICompatible(OpenAIOptions(stub.url, model, api_key="k-1", limits=limits, **options))  # type: ignore[arg-type]


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


# behaviour -> (formats asked for in turn, formats asked for from then on)
TAKES_LESS = {
    "schema_refused": (["json_schema", None], [None]),
    "no_extensions": (["json_schema", "json_schema"], ["json_schema"]),
    "no_json_schema": (["json_schema", "json_object"], ["json_object"]),
    "says_nothing": (["json_schema", "json_schema", "json_object", None], [None]),
}


@pytest.mark.parametrize("behaviour", TAKES_LESS)
def test_what_a_server_declines_is_left_out_from_then_on(stub: StubServer, behaviour: str) -> None:
    stub.behaviours = [behaviour]
    model = model_of(stub)
    first, later = TAKES_LESS[behaviour]
    assert ask(model).verified
    assert ask(model).verified
    assert [body.get("response_format", {}).get("type") for body in stub.requests] == first + later


def test_a_server_that_declines_everything_is_asked_for_everything_again(stub: StubServer) -> None:
    stub.behaviours = ["declines_all"]
    model = model_of(stub)
    with pytest.raises(AnalysisFailed, match="HTTP 400"):
        ask(model)
    stub.behaviours = ["good"]
    assert ask(model).verified
    assert "x-guidance" in stub.requests[-1]["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize("name, is_sent", [("Qwen3-8B", True), ("qwen-3:4b", True), ("llama-3.1-8b", False)])
def test_only_a_model_that_thinks_is_asked_not_to(stub: StubServer, name: str, is_sent: bool) -> None:
    ask(model_of(stub, model=name))
    assert ("chat_template_kwargs" in stub.requests[0]) is is_sent


def test_a_server_that_knows_no_template_arguments_is_not_sent_them_again(stub: StubServer) -> None:
    stub.behaviours = ["no_thinking"]
    model = model_of(stub, model="qwen3")
    for _ in range(2):
        assert ask(model).verified
    assert ["chat_template_kwargs" in body for body in stub.requests] == [True, False, False]
    assert stub.requests[-1]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    "behaviour, enforces",
    [("enforces", True), ("ignores_schema", False), ("garbage", False), ("500", None), ("deep", False)],
)
def test_the_probe_tells_who_holds_to_a_schema(stub: StubServer, behaviour: str, enforces: bool | None) -> None:
    stub.behaviours = [behaviour]
    found = probe(model_of(stub, tries=1), 3.0)
    assert found.enforces_schema is enforces
    assert bool(found.why) is (enforces is None)


@pytest.fixture
def adapter_dir(tmp_path: Path) -> Path:
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_an_adapter_is_loaded_by_its_content_once_and_named(stub: StubServer, adapter_dir: Path) -> None:
    stub.behaviours = ["needs_adapter"]
    adapter = read_adapter(adapter_dir)
    model = model_of(stub, adapter=adapter)
    for _ in range(2):
        assert ask(model).adapter == adapter.name == f"loglynx-{adapter.digest[:16]}"
    assert stub.loads == [{"lora_name": adapter.name, "lora_path": str(adapter_dir)}]
    assert model_of(stub, adapter=adapter).identity == model.identity
    (adapter_dir / "adapter_model.safetensors").write_bytes(b"others.")
    assert model_of(stub, adapter=read_adapter(adapter_dir)).identity != model.identity


def test_a_server_that_has_it_already_or_forgot_it_answers_with_the_adapter(
    stub: StubServer, adapter_dir: Path
) -> None:
    stub.behaviours = ["needs_adapter"]
    adapter = read_adapter(adapter_dir)
    stub.adapters.add(adapter.name)
    model = model_of(stub, adapter=adapter)
    assert ask(model).adapter == adapter.name
    stub.adapters.clear()
    assert ask(model).adapter == adapter.name
    assert len(stub.loads) == 2


def test_without_the_adapter_the_base_model_answers_and_says_so(stub: StubServer, adapter_dir: Path) -> None:
    stub.has_adapters = False
    assert ask(model_of(stub, adapter=read_adapter(adapter_dir))).adapter == ""
    assert stub.requests[0]["model"] == "m"


def test_a_directory_that_is_no_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid):
        read_adapter(tmp_path)


def test_no_more_questions_at_once_than_allowed(stub: StubServer) -> None:
    stub.behaviours = ["slow"]
    model = model_of(stub, concurrency=2)
    threads = [threading.Thread(target=lambda: ask(model, 10)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(stub.requests), stub.most_at_once) == (6, 2)


def test_waiting_for_a_turn_ends_with_the_deadline(stub: StubServer) -> None:
    stub.behaviours = ["silence"]
    model = model_of(stub, concurrency=1)

    def ask_in_vain() -> None:
        with pytest.raises(AnalysisFailed):
            ask(model, 3.0)

    first = threading.Thread(target=ask_in_vain)
    first.start()
    while not stub.requests:
        time.sleep(0.02)
    started = time.monotonic()
    with pytest.raises(AnalysisFailed, match="no turn"):
        ask(model, 0.3)
    assert time.monotonic() - started < 2.0
    stub.released.set()
    first.join()


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
    model = OpenAICompatible(OpenAIOptions("http://127.0.0.1:9/v1", "m", limits=HttpLimits(tries=2, max_wait_s=0.05)))
    with pytest.raises(AnalysisFailed):
        ask(model)


def test_a_url_that_is_none_is_a_clean_no() -> None:
    for url in ("not a url", "ftp://127.0.0.1/v1", "http://"):
        with pytest.raises(AnalysisFailed):
            ask(OpenAICompatible(OpenAIOptions(url, "m", limits=HttpLimits(tries=1))))


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
