"""What somebody outside is doing, where lines tell of an attack: flooding, breaking in, or trying doors.

A class besides the category: the category says what is broken, the behaviour what is being done to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from shared.core.taxonomy import Category


class Behaviour(StrEnum):
    """The values are stable: they stand in ``--json``."""

    DENIAL_OF_SERVICE = "denial_of_service"
    INTRUSION = "intrusion"
    PORT_ACTIVITY = "port_activity"


_FLOOD = re.compile(
    r"\bddos\b|\bdos[- ]attack|(?-i:(?<![\w-])DoS\b)|denial[- ]of[- ]service"
    r"|(?:syn|udp|icmp|http|ping|request|connection) ?flood"
    r"|slowloris|maxstartups throttling|past maxstartups"
    r"|拒绝服务|洪水攻击|CC ?攻击|流量攻击",
    re.I,
)
_OF_CATEGORY = {
    Category.AUTHENTICATION_ATTACK: Behaviour.INTRUSION,
    Category.INJECTION_ATTEMPT: Behaviour.INTRUSION,
    Category.PORT_SCAN: Behaviour.PORT_ACTIVITY,
}


def behaviour_of(category: str, lines: Iterable[str]) -> Behaviour | None:
    """The behaviour that a finding of this category with these lines tells of; None where it tells of no attack."""
    if any(_FLOOD.search(line) for line in lines):
        return Behaviour.DENIAL_OF_SERVICE
    return _OF_CATEGORY.get(Category(category)) if category in Category._value2member_map_ else None
