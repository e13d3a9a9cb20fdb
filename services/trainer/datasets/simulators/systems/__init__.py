"""One system a file; each module names its simulator ``SIMULATOR``."""

from __future__ import annotations

from services.trainer.datasets.simulators.engine import Simulator
from services.trainer.datasets.simulators.systems import (
    apache,
    bank_batch_zh,
    ci_runner,
    django_celery,
    dockerd,
    elasticsearch,
    gateway_zh,
    go_orders,
    haproxy,
    hdfs_cluster,
    iot_gateway_zh,
    kafka_broker,
    kubelet,
    linux_system,
    mysql,
    nginx,
    node_api,
    postfix,
    postgresql,
    rabbitmq,
    redis_server,
    spring_orders_zh,
    spring_shop,
    sshd,
)

ALL: tuple[Simulator, ...] = tuple(
    module.SIMULATOR
    for module in (
        nginx,
        apache,
        haproxy,
        postgresql,
        mysql,
        redis_server,
        sshd,
        linux_system,
        kubelet,
        dockerd,
        spring_shop,
        spring_orders_zh,
        gateway_zh,
        bank_batch_zh,
        iot_gateway_zh,
        django_celery,
        go_orders,
        node_api,
        kafka_broker,
        elasticsearch,
        rabbitmq,
        hdfs_cluster,
        ci_runner,
        postfix,
    )
)
