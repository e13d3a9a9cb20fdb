"""Questions of several threads share batches, and none waits for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from services.analyzer.llm.gathering import Answer, Gathering
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt
from shared.errors import AnalysisFailed


def a_prompt(text: str, deadline_s: float = 10.0) -> Prompt:
    return Prompt("", "", text, "", {}, "en", deadline_s=deadline_s)


def echo(prompts: Sequence[Prompt]) -> list[Answer]:
    return [RawReply(prompt.window) for prompt in prompts]


def wait_until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.001)


class Held:
    """Answers once it is let go; remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = Event()

    def __call__(self, prompts: Sequence[Prompt]) -> list[Answer]:
        self.batches.append([prompt.window for prompt in prompts])
        assert self.go.wait(5)
        return echo(prompts)


def test_who_comes_meanwhile_is_taken_along_in_the_next_batch() -> None:
    held = Held()
    gathering = Gathering(held, max_batch=2, linger_s=0)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(gathering.ask, a_prompt("0"))
        wait_until(lambda: len(held.batches) == 1)
        others = [pool.submit(gathering.ask, a_prompt(str(number))) for number in range(1, 5)]
        wait_until(lambda: len(gathering._waiting) == 4)
        held.go.set()
        answers = [future.result(5).text for future in (first, *others)]
    assert answers == ["0", "1", "2", "3", "4"]
    assert [len(batch) for batch in held.batches] == [1, 2, 2]


def test_a_question_whose_turn_does_not_come_fails_at_its_deadline() -> None:
    held = Held()
    gathering = Gathering(held, max_batch=2, linger_s=0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.ask, a_prompt("0"))
        wait_until(lambda: len(held.batches) == 1)
        with pytest.raises(AnalysisFailed, match="deadline"):
            gathering.ask(a_prompt("1", deadline_s=0.02))
        held.go.set()
        assert first.result(5).text == "0"
    assert gathering.ask(a_prompt("2")).text == "2"
    assert ["1"] not in held.batches


def test_a_batch_gets_only_what_is_left_of_each_question_s_time() -> None:
    left: list[float] = []

    def slow(prompts: Sequence[Prompt]) -> list[Answer]:
        left.extend(prompt.deadline_s for prompt in prompts)
        return echo(prompts)

    Gathering(slow, max_batch=1, linger_s=0.05).ask(a_prompt("0", deadline_s=1.0))
    assert 0.0 < left[0] <= 0.95


def test_a_broken_batch_fails_its_questions_and_no_other() -> None:
    def breaks(prompts: Sequence[Prompt]) -> list[Answer]:
        if prompts[0].window == "bad":
            raise RuntimeError("out of memory")
        return echo(prompts)

    gathering = Gathering(breaks, max_batch=1, linger_s=0)
    with pytest.raises(AnalysisFailed, match="batch failed"):
        gathering.ask(a_prompt("bad"))
    assert gathering.ask(a_prompt("good")).text == "good"


def test_a_failure_in_a_batch_is_raised_where_it_belongs() -> None:
    gathering = Gathering(lambda prompts: [AnalysisFailed("too long")], max_batch=1, linger_s=0)
    with pytest.raises(AnalysisFailed, match="too long"):
        gathering.ask(a_prompt("0"))
