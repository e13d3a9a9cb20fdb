"""A base model made on the spot: random Qwen3-architecture weights and a byte-level BPE trained on the rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}<|im_start|>assistant\n"
    "{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}\n"
    "{% else %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
THINK = ["<think>", "</think>"]  # added, but not special: as in Qwen3


def tiny_tokenizer(texts: Sequence[str], vocabulary: int = 1024) -> Any:
    """A fast tokenizer with the control tokens of ChatML."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    inner.add_tokens([AddedToken(text, special=False, normalized=False) for text in THINK])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def make_tiny_base(
    directory: Path,
    texts: Sequence[str],
    *,
    hidden: int = 128,
    layers: int = 2,
    vocabulary: int = 1024,
    spread: float = 0.1,
) -> Path:
    """A directory that any Hugging Face tool can load; a million parameters or so."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = tiny_tokenizer(texts, vocabulary)
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=hidden * 3,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=hidden // 4,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        initializer_range=spread,
    )
    model = Qwen3ForCausalLM(config)
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory


CATEGORIES = ("disk_full", "timeout", "authentication_attack")
_LINES = {
    "disk_full": "write /var/lib/app/{n}.seg failed: No space left on device",
    "timeout": "GET /orders/{n} timed out after 30000 ms",
    "authentication_attack": "Failed password for invalid user admin{n} from 203.0.113.{n}",
}
SYSTEM = "Read the log lines and answer with one JSON object."


def a_row(number: int, split: str = "train", category: str = "", prompt: str = "") -> dict[str, Any]:
    """One canonical row; the fault stands in line 2."""
    category = category or CATEGORIES[number % len(CATEGORIES)]
    window = ["service started", _LINES[category].format(n=number)]
    target = {"evidence": [2], "entities": [], "category": category}
    user = "\n".join(f"{place}| {line}" for place, line in enumerate(window, start=1))
    return {
        "id": f"row-{number}",
        "lang": "en",
        "split": split,
        "window": window,
        "target": target,
        "messages": [
            {"role": "system", "content": prompt or SYSTEM},
            {"role": "user", "content": user},
            {"role": "assistant", "content": json.dumps(target, separators=(",", ":"))},
        ],
    }
