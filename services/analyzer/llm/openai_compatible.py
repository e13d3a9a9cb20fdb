"""Any OpenAI-compatible server: vLLM (with a LoRA adapter), llama.cpp, Ollama, a gateway, a hosted one.

- One deadline over everything (waiting for a turn, name resolution, retries, a server that drips), by cancellation.
- At most ``concurrency`` questions at the same time.
- A circuit breaker stops asking a server that keeps failing; while it is open ``analyze`` fails at once.
- Asks for JSON-schema output; what a server declines is left out from then on (``chat_body``). Nobody is believed:
  ``probe`` finds out whether the schema is enforced, for people to see; the reply is checked all the same.
- An adapter is loaded under the hash of its content through ``/load_lora_adapter``, again when the server forgot it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import httpx
import structlog

from services.analyzer.llm.bounded_http import Declined, HttpLimits, open_client, post, within
from services.analyzer.llm.breaker import Breaker
from services.analyzer.llm.chat_body import chat_body, content_of, features_for, without_declined
from services.analyzer.llm.lora_adapter import LoraAdapter
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt
from shared.errors import AnalysisFailed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OpenAIOptions:
    """base_url ends before ``/chat/completions``, e.g. http://127.0.0.1:8000/v1"""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    adapter: LoraAdapter | None = None
    concurrency: int = 8
    limits: HttpLimits = field(default_factory=HttpLimits)
    breaker_failures: int = 5
    breaker_reset_s: float = 60.0


class OpenAICompatible:
    """A LanguageModel over HTTP. Safe to use from several threads: each call has its own connection."""

    name = "openai"

    def __init__(self, options: OpenAIOptions) -> None:
        self._options = options
        self._features = features_for(options.model)
        self._turns = threading.BoundedSemaphore(options.concurrency)
        self._adapter_name = ""
        self._breaker = Breaker(options.breaker_failures, options.breaker_reset_s)

    @property
    def identity(self) -> str:
        """What a kept reply belongs to."""
        adapter = self._options.adapter.digest if self._options.adapter else ""
        return f"{self.name} {self._options.base_url} {self._options.model} {adapter}"

    @property
    def is_open(self) -> bool:
        """True while the breaker refuses to ask."""
        return self._breaker.is_open

    def analyze(self, prompt: Prompt) -> RawReply:
        end = time.monotonic() + prompt.deadline_s
        if not self._turns.acquire(timeout=prompt.deadline_s):
            raise AnalysisFailed("no turn within the deadline")
        try:
            with self._breaker.guard():
                return self._ask(prompt, end)
        finally:
            self._turns.release()

    def _ask(self, prompt: Prompt, end: float) -> RawReply:
        try:
            return within(end - time.monotonic(), lambda: self._ask_server(prompt, end))
        except Declined as error:
            raise AnalysisFailed(str(error)) from error

    async def _ask_server(self, prompt: Prompt, end: float) -> RawReply:
        async with open_client(self._options.limits, self._options.api_key) as client:
            await self._load_adapter(client, end)
            try:
                return await self._ask_taken(client, prompt, end)
            except AnalysisFailed as error:
                if not (self._adapter_name and str(error) == "HTTP 404"):
                    raise
                self._adapter_name = ""  # the server has restarted
                await self._load_adapter(client, end)
                return await self._ask_taken(client, prompt, end)

    async def _ask_taken(self, client: httpx.AsyncClient, prompt: Prompt, end: float) -> RawReply:
        """Ask with all features, then with fewer, until the server takes the body. What it takes is remembered."""
        features = self._features
        while True:
            body = chat_body(self._adapter_name or self._options.model, prompt.messages, prompt.schema, features)
            url = self._url("chat/completions")
            try:
                answer = await post(client, url, body, self._options.limits, end - time.monotonic())
            except Declined as error:
                fewer = without_declined(features, error.text)
                if fewer == features:
                    raise
                features = fewer
                continue
            if features != self._features:
                log.info("language_model_takes_less", features=sorted(features))
                self._features = features
            content, model_id = content_of(answer)
            return RawReply(content, model_id, adapter=self._adapter_name)

    async def _load_adapter(self, client: httpx.AsyncClient, end: float) -> None:
        """Make the server know the adapter. Without success the base model answers, and says so."""
        adapter = self._options.adapter
        if adapter is None or self._adapter_name:
            return
        body = {"lora_name": adapter.name, "lora_path": str(adapter.path)}
        try:
            await post(client, self._url("load_lora_adapter"), body, self._options.limits, end - time.monotonic())
        except Declined as error:
            if "already" not in error.text:
                log.warning("adapter_not_loaded", adapter=adapter.name, reason=str(error))
                return
        except AnalysisFailed as error:
            log.warning("adapter_not_loaded", adapter=adapter.name, reason=str(error))
            return
        self._adapter_name = adapter.name

    def _url(self, path: str) -> str:
        return f"{self._options.base_url.rstrip('/')}/{path}"
