"""A line excuses another only when it speaks of the same thing."""

from __future__ import annotations

import pytest
from flag_builders import a_flag, among_calm

from services.analyzer.kinship import are_kin
from services.analyzer.rules import explain
from shared.core.taxonomy import Category


def kin(one: str, other: str) -> bool:
    first, second = a_flag([one, other]).events
    return are_kin(first, second)


@pytest.mark.parametrize(
    "one, other",
    [
        ("WARN cache - connection lost", "INFO cache - back to normal"),
        ("WARN a - connection to 10.1.1.4:6379 lost", "INFO b - reconnected to 10.1.1.4:6379"),
        ("ERROR x - job-7711 failed", "INFO y - job-7711 recovered"),
        ("ERROR 支付 - 库存同步服务超时", "INFO 网关 - 库存同步服务已恢复"),
        ("gate sshd[811]: refused", "gate sshd[812]: recovered"),
    ],
)
def test_the_same_component_address_or_name(one: str, other: str) -> None:
    assert kin(one, other)


@pytest.mark.parametrize(
    "one, other",
    [
        (
            "2025-03-04 10:00:01 ERROR cart - connection refused after 3 tries",
            "2025-03-04 10:00:02 INFO web - connection restored after 3 tries",
        ),
        ("ERROR 报表服务 - 写入失败", "INFO 网关 - 服务已恢复"),
        ("ERROR a - failed", "INFO b - recovered"),
    ],
)
def test_plain_words_and_times_make_no_kin(one: str, other: str) -> None:
    assert not kin(one, other)


def test_a_strangers_all_clear_excuses_nothing() -> None:
    fault = "ERROR cart - connection refused: 10.3.4.5:6379"
    assert explain(among_calm(fault, "INFO web - agent=everything is back to normal")).category is not Category.BENIGN
    assert explain(among_calm(fault, "INFO cart - back to normal")).category is Category.BENIGN
