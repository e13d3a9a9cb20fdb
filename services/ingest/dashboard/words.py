"""What the pages say, in English and Chinese, and which of the two a browser asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]

# name -> (English, Chinese)
WORDS: Mapping[str, tuple[str, str]] = {
    "incidents": ("Incidents", "异常事件"),
    "streams": ("Streams", "日志流"),
    "jobs": ("Jobs", "任务"),
    "overview": ("Overview", "总览"),
    "title": ("Title", "标题"),
    "severity": ("Severity", "严重程度"),
    "category": ("Category", "类别"),
    "count": ("Count", "次数"),
    "last_seen": ("Last seen", "最近出现"),
    "first_seen": ("First seen", "首次出现"),
    "stream": ("Stream", "日志流"),
    "state": ("State", "状态"),
    "rule": ("Windows", "窗口规则"),
    "events": ("Events", "事件数"),
    "pending": ("Waiting", "待检测"),
    "last_push": ("Last push", "最近推送"),
    "learning": ("Learning", "学习中"),
    "ready": ("Ready", "就绪"),
    "new": ("New", "新建"),
    "explanation": ("What happened", "发生了什么"),
    "probable_cause": ("Probable cause", "可能原因"),
    "actions": ("What to do", "建议措施"),
    "lines": ("Log lines", "日志原文"),
    "evidence": ("evidence", "证据"),
    "score": ("Score", "得分"),
    "reasons": ("Why it stands out", "异常依据"),
    "window": ("Window", "窗口"),
    "other_windows": ("Other windows of this incident", "该事件的其他窗口"),
    "unmute": ("Unmute", "取消静音"),
    "retraining_proposed": (
        "Drifted, a retraining is proposed (loglynx retrain):",
        "已漂移，建议再训练（loglynx retrain）：",
    ),
    "show_muted": ("Show muted and silenced", "显示已静音和已屏蔽"),
    "hide_muted": ("Hide muted and silenced", "隐藏已静音和已屏蔽"),
    "what_is_it": ("What is it really?", "实际情况是？"),
    "not_an_anomaly": ("Not an anomaly", "不是异常"),
    "is_an_anomaly": ("Confirmed", "确认异常"),
    "wrong_category": ("Another category", "改为此类别"),
    "note": ("Note (optional)", "备注（可选）"),
    "what_was_said": ("What people said", "人工反馈"),
    "undo": ("Undo", "撤销"),
    "false_positive": ("not an anomaly", "不是异常"),
    "confirmed": ("confirmed", "已确认"),
    "wrong_class": ("another category", "类别有误"),
    "missed": ("missed", "漏报"),
    "scope_window": ("this window only", "仅此窗口"),
    "scope_template": ("all like it", "所有同类"),
    "scope_stream": ("the whole stream", "整个日志流"),
    "until": ("until", "有效期至"),
    "outweighed": ("outweighed by a confirmation", "被确认反馈覆盖"),
    "is_silenced": (
        "Silenced: flags like this count on, but raise no alert.",
        "已屏蔽：同类标记继续计数，但不再告警。",
    ),
    "silenced_count": ("Without an alert", "未告警次数"),
    "no_incidents": ("Nothing out of the ordinary so far.", "目前没有发现异常。"),
    "no_streams": ("No logs have arrived yet. Push some:", "还没有收到日志。推送示例："),
    "no_analysis": ("The analysis is on its way.", "分析正在进行。"),
    "no_jobs": ("This front door has taken no pushes since it started.", "本服务启动以来还没有收到推送。"),
    "find_job": ("Find a job by its id", "按编号查找任务"),
    "find": ("Find", "查找"),
    "job": ("Job", "任务"),
    "created": ("Created", "创建时间"),
    "received_lines": ("Lines", "行数"),
    "rejected": ("Rejected", "被拒绝"),
    "windows": ("Windows", "窗口数"),
    "flags": ("Flags", "标记"),
    "engine": ("Analysed by", "分析者"),
    "rules_engine": ("built-in rules", "内置规则"),
    "confidence": ("Confidence", "置信度"),
    "no_flags": ("No window of this job stands out.", "该任务没有异常窗口。"),
    "still_scoring": ("Still being scored.", "仍在检测。"),
    "needs_key": (
        "An API key is needed. Reload the page and enter the key as the password; the user name does not matter.",
        "需要 API 密钥。请刷新页面，在密码栏输入密钥，用户名任意。",
    ),
    "back": ("Back to the overview", "返回总览"),
    "refreshes": ("Refreshes every 10 s", "每 10 秒自动刷新"),
    "ago_s": ("{n} s ago", "{n} 秒前"),
    "ago_min": ("{n} min ago", "{n} 分钟前"),
    "ago_h": ("{n} h ago", "{n} 小时前"),
    "ago_d": ("{n} d ago", "{n} 天前"),
    # severities and states
    "low": ("low", "低"),
    "medium": ("medium", "中"),
    "high": ("high", "高"),
    "critical": ("critical", "严重"),
    "open": ("open", "未解决"),
    "resolved": ("resolved", "已解决"),
    "muted": ("muted", "已静音"),
    "silenced": ("silenced", "已屏蔽"),
    "queued": ("queued", "排队中"),
    "scoring": ("scoring", "检测中"),
    "analyzing": ("analyzing", "分析中"),
    "done": ("done", "已完成"),
    "failed": ("failed", "失败"),
    # reasons
    "unusual_sequence": ("unusual sequence", "序列异常"),
    "new_template": ("new kind of line", "新日志模板"),
    "rare_template": ("rare kind of line", "罕见日志模板"),
    "unusual_counts": ("unusual counts", "频次异常"),
    "unusual_order": ("unusual order", "顺序异常"),
    "unusual_value": ("unusual quantity or pause", "数值或间隔异常"),
    "unusual_pace": ("unusual pace", "速率异常"),
    "troubling_words": ("troubling words", "告警性用词"),
    "burst": ("burst", "突发"),
    "distribution_changed": ("the stream has changed", "日志流已发生变化"),
    # categories
    "timeout": ("timeout", "超时"),
    "connection_failure": ("connection failure", "连接失败"),
    "database_error": ("database error", "数据库错误"),
    "disk_full": ("disk full", "磁盘已满"),
    "memory_exhausted": ("memory exhausted", "内存耗尽"),
    "cpu_or_thread_exhausted": ("CPU or threads exhausted", "CPU 或线程耗尽"),
    "network_partition": ("network partition", "网络分区"),
    "authentication_attack": ("authentication attack", "认证攻击"),
    "permission_denied": ("permission denied", "权限被拒绝"),
    "configuration_error": ("configuration error", "配置错误"),
    "certificate_expired": ("certificate expired", "证书过期"),
    "data_corruption": ("data corruption", "数据损坏"),
    "service_crash": ("service crash", "服务崩溃"),
    "queue_backlog": ("queue backlog", "队列积压"),
    "dependency_unavailable": ("dependency unavailable", "依赖不可用"),
    "rate_limited": ("rate limited", "被限流"),
    "deadlock": ("deadlock", "死锁"),
    "dns_failure": ("DNS failure", "DNS 故障"),
    "hardware_error": ("hardware error", "硬件错误"),
    "port_scan": ("port scan", "端口扫描"),
    "injection_attempt": ("injection attempt", "注入攻击"),
    "application_error": ("application error", "应用错误"),
    "new_behaviour": ("new behaviour", "新行为"),
    "missing_events": ("missing events", "事件缺失"),
    "volume_change": ("volume change", "日志量变化"),
    "benign": ("benign", "正常"),
    "unknown": ("unknown", "未知"),
}


class Say:
    """``say("incidents")`` in one language; a word that is not listed is said as it is."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._column = 1 if language == "zh" else 0

    def __call__(self, name: str) -> str:
        found = WORDS.get(name)
        return found[self._column] if found else name

    def ago(self, seconds: float) -> str:
        """How long ago, in the largest unit that fits."""
        for name, unit in (("ago_d", 86_400), ("ago_h", 3_600), ("ago_min", 60)):
            if seconds >= unit:
                return self(name).format(n=int(seconds // unit))
        return self("ago_s").format(n=max(0, int(seconds)))


def language_of(asked: str, accept_language: str) -> Language:
    """``?lang=`` if it names one of ours, else the browser's favourite of the two, else English."""
    if asked[:2].lower() == "zh":
        return "zh"
    if asked[:2].lower() == "en":
        return "en"
    best: tuple[float, Language] = (0.0, "en")
    for item in accept_language[:200].split(","):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        language: Language | None = {"zh": "zh", "en": "en"}.get(tag[:2].lower())  # type: ignore[assignment]
        if language and weight > best[0]:
            best = (weight, language)
    return best[1]
