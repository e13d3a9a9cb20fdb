"""A chat as token ids in which no message can hold a control token: for training and for serving alike.

The tokenizer's template is rendered with a slot in place of every message's text; the template's own pieces are
encoded with its control tokens, each text is encoded apart from them with control tokens off, and the ids are put
together. So `<|im_end|>` in a log line becomes the ids of eleven characters, whatever the tokenizer and its template.

In: a fast Hugging Face tokenizer with a chat template, messages. Out: ids, and which of them the assistant wrote.
Raises ChatUnsupported when the template drops or doubles a message, or a text cannot be kept free of control ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Message = Mapping[str, str]
_SLOT = re.compile(r"(loglynx-slot-\d+-text)")
_REFUSED_BY_TEMPLATE = "TemplateError"  # of jinja2, which this package does not know


class ChatUnsupported(ValueError):
    """The tokenizer or its template cannot carry these messages."""


class ChatTokenizer(Protocol):
    """What is used of a Hugging Face tokenizer."""

    @property
    def all_special_ids(self) -> list[int]: ...

    @property
    def eos_token_id(self) -> int | None: ...

    def get_added_vocab(self) -> dict[str, int]: ...

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any: ...

    def __call__(self, text: str, **options: Any) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class EncodedChat:
    """ids and, for each, whether the assistant wrote it: its text and the control token that ends it."""

    ids: list[int]
    is_answer: list[bool]


class ChatEncoder:
    """Encodes chats with one tokenizer."""

    def __init__(self, tokenizer: ChatTokenizer) -> None:
        added = tokenizer.get_added_vocab()
        self._tokenizer = tokenizer
        # Some tokenizers add runs of blanks as tokens; these control nothing.
        marks = sorted((text for text in added if text.strip()), key=len, reverse=True)
        self.control_ids = frozenset({*tokenizer.all_special_ids, *(added[text] for text in marks)})
        self._marks = re.compile("|".join(re.escape(mark) for mark in marks)) if marks else None

    def encode_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Ids up to where the assistant begins to write."""
        return self._encode(messages, add_generation_prompt=True).ids

    def encode_answered(self, messages: Sequence[Message]) -> EncodedChat:
        """A whole chat, with the assistant's words in it."""
        return self._encode(messages, add_generation_prompt=False)

    def encode_text(self, text: str) -> list[int]:
        """A message's text: no id of it is a control token. Raises ChatUnsupported if that cannot be had."""
        ids: list[int] = []
        start = 0
        # Marks that are added but not "special" (`<think>`) are cut after their first character.
        for match in self._marks.finditer(text) if self._marks else ():
            ids += self._plain(text[start : match.start() + 1])
            start = match.start() + 1
        ids += self._plain(text[start:])
        if not self.control_ids.isdisjoint(ids):
            raise ChatUnsupported("this tokenizer makes control tokens of plain text")
        return ids

    def _plain(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])

    def _encode(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> EncodedChat:
        ids: list[int] = []
        is_answer: list[bool] = []
        ends_answer = False
        for piece in self._pieces(messages, add_generation_prompt):
            if isinstance(piece, int):
                part = self.encode_text(messages[piece]["content"])
                ends_answer = messages[piece]["role"] == "assistant"
                marks = [ends_answer] * len(part)
            else:
                part = list(self._tokenizer(piece, add_special_tokens=False)["input_ids"])
                marks = self._end_marks(part) if ends_answer else [False] * len(part)
                ends_answer = False
            ids += part
            is_answer += marks
        if ends_answer and self._tokenizer.eos_token_id is not None:
            ids.append(self._tokenizer.eos_token_id)
            is_answer.append(True)
        return EncodedChat(ids, is_answer)

    def _end_marks(self, part: Sequence[int]) -> list[bool]:
        """True up to the first control token of what follows an answer; nowhere if there is none."""
        end = next((place for place, token in enumerate(part) if token in self.control_ids), -1)
        return [place <= end for place in range(len(part))]

    def _pieces(self, messages: Sequence[Message], add_generation_prompt: bool) -> list[str | int]:
        """The template's own text, and numbers of messages where theirs belongs."""
        slots = [f"loglynx-slot-{number}-text" for number in range(len(messages))]
        chat = [{"role": message["role"], "content": slot} for message, slot in zip(messages, slots, strict=True)]
        rendered = self._render(chat, add_generation_prompt)
        pieces: list[str | int] = []
        order: list[int] = []
        for part in _SLOT.split(rendered):
            if part in slots:
                order.append(slots.index(part))
                pieces.append(order[-1])
            elif part:
                pieces.append(part)
        if order != list(range(len(messages))):
            raise ChatUnsupported("the chat template does not hold every message once and in order")
        return pieces

    def _render(self, chat: list[dict[str, str]], add_generation_prompt: bool) -> str:
        options = {"tokenize": False, "add_generation_prompt": add_generation_prompt, "enable_thinking": False}
        try:
            return str(self._tokenizer.apply_chat_template(chat, **options))
        except Exception as error:
            if type(error).__name__ != _REFUSED_BY_TEMPLATE or len(chat) < 2 or chat[0]["role"] != "system":
                raise
        # Templates without a system role: the instructions go before the first question.
        first = {"role": "user", "content": f"{chat[0]['content']}\n\n{chat[1]['content']}"}
        return str(self._tokenizer.apply_chat_template([first, *chat[2:]], **options))
