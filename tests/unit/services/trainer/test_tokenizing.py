"""The vocabulary takes log words apart, keeps masks whole, and has bytes for everything else."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from services.trainer.tokenizing import (
    CLS_ID,
    MASK_ID,
    PAD_ID,
    SEP_ID,
    byte_share,
    common_characters,
    masks_in,
    train_tokenizer,
)

CORPUS = [
    "Failed opening NullPointerException at <IP>",
    "打开文件失败，共 <NUM> 次",
    "dfs.FSNamesystem: block <NUM> added",
] * 8


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(CORPUS, masks_in(CORPUS), 5000)


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return list(tokenizer.encode(text, add_special_tokens=False).tokens)


def test_camel_case_is_taken_apart_and_lowered(tokenizer: Tokenizer) -> None:
    assert tokens(tokenizer, "NullPointerException") == ["null", "pointer", "exception"]
    assert tokens(tokenizer, "FSNamesystem") == ["fs", "namesystem"]


def test_masks_are_single_tokens_but_their_letters_are_words(tokenizer: Tokenizer) -> None:
    assert tokens(tokenizer, "at <IP>:<NUM>") == ["at", "<IP>", ":", "<NUM>"]
    assert "<IP>" not in tokens(tokenizer, "ip")


def test_every_line_is_framed_and_special_numbers_are_as_the_trainer_says(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("block").ids
    assert (ids[0], ids[-1]) == (CLS_ID, SEP_ID)
    assert (tokenizer.token_to_id("[PAD]"), tokenizer.token_to_id("[MASK]")) == (PAD_ID, MASK_ID)


@pytest.mark.parametrize("text", ["龘", "\U0001f600", "ñandú", "\x00", "한국어"])
def test_what_has_no_token_becomes_bytes_never_unknown(tokenizer: Tokenizer, text: str) -> None:
    found = tokens(tokenizer, text)
    assert "[UNK]" not in found
    assert byte_share(tokenizer, [text]) > 0


def test_common_chinese_needs_no_bytes_though_the_corpus_lacks_it(tokenizer: Tokenizer) -> None:
    assert byte_share(tokenizer, ["鹅群游过池塘，服务已恢复正常"]) == 0.0
    assert len([c for c in common_characters() if "\u4e00" <= c <= "\u9fff"]) == 3755


def test_the_json_is_the_tokenizer(tokenizer: Tokenizer) -> None:
    again = Tokenizer.from_str(tokenizer.to_str())
    assert all(again.encode(text).ids == tokenizer.encode(text).ids for text in CORPUS)


def test_training_twice_gives_the_same_vocabulary(tokenizer: Tokenizer) -> None:
    assert train_tokenizer(CORPUS, masks_in(CORPUS), 5000).to_str() == tokenizer.to_str()
