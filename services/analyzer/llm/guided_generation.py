"""Batched greedy generation within JSON schemas, deadlines and a limit of tokens.

In: a LocalModel, one encoded prompt with its guide and its end on the monotonic clock for each reply. Out: the ids
written, or an AnalysisFailed, for each. A reply that ends badly does not disturb its batch mates.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.analyzer.llm.decoding_limits import is_turning_in_circles
from services.analyzer.llm.local_model import LocalModel
from services.analyzer.llm.token_guide import TokenGuide
from shared.errors import AnalysisFailed


@dataclass(slots=True)
class Reply:
    """One reply that is being written. ``end``: on the monotonic clock."""

    prompt_ids: list[int]
    guide: TokenGuide
    end: float
    ids: list[int] = field(default_factory=list)
    failure: str = ""

    @property
    def is_over(self) -> bool:
        return bool(self.failure) or self.guide.is_over

    def take(self, token: int, now: float) -> None:
        """``token`` was written."""
        try:
            self.guide.accept(token)
        except AnalysisFailed as error:
            self.failure = str(error)
            return
        self.ids.append(token)
        if self.guide.is_over:
            return
        if now > self.end:
            self.failure = "no answer within the deadline"
        elif is_turning_in_circles(self.ids):
            self.failure = "the reply turns in circles"


def generate(local: LocalModel, replies: Sequence[Reply], max_tokens: int) -> list[list[int] | AnalysisFailed]:
    """Write them all."""
    import torch
    from transformers import LogitsProcessorList, StoppingCriteriaList

    pad = local.tokenizer.pad_token_id
    pad = local.eos_ids[0] if pad is None else pad
    width = max(len(reply.prompt_ids) for reply in replies)
    rows = [[pad] * (width - len(reply.prompt_ids)) + reply.prompt_ids for reply in replies]
    seen = [[0] * (width - len(reply.prompt_ids)) + [1] * len(reply.prompt_ids) for reply in replies]
    with torch.inference_mode():
        local.model.generate(
            input_ids=torch.tensor(rows, device=local.device),
            attention_mask=torch.tensor(seen, device=local.device),
            logits_processor=LogitsProcessorList([_only_allowed(replies, local.eos_ids[0])]),
            stopping_criteria=StoppingCriteriaList([_all_over(replies)]),
            max_new_tokens=max_tokens,
            do_sample=False,
            num_beams=1,
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=pad,
            eos_token_id=local.eos_ids,
        )
    return [_outcome(reply) for reply in replies]


def _outcome(reply: Reply) -> list[int] | AnalysisFailed:
    if reply.failure:
        return AnalysisFailed(reply.failure)
    return reply.ids if reply.guide.is_over else AnalysisFailed("the reply is too long")


def _only_allowed(replies: Sequence[Reply], eos: int) -> Any:
    """Masks, for each reply, the tokens that its schema does not allow next."""

    def process(_: Any, scores: Any) -> Any:
        import torch

        width = scores.shape[-1]
        for row, reply in enumerate(replies):
            if reply.is_over:
                scores[row] = float("-inf")
                scores[row, eos] = 0.0
                continue
            allowed = torch.from_numpy(reply.guide.allowed()).to(scores.device)
            scores[row, : allowed.shape[0]].masked_fill_(~allowed[:width], float("-inf"))
            scores[row, allowed.shape[0] :] = float("-inf")
        return scores

    return process


def _all_over(replies: Sequence[Reply]) -> Any:
    """Tells each reply its new token; True for those that are over."""

    def check(input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        now = time.monotonic()
        for reply, token in zip(replies, input_ids[:, -1].tolist(), strict=True):
            if not reply.is_over:
                reply.take(token, now)
        return torch.tensor([reply.is_over for reply in replies], device=input_ids.device)

    return check
