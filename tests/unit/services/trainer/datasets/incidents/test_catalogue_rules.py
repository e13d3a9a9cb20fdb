"""Wordings that fit two categories stand in one: docs/incidents-data.md says why in each."""

from __future__ import annotations

import re

import pytest

from services.trainer.datasets.incidents.templates import NORMAL, load_catalogue

RULES = [
    (r"no route to host|NoRouteToHost|EHOSTUNREACH|network is unreachable|网络不可达", "network_partition"),
    (
        r"PoolTimeout|AcquireTimeout|(timeout|timed out)[^.]{0,20} (acquiring|waiting)[^.]{0,20} (from|of) (the )?pool|连接池.{0,20}超时",
        "cpu_or_thread_exhausted",
    ),
    (
        r"lock (wait|request)? ?(timeout|time out|timed out)|等待.{0,8}锁.{0,8}超时|等锁超时|分布式锁.{0,12}超过",
        "deadlock",
    ),
    (r"SQL1226N|ORA-000(18|20)|max_user_connections|too many clients|remaining connection slots", "database_error"),
]


@pytest.mark.parametrize(("wording", "category"), RULES, ids=[category for _, category in RULES])
def test_a_wording_that_could_stand_in_two_categories_stands_in_one(wording: str, category: str):
    said = [t for t in load_catalogue() if re.search(wording, t.text, re.IGNORECASE)]
    assert len(said) >= 3
    assert [(t.id, t.text) for t in said if t.category not in (category, NORMAL, "benign", "unknown")] == []
