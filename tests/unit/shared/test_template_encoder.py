"""A line encoder on its own: what else is encoded changes no vector, and what is no encoder is refused."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_readers import DIM, encoder_graph, table_graph, tiny_encoder, tiny_vocabulary

from shared.errors import ArtefactInvalid
from shared.template_encoder import LONGEST_READ, TemplateEncoder, token_batches, truncating_tokenizer

TEMPLATES = [
    "job done",
    "connection refused to <IP> port <NUM>",
    "磁盘空间不足 <PATH>",
    "",
    "x" * 5_000,
    "\ud800 lone",
]


def test_each_line_has_a_vector_that_no_other_line_changes() -> None:
    encoder = tiny_encoder()
    together = encoder.encode(TEMPLATES * 30)
    assert together.shape == (len(TEMPLATES) * 30, DIM)
    for row, template in enumerate(TEMPLATES):
        np.testing.assert_allclose(together[row], encoder.encode([template])[0], atol=1e-5)


def test_nothing_is_encoded_to_nothing() -> None:
    assert tiny_encoder().encode([]).shape == (0, DIM)


def test_lines_are_cut_at_the_most_tokens() -> None:
    tokenizer = truncating_tokenizer(tiny_vocabulary().to_str().encode(), 4)
    for _, tokens, is_real in token_batches(tokenizer, [*TEMPLATES, "y " * LONGEST_READ], 2):
        assert tokens.shape == is_real.shape
        assert tokens.shape[1] <= 4


@pytest.mark.parametrize("graph", [b"no graph", table_graph(300)])
def test_what_is_no_encoder_is_refused(graph: bytes) -> None:
    with pytest.raises(ArtefactInvalid, match="line encoder"):
        TemplateEncoder(graph, tiny_vocabulary().to_str().encode(), 16)


def test_what_is_no_tokenizer_is_refused() -> None:
    with pytest.raises(ArtefactInvalid, match="tokenizer"):
        TemplateEncoder(encoder_graph(300), b"{}", 16)
