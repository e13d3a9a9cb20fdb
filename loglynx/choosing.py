"""Who answers: the shipped model in this process, or the server that ``--url`` names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loglynx.scoring import Scorer, ServerScorer


@contextmanager
def scorer_for(url: str | None, key: str | None) -> Iterator[Scorer]:
    """What is not asked is not imported: neither the model for a server's answer, nor HTTP for the model's."""
    if url is not None:
        from loglynx.client import Server

        with Server(url, key) as server:
            yield ServerScorer(server)
        return
    from loglynx.local_model import LocalModel

    yield LocalModel.load()


def tokens_of(text: str, url: str | None, key: str | None) -> list[str]:
    """The line as the model reads it: timestamp and level removed, variables masked, cut into tokens."""
    if url is not None:
        from loglynx.client import Server

        with Server(url, key) as server:
            return [str(token) for token in server.post("/api/anomaly/tokenize", {"log_text": text})["tokens"]]
    from services.ingest.tokenizing import Tokenizer
    from shared.artefacts.shipped import shipped_model

    return Tokenizer(shipped_model()).tokens(text, received_ms=0)
