"""A language model in this process: transformers, 4-bit weights, a LoRA adapter, replies that fit the schema.

- log text is encoded apart from the chat template, so that it can hold no control token
- decoding is constrained to the prompt's schema and greedy: the same window gives the same reply
- questions that come at the same time are answered in one batch; each keeps to its own deadline
- a prompt that does not fit the model's context is refused, never cut
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer.llm.gathering import Answer, Gathering
from services.analyzer.llm.guided_generation import Reply, generate
from services.analyzer.llm.local_model import LocalModel
from services.analyzer.llm.protocol import RawReply
from services.analyzer.llm.token_guide import TokenGuides
from services.analyzer.prompting import Prompt
from shared.core.chat_encoding import ChatEncoder, ChatUnsupported
from shared.errors import AnalysisFailed

MAX_TOKENS = 700


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """max_batch: replies written at once. max_tokens: of one reply. max_prompt_tokens: 0 takes the model's own."""

    max_batch: int = 4
    max_tokens: int = MAX_TOKENS
    max_prompt_tokens: int = 0


class TransformersEngine:
    """A LanguageModel. Safe to use from several threads."""

    name = "transformers"

    def __init__(self, local: LocalModel, limits: EngineLimits | None = None) -> None:
        limits = limits or EngineLimits()
        context = getattr(local.model.config, "max_position_embeddings", None) or 4096
        self._local, self._limits = local, limits
        self._max_prompt = limits.max_prompt_tokens or max(context - limits.max_tokens, 1)
        self._encoder = ChatEncoder(local.tokenizer)
        self._guides = TokenGuides(local.tokenizer, local.width, local.eos_ids)
        self._gathering = Gathering(self.answer_many, limits.max_batch)

    @property
    def identity(self) -> str:
        """Whose replies these are: base and adapter."""
        return f"{self.name}/{self._local.weights_hash}/{self._local.adapter}"

    def analyze(self, prompt: Prompt) -> RawReply:
        return self._gathering.ask(prompt)

    def answer_many(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """One reply or failure for each prompt, all in one batch. Not to be called from two threads at once."""
        answers: list[Answer] = [AnalysisFailed("no answer within the deadline")] * len(prompts)
        replies: dict[int, Reply] = {}
        for place, prompt in enumerate(prompts):
            try:
                if prompt.deadline_s > 0:
                    replies[place] = self._reply(prompt)
            except AnalysisFailed as error:
                answers[place] = error
        if replies:
            written = generate(self._local, list(replies.values()), self._limits.max_tokens)
            for place, ids in zip(replies, written, strict=True):
                answers[place] = ids if isinstance(ids, AnalysisFailed) else self._raw(ids)
        return answers

    def _reply(self, prompt: Prompt) -> Reply:
        try:
            ids = self._encoder.encode_prompt(prompt.messages)
        except ChatUnsupported as error:
            raise AnalysisFailed(str(error)) from error
        if len(ids) > self._max_prompt:
            raise AnalysisFailed(f"the prompt of {len(ids)} tokens does not fit the model's context")
        return Reply(ids, self._guides.guide(prompt.schema), time.monotonic() + prompt.deadline_s)

    def _raw(self, ids: Sequence[int]) -> RawReply:
        text = self._local.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return RawReply(text, self._local.model_id, self._local.weights_hash, self._local.adapter)
