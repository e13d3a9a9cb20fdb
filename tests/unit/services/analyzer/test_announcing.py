"""What an analyzer tells of itself: probed once, again while nobody answers, and never a reason to stop."""

from __future__ import annotations

import pytest

from services.analyzer import announcing
from services.analyzer.announcing import Announcer
from services.analyzer.llm.probing import Probed
from services.analyzer.llm.protocol import LanguageModel, RawReply
from services.analyzer.prompting import Prompt
from shared.errors import StoreUnavailable
from shared.store.analyzers import RunningAnalyzer


class Model:
    name = "openai"

    def analyze(self, prompt: Prompt) -> RawReply:
        raise AssertionError("only the probe asks")


class Told:
    def __init__(self) -> None:
        self.now: list[RunningAnalyzer] = []
        self.is_away = False

    def announce(self, analyzer: RunningAnalyzer, now_ms: int) -> None:
        if self.is_away:
            raise StoreUnavailable
        if analyzer not in self.now:
            self.now.append(analyzer)

    def withdraw(self, analyzer: RunningAnalyzer) -> None:
        self.now.remove(analyzer)


class Probe:
    def __init__(self, *answers: Probed) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, model: LanguageModel) -> Probed:
        self.asked += 1
        return self.answers.pop(0)


def test_without_a_model_the_rules_are_told() -> None:
    told = Told()
    Announcer(told, None, lambda: 1).round()
    assert [(a.engine, a.model, a.enforces_schema) for a in told.now] == [("rules", "", None)]


def test_a_model_that_answers_is_probed_once() -> None:
    told, probe = Told(), Probe(Probed("qwen3", True))
    announcer = Announcer(told, Model(), lambda: 1, probe_model=probe)
    for _ in range(3):
        announcer.round()
    assert [(a.engine, a.model, a.enforces_schema) for a in told.now] == [("openai", "qwen3", True)]
    assert probe.asked == 1


def test_a_silent_one_is_asked_again_after_a_while_and_what_was_told_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, probe = Told(), Probe(Probed(why="no answer"), Probed("qwen3", False))
    announcer = Announcer(told, Model(), lambda: 1, probe_model=probe)
    announcer.round()
    announcer.round()
    assert probe.asked == 1
    monkeypatch.setattr(announcing.time, "monotonic", lambda: 1e12)
    announcer.round()
    assert [(a.model, a.enforces_schema) for a in told.now] == [("qwen3", False)]


def test_nobody_to_tell_is_no_fault() -> None:
    told = Told()
    told.is_away = True
    announcer = Announcer(told, None, lambda: 1, interval_s=0.01)
    announcer.rounds.start()
    told.is_away = False
    announcer.rounds.stop()
