"""Replies by what was asked: the same lines, names and numbers are not asked about twice.

In the process, not in Redis: an incident is asked about once per signature anyway, so that what is saved here are the
same lines in other streams and in self-contained sequences; a restart costs one question each, and no reply has to be
trusted from outside. A kept reply is parsed and verified anew against the window at hand.
Bounded; the longest unused goes first. Safe to use from several threads. Nothing fails.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict

from services.analyzer.llm.protocol import LanguageModel, RawReply
from services.analyzer.prompting import PROMPT_VERSION, Prompt
from shared.core.records import Flag

MAX_REPLIES = 512
# What differs between two windows that say the same: when it was.
_TIMES = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d|\d{1,2}[-/ ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[-/ ]\d{4}|"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}(?= \d\d:)|"
    r"T?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?|(?<!\d)1[5-9]\d{8}(?:\d{3})?(?!\d)"
)


def cache_key(prompt: Prompt, flag: Flag, model: LanguageModel) -> str:
    """Hash over template ids, parameters (all that the shown lines say but times), model, adapter, prompt version."""
    templates = [event.template for event in flag.events if event.number in prompt.lines]
    parameters = [f"{number}| {_TIMES.sub(' ', text)}" for number, text in prompt.lines.items()]
    identity = str(getattr(model, "identity", model.name))
    notes = prompt.window.partition("\nnote| ")[2]
    parts = ["\n".join(templates), "\n".join(parameters), notes, identity, prompt.language, PROMPT_VERSION]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class ReplyCache:
    """Least recently used replies."""

    def __init__(self, most: int = MAX_REPLIES) -> None:
        self._most, self._lock = most, threading.Lock()
        self._replies: OrderedDict[str, RawReply] = OrderedDict()

    def get(self, key: str) -> RawReply | None:
        with self._lock:
            if key in self._replies:
                self._replies.move_to_end(key)
            return self._replies.get(key)

    def put(self, key: str, reply: RawReply) -> None:
        with self._lock:
            self._replies[key] = reply
            self._replies.move_to_end(key)
            while len(self._replies) > self._most:
                self._replies.popitem(last=False)
