from __future__ import annotations

import pytest

from services.ingest.protocols.labels import level_of, stream_of, without_date, writer_of
from shared.core.records import Level


@pytest.mark.parametrize(
    ("labels", "stream"),
    [
        ({"service.name": "checkout", "service.namespace": "shop", "host.name": "web1"}, "shop/checkout"),
        ({"service": {"name": "checkout"}, "host": {"name": "web1"}}, "checkout"),
        ({"app": "nginx", "namespace": "prod", "pod": "nginx-6d4cf56db6-x2x8p"}, "prod/nginx"),
        ({"job": "varlogs", "filename": "/var/log/syslog", "host": "web1"}, "varlogs"),
        ({"HOST": "web1"}, "web1"),
        ({"level": "info"}, ""),
        ({"service": 5, "app": ""}, ""),
    ],
)
def test_stream_is_what_one_service_says(labels: dict[str, object], stream: str) -> None:
    assert stream_of(labels) == stream


def test_stream_outlives_a_restart() -> None:
    before = {"k8s.deployment.name": "shop", "k8s.pod.name": "shop-1", "service.instance.id": "0759206e"}
    after = before | {"k8s.pod.name": "shop-2", "service.instance.id": "3672f3c9"}
    assert stream_of(before) == stream_of(after) == "shop"


def test_level_and_writer_are_found_flat_or_nested() -> None:
    assert level_of({"log": {"level": "warn"}}) is Level.WARN
    assert level_of({"severity": "error"}) is Level.ERROR
    assert level_of({"severity": "blue"}) is None
    assert writer_of({"log": {"logger": "db.pool"}}) == "db.pool"


@pytest.mark.parametrize(
    ("index", "plain"),
    [
        ("logs-2026.11.22", "logs"),
        ("filebeat-8.1.2-2026.11.22-000001", "filebeat-8.1.2"),
        ("logs-app-default", "logs-app-default"),
        ("2026.11.22", "2026.11.22"),
    ],
)
def test_index_of_each_day_is_one_stream(index: str, plain: str) -> None:
    assert without_date(index) == plain
