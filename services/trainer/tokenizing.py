"""Trains the vocabulary: byte-fallback BPE over templates, English and Chinese, lower case, camelCase taken apart.

In: templates. Out: a ``tokenizers.Tokenizer`` whose JSON is all that serving needs. Nothing is ever unknown: a
character without a token of its own becomes its UTF-8 bytes. Masks such as <IP> are single tokens. The common Chinese
characters (level 1 of GB 2312, 3,755) are in the vocabulary whether or not the corpus holds them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

PAD, UNKNOWN, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL = (PAD, UNKNOWN, CLS, SEP, MASK)
PAD_ID, CLS_ID, SEP_ID, MASK_ID = 0, 2, 3, 4
VOCABULARY = 10_000
_BYTES = tuple(f"<0x{value:02X}>" for value in range(256))
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z0-9_]*>")
_HUMP = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def common_characters() -> list[str]:
    """Printable ASCII and the 3,755 most common Chinese characters."""
    ascii_characters = [chr(code) for code in range(0x21, 0x7F)]
    rows = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return (
        ascii_characters
        + [pair.decode("gb2312") for pair in rows if pair < b"\xd7\xfa"]
        + list("，。：；！？（）【】《》、“”")
    )


def train_tokenizer(templates: Iterable[str], masks: Sequence[str], size: int = VOCABULARY) -> Tokenizer:
    """A tokenizer of at most ``size`` tokens; ``masks`` are the placeholders that templates contain."""
    learner = _assembled(BPE(), ())
    trainer = BpeTrainer(
        vocab_size=size - len(_BYTES) - len(masks),
        special_tokens=list(SPECIAL),
        initial_alphabet=common_characters(),
        limit_alphabet=len(common_characters()) + 200,
        max_token_length=16,
        min_frequency=3,
        show_progress=False,
    )
    bare = (_without(template, masks) for template in templates)
    learner.train_from_iterator(bare, trainer)
    learnt = json.loads(learner.to_str())["model"]
    order = sorted(learnt["vocab"], key=learnt["vocab"].__getitem__)
    tokens = [*SPECIAL, *_BYTES, *masks, *(t for t in order if t not in SPECIAL)]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    merges = [tuple(pair) for pair in learnt["merges"]]
    return _assembled(BPE(vocabulary, merges, unk_token=UNKNOWN, byte_fallback=True, fuse_unk=True), masks)


def masks_in(templates: Iterable[str], at_least: int = 5) -> list[str]:
    """Placeholders such as <IP> that occur in ``at_least`` templates or more, in alphabetical order."""
    counts = Counter(mask for template in templates for mask in set(_PLACEHOLDER.findall(template)))
    return sorted(mask for mask, count in counts.items() if count >= at_least)


def byte_share(tokenizer: Tokenizer, templates: Sequence[str]) -> float:
    """Share of tokens that are bare bytes: how much of the text the vocabulary does not know."""
    names = [t for e in tokenizer.encode_batch(list(templates), add_special_tokens=False) for t in e.tokens]
    return sum(name in _BYTE_SET for name in names) / max(len(names), 1)


_BYTE_SET = frozenset(_BYTES)


def _assembled(model: BPE, masks: Sequence[str]) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(Regex(_HUMP), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    tokenizer.decoder = decoders.ByteFallback()
    if masks:
        tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (*SPECIAL, *masks)])
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{CLS} $A {SEP}", special_tokens=[(CLS, CLS_ID), (SEP, SEP_ID)]
        )
    return tokenizer


def _without(template: str, masks: Sequence[str]) -> str:
    for mask in masks:
        template = template.replace(mask, " ")
    return template
