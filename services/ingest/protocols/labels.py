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

DATE_AT_END = re.compile(r"[-._]?\d{4}[-._]?\d{2}[-._]?\d{2}(?:[-._]?\d{1,6})?$")


class Names:
    """Names of one thing, the best first. ``text_in(labels)`` is the text under the best that is there, or "".

    Called for every record: one pass over what the record has, however many names are known.
    """

    def __init__(self, *names: str) -> None:
        self._flat = {name: rank for rank, name in enumerate(names)}
        self._nested: dict[str, list[tuple[int, str]]] = {}
        for rank, name in enumerate(names):
            outer, dot, inner = name.partition(".")
            if dot:
                self._nested.setdefault(outer, []).append((rank, inner))

    def text_in(self, labels: Mapping[str, object]) -> str:
        best, found = len(self._flat), ""
        for key, value in labels.items():
            if isinstance(value, str):
                rank = self._flat.get(key, best)
                if rank < best and value:
                    best, found = rank, value
            elif isinstance(value, dict) and key in self._nested:
                for rank, inner in self._nested[key]:
                    if rank < best and (text := text_at(value, inner)):
                        best, found = rank, text
        return found


def text_at(labels: Mapping[str, object], key: str) -> str:
    """The text under ``key``, flat or nested; "" when there is none."""
    value = labels.get(key)
    if value is None and "." in key:
        outer, _, inner = key.partition(".")
        nested = labels.get(outer)
        return text_at(nested, inner) if isinstance(nested, dict) else ""
    return value if isinstance(value, str) else ""


SERVICE = Names(
    "service_name", "service.name", "service", "app", "application", "app_kubernetes_io_name", "k8s.deployment.name",
    "k8s.statefulset.name", "k8s.daemonset.name", "k8s.cronjob.name", "k8s.container.name",
    "kubernetes.labels.app.kubernetes.io/name", "kubernetes.labels.app", "kubernetes.deployment.name",
    "kubernetes.container_name", "kubernetes.container.name", "container", "container_name", "container.name",
    "component", "workload", "job", "program", "PROGRAM", "programname", "SYSLOG_IDENTIFIER", "event.dataset",
    "data_stream.dataset",
)  # fmt: skip
NAMESPACE = Names(
    "service.namespace", "service_namespace", "k8s.namespace.name", "namespace", "kubernetes.namespace_name",
    "kubernetes.namespace",
)  # fmt: skip
PLACE = Names("host.name", "host", "hostname", "HOST", "_HOSTNAME", "log.file.path", "filename", "file")
WRITER = Names("logger", "logger_name", "log.logger", "module", "component", "program", "SYSLOG_IDENTIFIER")
LEVEL = Names("level", "severity", "detected_level", "lvl", "log.level", "severity_text")


def stream_of(labels: Mapping[str, object]) -> str:
    """``namespace/service``, else the host or file; "" when the labels name none of them."""
    service = SERVICE.text_in(labels)
    if not service:
        return PLACE.text_in(labels)
    namespace = NAMESPACE.text_in(labels)
    return f"{namespace}/{service}" if namespace else service


def level_of(labels: Mapping[str, object]) -> Level | None:
    word = LEVEL.text_in(labels)
    return level_of_word(word) if word else None


def writer_of(labels: Mapping[str, object]) -> str:
    """Logger, module or program."""
    return WRITER.text_in(labels)


def without_date(index: str) -> str:
    """``logs-2026.11.22`` -> ``logs``: an index of each day is one stream."""
    return DATE_AT_END.sub("", index) or index
