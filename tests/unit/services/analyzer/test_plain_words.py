"""What may be said without a line saying it: everyday words and characters, and none that only a name uses."""

from __future__ import annotations

import re

import pytest

from services.analyzer.plain_chinese import names_in
from services.analyzer.plain_english import is_plain
from services.analyzer.signs import ALL_SIGNS
from shared.core.actions import ACTIONS
from shared.core.taxonomy import TAXONOMY


@pytest.mark.parametrize("word", ["refused", "retries", "stopped", "repeatedly", "misbehaving", "doesn't", "largest"])
def test_forms_of_plain_words_are_plain(word: str) -> None:
    assert is_plain(word)


@pytest.mark.parametrize(
    "word", ["mallory", "oscar", "zabuke", "grafana", "jenkins", "kowalski", "loglynx", "münchen"]
)
def test_names_are_not_plain(word: str) -> None:
    assert not is_plain(word)


@pytest.mark.parametrize("text", ["张伟重启了服务", "请联系周强", "高明修改了配置", "由王建国部署", "腾讯云故障"])
def test_chinese_names_are_seen(text: str) -> None:
    assert names_in(text, "")
    assert names_in(text, text) == []


@pytest.mark.parametrize(
    "text", ["进程超时，线程明显增多", "连接超时文件", "对方未应答", "临时文件过多", "访问高峰期间负载升高"]
)
def test_ordinary_chinese_is_no_name(text: str) -> None:
    assert names_in(text, "") == []


def test_nearly_all_of_our_own_words_are_plain() -> None:
    ours = [*ACTIONS.values(), *(info.cause for info in TAXONOMY.values()), *(sign.says for sign in ALL_SIGNS)]
    words = {word for texts in ours for word in re.findall(r"[a-z]{2,}", texts["en"].casefold())}
    odd = {word for word in words if not is_plain(word)}
    assert len(odd) <= 5, odd
    assert len([texts["zh"] for texts in ours if names_in(texts["zh"], "")]) <= 1
