# ruff: noqa: E501 - a layout is one row of a table
"""How systems lay a line out: where stamp, level and origin stand around the message.

In: an Entry. Out: one line of text. ``layouts_for`` knows what a family of systems writes; ``GENERIC`` are those of
collectors and frameworks, which carry any system's lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """What a layout arranges. ``level`` is one of the catalogue's LEVELS; ``place`` is a class or file."""

    message: str
    level: str
    source: str
    host: str
    pid: str
    thread: str
    place: str
    at_ms: float

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.at_ms)

    def stamp(self, form: str, mark: str = "", digits: int = 0) -> str:
        """``strftime``, then the fraction of the second after ``mark``."""
        at = self.at
        return f"{at.strftime(form)}{mark}{f'{at.microsecond:06d}'[:digits]}"


Layout = Callable[[Entry], str]

_DAY = "%Y-%m-%d %H:%M:%S"
_ISO = "%Y-%m-%dT%H:%M:%S"
_LOWER = {"WARN": "warning", "FATAL": "fatal"}
_SYSLOG_NUMBER = {"FATAL": 130, "ERROR": 131, "WARN": 132, "NOTICE": 133, "INFO": 134, "DEBUG": 135}
_PINO = {"FATAL": 60, "ERROR": 50, "WARN": 40, "NOTICE": 30, "INFO": 30, "DEBUG": 20}
_PYTHON = {"WARN": "WARNING", "FATAL": "CRITICAL", "NOTICE": "INFO"}
_JAVA = {"NOTICE": "INFO", "FATAL": "ERROR"}
_POSTGRES = {"INFO": "LOG", "WARN": "WARNING", "DEBUG": "DEBUG", "NOTICE": "NOTICE"}
_NGINX = {"ERROR": "error", "WARN": "warn", "NOTICE": "notice", "INFO": "info", "FATAL": "crit", "DEBUG": "debug"}
_MYSQL = {"INFO": "Note", "NOTICE": "Note", "DEBUG": "Note", "WARN": "Warning", "ERROR": "ERROR", "FATAL": "ERROR"}
_REDIS = {"ERROR": "#", "FATAL": "#", "WARN": "#", "NOTICE": "*", "INFO": "*", "DEBUG": "-"}
_WINDOWS = {"FATAL": "Critical", "ERROR": "Error", "WARN": "Warning"}


def _lower(e: Entry) -> str:
    return _LOWER.get(e.level, e.level.lower())


def _java(e: Entry) -> str:
    return _JAVA.get(e.level, e.level)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _dumped(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _short(place: str) -> str:
    *packages, name = place.split(".")
    return ".".join([*(package[0] for package in packages), name])


LAYOUTS: Mapping[str, Layout] = {
    "syslog": lambda e: f"{e.at:%b} {e.at.day:2d} {e.at:%H:%M:%S} {e.host} {e.source}[{e.pid}]: {e.message}",
    "syslog_iso": lambda e: f"{e.stamp(_ISO, '.', 6)}+08:00 {e.host} {e.source}[{e.pid}]: {e.message}",
    "rfc5424": lambda e: (
        f"<{_SYSLOG_NUMBER[e.level]}>1 {e.stamp(_ISO, '.', 3)}Z {e.host} {e.source} {e.pid} - - {e.message}"
    ),
    "kernel": lambda e: f"[{e.at_ms / 1000 % 10_000_000:13.6f}] {e.message}",
    "logback": lambda e: (
        f"{e.stamp(_DAY, '.', 3)} {_java(e):>5} {e.pid} --- [{e.thread:>15}] {_short(e.place):<40} : {e.message}"
    ),
    "logback_iso": lambda e: f"{e.stamp(_ISO, '.', 3)}+08:00 {_java(e):>5} [{e.source}] [{e.thread}] {e.place} : {e.message}",
    "log4j": lambda e: f"{e.stamp(_DAY, ',', 3)} {e.level} [{e.thread}] {e.place}: {e.message}",
    "log4j_bracket": lambda e: f"{e.stamp(_DAY, ',', 3)} [{e.level}] [{e.thread}] [{_short(e.place)}] - {e.message}",
    "hadoop": lambda e: f"{e.stamp('%y/%m/%d %H:%M:%S')} {e.level} {e.place}: {e.message}",
    "kafka": lambda e: f"[{e.stamp(_DAY, ',', 3)}] {e.level} {e.message} ({e.place})",
    "elasticsearch": lambda e: f"[{e.stamp(_ISO, ',', 3)}][{_java(e):<5}][{_short(e.place):<25}] [{e.host}] {e.message}",
    "python": lambda e: f"{e.stamp(_DAY, ',', 3)} - {e.source} - {_PYTHON.get(e.level, e.level)} - {e.message}",
    "celery": lambda e: f"[{e.stamp(_DAY, ',', 3)}: {_PYTHON.get(e.level, e.level)}/MainProcess] {e.message}",
    "django": lambda e: f"{_PYTHON.get(e.level, e.level)} {e.stamp(_DAY, ',', 3)} {e.source} {e.pid} {e.message}",
    "python_colon": lambda e: f"{_PYTHON.get(e.level, e.level)}:{e.source}:{e.message}",
    "json": lambda e: _dumped(
        {"ts": f"{e.stamp(_ISO, '.', 3)}Z", "level": _lower(e), "logger": e.place, "msg": e.message}
    ),
    "json_service": lambda e: _dumped(
        {"@timestamp": f"{e.stamp(_ISO, '.', 3)}Z", "service": e.source, "severity": e.level, "message": e.message}
    ),
    "pino": lambda e: _dumped(
        {"level": _PINO[e.level], "time": int(e.at_ms), "pid": int(e.pid), "hostname": e.host, "msg": e.message}
    ),
    "zap": lambda e: f"{e.stamp(_ISO, '.', 3)}Z\t{e.level}\t{e.source}\t{e.message}",
    "go_std": lambda e: f"{e.stamp('%Y/%m/%d %H:%M:%S')} [{e.level}] {e.message}",
    "logfmt": lambda e: f"time={e.stamp(_ISO, '.', 3)}Z level={_lower(e)} app={e.source} msg={_quoted(e.message)}",
    "docker": lambda e: f'time="{e.stamp(_ISO, ".", 6)}Z" level={_lower(e)} msg={_quoted(e.message)}',
    "klog": lambda e: f"{e.level[0]}{e.stamp('%m%d %H:%M:%S', '.', 6)} {e.pid:>7} {e.source}.go:{len(e.message)}] {e.message}",
    "cri": lambda e: f"{e.stamp(_ISO, '.', 6)}Z stderr F {e.message}",
    "compose": lambda e: f"{e.source}-1  | {e.message}",
    "nginx": lambda e: f"{e.stamp('%Y/%m/%d %H:%M:%S')} [{_NGINX[e.level]}] {e.pid}#{e.pid}: *{len(e.message)} {e.message}",
    "haproxy": lambda e: f"{e.stamp('%b %d %H:%M:%S')} {e.host} haproxy[{e.pid}]: {e.message}",
    "postgres": lambda e: f"{e.stamp(_DAY, '.', 3)} UTC [{e.pid}] {_POSTGRES.get(e.level, e.level)}:  {e.message}",
    "mysql": lambda e: f"{e.stamp(_ISO, '.', 6)}Z {e.pid} [{_MYSQL[e.level]}] [MY-0{e.pid}] [Server] {e.message}",
    "redis": lambda e: f"{e.pid}:M {e.stamp('%d %b %Y %H:%M:%S', '.', 3)} {_REDIS[e.level]} {e.message}",
    "rabbitmq": lambda e: f"{e.stamp(_DAY, '.', 6)}+00:00 [{_lower(e)}] <0.{e.pid}.0> {e.message}",
    "windows": lambda e: f"{e.stamp(_DAY)} {_WINDOWS.get(e.level, 'Information')} {e.source} {e.pid} {e.message}",
    "batch": lambda e: f"{e.stamp('%Y%m%d %H%M%S')}|{e.host}|{e.level}|{e.source}|{e.message}",
    "bracketed": lambda e: f"[{e.stamp(_DAY)}] [{e.level}] {e.message}",
    "time_only": lambda e: f"{e.stamp('%H:%M:%S', '.', 3)} {e.level:<5} {e.source} {e.message}",
    "level_only": lambda e: f"{e.level}: {e.message}",
    "bare": lambda e: e.message,
}  # fmt: skip

GENERIC = (
    "syslog", "syslog_iso", "rfc5424", "json", "json_service", "logfmt", "cri", "compose", "bracketed", "time_only",
    "level_only", "bare", "batch", "log4j",
)  # fmt: skip
_JVM = ("logback", "logback_iso", "log4j", "log4j_bracket", "json")
_OF_FAMILY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("spring", "dubbo", "rocketmq", "gateway", "payment", "mybatis", "druid", "xxl_job"), _JVM),
    **dict.fromkeys(("hadoop", "spark", "flink", "cassandra", "hive", "zookeeper", "hbase"), ("log4j", "hadoop")),
    **dict.fromkeys(("python", "pytorch", "etl"), ("python", "python_colon", "json", "bracketed")),
    **dict.fromkeys(("go", "envoy", "consul", "vault", "prometheus"), ("zap", "go_std", "logfmt", "json")),
    **dict.fromkeys(("linux", "sshd", "postfix", "ldap", "switch"), ("syslog", "syslog_iso", "rfc5424", "kernel")),
    **dict.fromkeys(("bank_batch", "legacy_erp", "mainframe", "erp"), ("batch", "log4j", "bracketed")),
    "kafka": ("kafka", "log4j"),
    "django": ("django", "celery", "python"),
    "elasticsearch": ("elasticsearch", "json_service"),
    "kubernetes": ("klog", "cri", "json"),
    "docker": ("docker", "logfmt"),
    "node": ("pino", "json_service", "time_only"),
    "nginx": ("nginx", "cri"),
    "haproxy": ("haproxy", "syslog"),
    "postgresql": ("postgres", "syslog"),
    "mysql": ("mysql",),
    "redis": ("redis",),
    "rabbitmq": ("rabbitmq",),
    "windows": ("windows",),
}


def layouts_for(family: str) -> tuple[str, ...]:
    """Names of the layouts that a family's own files have."""
    return _OF_FAMILY.get(family, GENERIC)
