"""The language model's vocabulary: byte-level BPE over masked lines, lower case, digits one by one, camelCase apart.

In: texts. Out: a ``tokenizers.Tokenizer`` whose JSON is all that serving needs. The control tokens have the first
numbers, in their order in ``shared.core.compact_window``; text never becomes one, because special tokens are not
looked for in it. A mask such as <IP> is never taken apart, and Chinese is read character by character: longer pieces
would be the phrases of the training data. Nothing is unknown: what no merge covers becomes its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from shared.core.compact_window import CONTROL_NAMES

VOCABULARY = 4096
_HUMP = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
_WHOLE = r"<[a-z]{2,8}>|[^\p{L}\p{N}\s]|\p{Han}"


def learn_vocabulary(texts: Iterable[str], size: int = VOCABULARY) -> Tokenizer:
    """A tokenizer of at most ``size`` tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(Regex(_HUMP), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(_WHOLE), "isolated"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CONTROL_NAMES),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=24,
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.encode_special_tokens = True
    if any(tokenizer.token_to_id(name) != number for number, name in enumerate(CONTROL_NAMES)):
        raise ValueError("the control tokens of the vocabulary are not where they must be")
    return tokenizer


def encode_plain(tokenizer: Tokenizer, text: str) -> list[int]:
    """Ids of ``text``, none of them a control token."""
    return list(tokenizer.encode(text, add_special_tokens=False).ids)
