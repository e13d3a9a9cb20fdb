"""One system a file; each module names its simulator ``SIMULATOR``."""

from __future__ import annotations

from services.trainer.datasets.simulators.engine import Simulator
from services.trainer.datasets.simulators.systems import (
    apache,
    go_orders,
    mysql,
    nginx,
    postgresql,
    redis_server,
    spring_orders_zh,
    sshd,
)

ALL: tuple[Simulator, ...] = tuple(
    module.SIMULATOR
    for module in (
        nginx,
        apache,
        postgresql,
        mysql,
        redis_server,
        sshd,
        go_orders,
        spring_orders_zh,
    )
)
