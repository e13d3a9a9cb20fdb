"""Questions that come at the same time are answered in one batch, without a thread of its own.

The first caller runs its question; whoever comes meanwhile waits and is taken along by the next one who runs. Nobody
waits beyond its own deadline: then AnalysisFailed is raised, as for a batch that breaks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Condition

import structlog

from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt
from shared.errors import AnalysisFailed

Answer = RawReply | AnalysisFailed
Run = Callable[[Sequence[Prompt]], Sequence[Answer]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """``end``: on the monotonic clock."""

    prompt: Prompt
    end: float
    answer: Future[Answer] = field(default_factory=Future)


class Gathering:
    """``run`` answers a batch, one answer for each prompt with what is left of its time; never two runs at once."""

    def __init__(self, run: Run, max_batch: int, linger_s: float = 0.01) -> None:
        self._run, self._max_batch, self._linger_s = run, max_batch, linger_s
        self._waiting: list[_Question] = []
        self._is_running = False
        self._changed = Condition()

    def ask(self, prompt: Prompt) -> RawReply:
        """Raises AnalysisFailed."""
        own = _Question(prompt, time.monotonic() + prompt.deadline_s)
        with self._changed:
            self._waiting.append(own)
            self._changed.wait_for(lambda: own.answer.done() or not self._is_running, prompt.deadline_s)
            is_mine_to_run = not own.answer.done() and not self._is_running
            self._is_running |= is_mine_to_run
            if own in self._waiting and not is_mine_to_run:
                self._waiting.remove(own)
        if is_mine_to_run:
            self._run_until_answered(own)
        if not own.answer.done():
            raise AnalysisFailed("no turn within the deadline")
        answer = own.answer.result()
        if isinstance(answer, AnalysisFailed):
            raise answer
        return answer

    def _run_until_answered(self, own: _Question) -> None:
        time.sleep(self._linger_s)
        try:
            while not own.answer.done():
                with self._changed:
                    batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
                self._answer(batch)
                with self._changed:
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._is_running = False
                self._changed.notify_all()

    def _answer(self, batch: Sequence[_Question]) -> None:
        now = time.monotonic()
        prompts = [replace(question.prompt, deadline_s=max(question.end - now, 0.0)) for question in batch]
        answers: Sequence[Answer] = [AnalysisFailed("the batch failed")] * len(batch)
        try:
            answers = self._run(prompts)
        except Exception as error:
            log.exception("llm_batch_failed", questions=len(batch), reason=type(error).__name__)
        finally:
            for question, answer in zip(batch, answers, strict=True):
                question.answer.set_result(answer)
