"""Which stream a record belongs to, and who wrote it, from the labels that its shipper gave.

A stream is what one service says, over all its instances: its name has to outlive restarts, so nothing that changes
with them (pod, container id, process id) takes part. Labels come under the names of Loki, OpenTelemetry, Elastic,
Kubernetes and syslog alike, flat (``service.name``) or nested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.core.levels import level_of_word
from shared.core.records import Level

SERVICE_KEYS = (
    "service_name", "service.name", "service", "app", "application", "app_kubernetes_io_name", "k8s.deployment.name",
    "k8s.statefulset.name", "k8s.daemonset.name", "k8s.cronjob.name", "k8s.container.name", "container",
    "container_name", "container.name", "component", "workload", "job", "program", "SYSLOG_IDENTIFIER",
    "event.dataset", "data_stream.dataset",
)  # fmt: skip
NAMESPACE_KEYS = (
    "service.namespace", "service_namespace", "k8s.namespace.name", "namespace", "kubernetes.namespace_name",
)  # fmt: skip
PLACE_KEYS = ("host.name", "host", "hostname", "HOST", "_HOSTNAME", "log.file.path", "filename", "file")
WRITER_KEYS = ("logger", "logger_name", "log.logger", "module", "component", "program", "SYSLOG_IDENTIFIER")
LEVEL_KEYS = ("level", "severity", "detected_level", "lvl", "log.level", "severity_text")
DATE_AT_END = re.compile(r"[-._]?\d{4}[-._]?\d{2}[-._]?\d{2}(?:[-._]?\d{1,6})?$")


def text_at(labels: Mapping[str, object], key: str) -> str:
    """The text under ``key``, flat or nested; "" when there is none."""
    return first_text(labels, (key,))


def first_text(labels: Mapping[str, object], keys: tuple[str, ...]) -> str:
    """The first text under one of ``keys``; "" when there is none. Called for every record: no detours."""
    if not labels:
        return ""
    for key in keys:
        value = labels.get(key)
        if value is None and "." in key:
            outer, _, inner = key.partition(".")
            nested = labels.get(outer)
            value = first_text(nested, (inner,)) if isinstance(nested, Mapping) else None
        if value and isinstance(value, str):
            return value
    return ""


def stream_of(labels: Mapping[str, object]) -> str:
    """``namespace/service``, else the host or file; "" when the labels name none of them."""
    service = first_text(labels, SERVICE_KEYS)
    if not service:
        return first_text(labels, PLACE_KEYS)
    namespace = first_text(labels, NAMESPACE_KEYS)
    return f"{namespace}/{service}" if namespace else service


def level_of(labels: Mapping[str, object]) -> Level | None:
    word = first_text(labels, LEVEL_KEYS)
    return level_of_word(word) if word else None


def writer_of(labels: Mapping[str, object]) -> str:
    """Logger, module or program."""
    return first_text(labels, WRITER_KEYS)


def without_date(index: str) -> str:
    """``logs-2026.11.22`` -> ``logs``: an index of each day is one stream."""
    return DATE_AT_END.sub("", index) or index
