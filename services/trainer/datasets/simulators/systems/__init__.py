"""One system a file; each module names its simulator ``SIMULATOR``."""

from __future__ import annotations

from services.trainer.datasets.simulators.engine import Simulator
from services.trainer.datasets.simulators.systems import go_orders, postgresql, spring_orders_zh

ALL: tuple[Simulator, ...] = tuple(
    module.SIMULATOR
    for module in (
        go_orders,
        postgresql,
        spring_orders_zh,
    )
)
