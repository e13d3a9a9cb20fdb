"""The language model's vocabulary."""

from __future__ import annotations

from services.trainer.language_model.vocabulary import encode_plain, learn_vocabulary
from shared.core.compact_window import CONTROL_NAMES, CONTROL_TOKENS

TEXTS = [
    "connection to <IP> port <NUM> refused",
    "OutOfMemoryError in heap",
    "磁盘空间不足 <PATH>",
    "took 12 of 345",
] * 9


def test_control_tokens_come_first_and_text_never_becomes_one() -> None:
    tokenizer = learn_vocabulary(TEXTS, 600)
    assert [tokenizer.token_to_id(name) for name in CONTROL_NAMES] == list(range(CONTROL_TOKENS))
    assert min(encode_plain(tokenizer, "".join(CONTROL_NAMES))) >= CONTROL_TOKENS


def test_masks_stay_whole_digits_and_chinese_stand_alone_humps_are_parted() -> None:
    tokenizer = learn_vocabulary(TEXTS, 600)

    def pieces(text: str) -> list[str]:
        return [tokenizer.decode([token]) for token in encode_plain(tokenizer, text)]

    assert pieces("<IP>") == ["<ip>"]
    assert pieces("345") == ["3", "4", "5"]
    assert pieces("磁盘") == ["磁", "盘"]
    assert encode_plain(tokenizer, "OutOfMemoryError") == encode_plain(tokenizer, "out of memory error")


def test_nothing_is_unknown() -> None:
    tokenizer = learn_vocabulary(TEXTS, 600)
    for text in ("žluťoučký", "🚀", "\x00", "龘"):
        assert tokenizer.decode(encode_plain(tokenizer, text)) == text
