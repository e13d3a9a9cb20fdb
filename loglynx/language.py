"""The words around results, in English and Chinese; log text and explanations come in their own language.

``words(language)`` gives a function ``say(key, **values)``. A test holds every key to both languages.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from loglynx.settings import language_of_environment


class Language(StrEnum):
    """What ``--lang`` takes; auto follows LOGLYNX_LANG and the locale."""

    AUTO = "auto"
    EN = "en"
    ZH = "zh"


TEXTS: dict[str, tuple[str, str]] = {
    "summary": (
        "{name}: {format}, {lines} lines, {events} events, {templates} templates",
        "{name}：{format}，{lines} 行，{events} 个事件，{templates} 个模板",
    ),
    "nothing_found": ("no anomalies found", "未发现异常"),
    "found_one": ("1 anomaly", "1 处异常"),
    "found_many": ("{n} anomalies, worst first", "{n} 处异常，最严重的在前"),
    "nothing_to_read": ("the input holds no lines", "输入中没有任何行"),
    "unlisted": ("{n} more; --budget shows more of them", "另有 {n} 处；用 --budget 显示更多"),
    "noted_one": ("1 lone odd line that nothing followed", "1 行零星的异样，未见后果"),
    "noted_many": ("{n} lone odd lines that nothing followed", "{n} 行零星的异样，未见后果"),
    "list_it": ("; --all lists it", "；用 --all 列出"),
    "list_them": ("; --all lists them", "；用 --all 列出"),
    "score": ("score {score}", "分数 {score}"),
    "score_and_threshold": ("score {score} (threshold {threshold})", "分数 {score}（阈值 {threshold}）"),
    "line": ("line {numbers}", "第 {numbers} 行"),
    "lines": ("lines {numbers}", "第 {numbers} 行"),
    "more_lines": ("… {n} more", "… 另有 {n} 行"),
    "times": ("seen {n} times", "出现 {n} 次"),
    "again": ("again, {n} times now", "再次出现，共 {n} 次"),
    "category": ("category", "类别"),
    "behaviour": ("behaviour", "行为"),
    "behaviour.denial_of_service": ("denial of service", "拒绝服务攻击"),
    "behaviour.intrusion": ("intrusion", "入侵"),
    "behaviour.port_activity": ("port activity", "端口活动"),
    "why": ("why", "解释"),
    "cause": ("cause", "可能原因"),
    "action": ("do", "建议"),
    "reasons": ("reasons", "依据"),
    "stream": ("stream {stream}", "日志流 {stream}"),
    "severity.low": ("LOW", "低"),
    "severity.medium": ("MEDIUM", "中"),
    "severity.high": ("HIGH", "高"),
    "severity.critical": ("CRITICAL", "严重"),
    "reading": ("reading", "读取"),
    "scoring": ("scoring", "评分"),
    "learning": ("[learning {percent} %]", "[学习中 {percent} %]"),
    "ready": ("[ready: watching]", "[就绪：监视中]"),
    "planted": (
        "planted {planted} faults: found {found} of {planted}; {extra} further alerts",
        "植入故障 {planted} 个：发现 {found}/{planted}；另有 {extra} 条告警",
    ),
    "column.planted": ("planted", "植入故障"),
    "column.stream": ("stream", "日志流"),
    "column.lines": ("lines", "行"),
    "column.category": ("category", "类别"),
    "column.found_as": ("found as", "识别为"),
    "column.found": ("found", "已发现"),
    "column.missed": ("missed", "漏报"),
    "starting": ("starting Redis, ingest, detector and analyzer …", "正在启动 Redis、ingest、detector 和 analyzer …"),
    "pushing": (
        "pushing {lines} lines to the streams {streams}; {faults} faults are planted in them",
        "正在推送 {lines} 行日志到 {streams}，其中植入了 {faults} 个故障",
    ),
    "look_further": ("look further:", "进一步查看："),
    "admin_key": ("admin key:", "管理员密钥："),
    "ctrl_c": ("Ctrl-C stops it", "按 Ctrl-C 停止"),
    "is_anomaly": ("ANOMALY", "异常"),
    "is_normal": ("normal", "正常"),
    "tokens": ("{n} tokens", "{n} 个词元"),
}


def chosen_language(option: Language) -> str:
    """``en`` or ``zh``."""
    return language_of_environment() if option is Language.AUTO else option.value


def explanation_language(option: Language) -> str | None:
    """The language that explanations are made to be in; None leaves them in that of their lines."""
    chosen = chosen_language(option)
    return None if option is Language.AUTO and chosen == "en" else chosen


def words(language: str) -> Callable[..., str]:
    """The catalogue in one language."""
    column = 1 if language == "zh" else 0

    def say(key: str, **values: object) -> str:
        return TEXTS[key][column].format(**values)

    return say
