"""What is being done to a system, beside what is broken in it."""

from __future__ import annotations

import pytest

from loglynx.language import words
from shared.core.behaviours import Behaviour, behaviour_of


@pytest.mark.parametrize(
    ("category", "line", "behaviour"),
    [
        ("port_scan", "TCP: Possible SYN flooding on port 443. Sending cookies.", Behaviour.DENIAL_OF_SERVICE),
        ("unknown", "possible DoS attack from 203.0.113.9", Behaviour.DENIAL_OF_SERVICE),
        ("rate_limited", 'limiting requests, excess: 40.2 by zone "web"', None),
        ("unknown", "falha ao carregar dados dos usuarios", None),
        ("unknown", "mounted MS-DOS filesystem", None),
        ("unknown", "检测到来自 203.0.113.9 的拒绝服务攻击", Behaviour.DENIAL_OF_SERVICE),
        ("authentication_attack", "Failed password for root from 203.0.113.9", Behaviour.INTRUSION),
        ("injection_attempt", "GET /?q=' OR 1=1", Behaviour.INTRUSION),
        ("port_scan", "port scan detected from 203.0.113.9", Behaviour.PORT_ACTIVITY),
        ("disk_full", "no space left on device", None),
        ("unknown", "mounted a DOS partition", None),
        ("", "nothing is known of it", None),
    ],
)
def test_a_finding_has_the_behaviour_that_its_lines_and_category_tell(
    category: str, line: str, behaviour: Behaviour | None
) -> None:
    assert behaviour_of(category, ["ordinary work", line]) is behaviour


def test_every_behaviour_has_a_name_in_both_languages() -> None:
    for behaviour in Behaviour:
        assert words("en")(f"behaviour.{behaviour}") != words("zh")(f"behaviour.{behaviour}")
