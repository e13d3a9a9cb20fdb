"""The same lines are not asked about twice; anything that differs but the time is another question."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flag_builders import a_flag

from services.analyzer.answering import answer
from services.analyzer.llm.protocol import RawReply
from services.analyzer.past_verdicts import PastIncident
from services.analyzer.prompting import Prompt, build_prompt
from services.analyzer.reply_cache import ReplyCache, cache_key
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import explain
from shared.core.records import Flag
from shared.core.taxonomy import Category

GOOD = (
    '{"evidence": [1], "category": "connection_failure", "severity": "high", "confidence": 0.8, "title": "Refused", '
    '"explanation": "Line 1: the connection was refused.", "probable_cause": "Nothing listens."}'
)


@dataclass
class Scripted:
    """Answers with ``replies``, one per question."""

    replies: list[str]
    identity: str = "m"
    name: str = "scripted"
    asked: list[Prompt] = field(default_factory=list)

    def analyze(self, prompt: Prompt) -> RawReply:
        self.asked.append(prompt)
        return RawReply(self.replies[min(len(self.asked), len(self.replies)) - 1])


def refused(time: str = "2025-03-04 10:00:01", address: str = "10.3.4.5:6379", stream: str = "a") -> Flag:
    return a_flag([f"{time} ERROR cart - connection refused: {address}"], surprising=(1,), stream=stream)


def ask(model: Scripted, flag: Flag, cache: ReplyCache, past: tuple[PastIncident, ...] = ()):  # type: ignore[no-untyped-def]
    return answer(model, flag, explain(flag), 5.0, past, cache)


def test_the_same_lines_at_another_time_and_place_are_not_asked_about() -> None:
    model, cache = Scripted([GOOD]), ReplyCache()
    first = ask(model, refused(), cache)
    assert ask(model, refused("2025-03-05 23:59:59", stream="b"), cache) == first
    assert len(model.asked) == 1


def test_another_name_or_number_or_model_is_another_question() -> None:
    model, cache = Scripted([GOOD]), ReplyCache()
    ask(model, refused(), cache)
    ask(model, refused(address="10.3.4.6:6379"), cache)
    assert len(model.asked) == 2
    other = Scripted([GOOD], identity="another adapter")
    ask(other, refused(), cache)
    assert len(other.asked) == 1


def test_a_reply_that_was_repaired_is_kept_and_an_unusable_one_is_not() -> None:
    model, cache = Scripted(["nonsense", GOOD]), ReplyCache()
    ask(model, refused(), cache)
    ask(model, refused(), cache)
    assert len(model.asked) == 2
    bad = Scripted(["nonsense"])
    for _ in range(2):
        with pytest.raises(ReplyInvalid):
            ask(bad, refused(address="10.1.1.1:25"), cache)
    assert len(bad.asked) == 4


def test_people_are_heard_even_when_the_reply_is_kept() -> None:
    model, cache = Scripted([GOOD]), ReplyCache()
    ask(model, refused(), cache)
    muted = PastIncident("connection_failure", 2, 5, "muted", Category.BENIGN, 5)
    assert ask(model, refused(), cache, (muted,)).decided_by == "people"
    assert len(model.asked) == 1


def test_the_cache_is_bounded_and_forgets_the_longest_unused() -> None:
    cache = ReplyCache(most=2)
    for key in ("a", "b"):
        cache.put(key, RawReply(key))
    assert cache.get("a")
    cache.put("c", RawReply("c"))
    assert (cache.get("a") is not None, cache.get("b")) == (True, None)


@pytest.mark.parametrize(
    "time", ["2025-03-04T10:00:01.250Z", "Mar  4 10:00:01", "04/Mar/2025 10:00:01", "1741082401", "10:00:01,101"]
)
def test_times_of_many_shapes_are_no_parameter(time: str) -> None:
    keys = set()
    for shown in (time, time.replace("0:00:01", "1:22:33").replace("1741082401", "1741082499")):
        flag = refused(shown)
        keys.add(cache_key(build_prompt(flag, explain(flag)), flag, Scripted([GOOD])))
    assert len(keys) == 1
