"""The network: Qwen3's architecture, so that any runtime that knows Qwen3 can run it, in four sizes.

tiny    for tests
mini    1.3 M parameters: learns most in the first quarter of an hour of one processor core
small   5.8 M: for an hour or more of one core; ships
base    29 M: for half an hour of a GPU
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from shared.core.compact_window import PAD

MOST_TOKENS: Final = 2048


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Widths as in Qwen3; the vocabulary belongs to the size because it is most of a small model.

    stored  how the weights of the exported graph are held: 8 bits where they fit into 20 MB, else 4
    """

    vocabulary: int
    hidden: int
    layers: int
    feed_forward: int
    heads: int
    key_value_heads: int
    stored: str


SIZES: Final = {
    "tiny": NetworkSize(512, 64, 2, 192, 2, 1, "int8"),
    "mini": NetworkSize(4096, 128, 4, 384, 4, 2, "int8"),
    "small": NetworkSize(4096, 256, 6, 768, 4, 2, "int8"),
    "base": NetworkSize(8192, 512, 8, 1536, 8, 4, "int4"),
}


def build_network(size: NetworkSize, vocabulary: int, seed: int) -> Any:
    """Random weights. ``vocabulary`` as it was learnt; the table is as large as the size says."""
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=max(size.vocabulary, vocabulary),
        hidden_size=size.hidden,
        intermediate_size=size.feed_forward,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.key_value_heads,
        head_dim=size.hidden // size.heads,
        max_position_embeddings=MOST_TOKENS,
        tie_word_embeddings=True,
        initializer_range=0.02,
        pad_token_id=PAD,
        eos_token_id=PAD,
        bos_token_id=None,
    )
    return Qwen3ForCausalLM(config)
