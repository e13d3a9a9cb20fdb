"""What the words of a line say about trouble, in English and Chinese: a prior, never a verdict.

``trouble`` is a probability that a person would call the line bad news if they knew nothing else. It is one
component among several and is always judged against what the stream normally says: a log full of harmless
"error" lines makes the word worthless there.
"""

from __future__ import annotations

import math
import re

from shared.core.records import Level

# Log-odds per phrase. Only the strongest phrase and a quarter of the others count, so that repetition is no proof.
_ENGLISH: dict[float, str] = {
    4.0: r"panic(?:ked)?|segfault|segmentation fault|core dumped|out of memory|oom[- ]kill\w*|kernel bug|"
    r"data loss|corrupt(?:ed|ion)\w*|deadlock\w*|no space left|disk full|uncorrectable|"
    r"machine check(?! (?:architecture|reporting|polling|handler))|"
    r"break-in|intrusion|sql injection|read-only file ?system|split[- ]brain|double fault|"
    r"fatal|catastrophic|unhandled exception|uncaught exception|stack overflow|terminated abnormally|"
    r"crash(?:ed|es|ing)?",
    3.0: r"critical|emerg(?:ency)?|alert|exceptions?|traceback|abort(?:ed|ing)?|fail(?:ed|ure|ures|s|ing)?|"
    r"errors?|timed? ?-?out|timeouts?|refused|unreachable|denied|unauthori[sz]ed|forbidden|"
    r"cannot|can't|could not|couldn't|unable to|not responding|no route to host|broken pipe|"
    r"connection reset|reset by peer|rejected|exhausted|overload\w*|killed|lost|"
    r"violation|violated|unhealthy|backoff|evict(?:ed|ion)|unavailable|(?-i:<INJECTION>)",
    1.5: r"warn(?:ing)?|retry(?:ing)?|retries|slow|invalid|illegal|missing|not found|expired|unexpected|unknown|"
    r"disconnect(?:ed)?|degraded|throttl\w+|stale|dropped|discard\w*|exceed(?:ed|s)?|suspicious|blocked|"
    r"shutdown|shutting down|restart(?:ed|ing)?|mismatch|underflow|overflow|leak\w*|stuck|stalled|bad|parity",
}  # fmt: skip
_CHINESE: dict[float, str] = {
    4.0: "内存溢出|内存不足|磁盘已满|磁盘空间不足|空间不足|死锁|数据损坏|数据丢失|崩溃|宕机|脑裂|入侵|注入攻击|"
    "暴力破解|雪崩",
    3.0: "失败|错误|异常|超时|拒绝|无法|不可用|中断|断开|丢失|溢出|故障|熔断|未授权|无权限|没有权限|不可达|耗尽|"
    "已满|致命|严重|报错",
    1.5: "警告|告警|重试|缓慢|过慢|积压|延迟|无效|非法|不存在|过期|降级|限流|阻塞|重启|不一致|缺失|驳回",
}  # fmt: skip
_RELIEF = re.compile(
    r"\b(?:no|without|zero|0|<num>)\s+(?:\w+\s+)?(?:errors?|failures?|exceptions?|warnings?|problems?)\b|"
    r"\b(?:errors?|failures?|exceptions?|failed|error_count|err)\s*[=:]\s*(?:0|<num>|none|null|nil|false|no|-|\"\")(?![\w])|"
    r"\b(?:recovered|restored|resolved|succeeded|successful(?:ly)?|reconnected|corrected|completed)\b|"
    r"无异常|无错误|没有错误|未发现|已恢复|恢复正常|重试成功|重连成功|成功|正常|完成|异常数|失败数|错误数",
    re.IGNORECASE,
)
# Trouble that somebody already deals with.
_IN_HAND = re.compile(
    r"\b(?:retrying|will retry|retried|retry in|next attempt|reconnecting|falling back|using default)\b|"
    r"重试|重传|重连|自动冲正|自动恢复|返回默认|降级处理",
    re.IGNORECASE,
)
_PHRASES = [
    (weight, re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE)) for weight, pattern in _ENGLISH.items()
] + [(weight, re.compile(pattern)) for weight, pattern in _CHINESE.items()]
# Identifiers such as RequestTimeoutException or IOError hide their word from the boundaries above.
_CAMEL = re.compile(r"(?<=[a-z])(?:Exception|Error|Failure|Failed|Timeout|Refused|Denied)(?![a-z])")

# After these nothing goes on by itself.
_GRAVE = re.compile(
    rf"(?<![a-z])(?:{_ENGLISH[4.0]}|giv(?:ing|en?|es) up|gave up|(?:i/o|input/output) (?:error|failure)|"
    r"too many open files|kernel: bug|outofmemory\w*|certificate (?:has |is )?expired|address already in use|"
    r"failed to start|error starting|run failed|(?:killed|terminated) by signal)(?![a-z])|"
    rf"{_CHINESE[4.0]}|证书已?过期|放弃|启动失败|段错误",
    re.IGNORECASE,
)

_ATTACK = re.compile(
    r"\b(?:authentication failure|failed password|invalid user|illegal user|failed login|login failed|"
    r"break-?in attempt|brute[- ]?force|port ?scan|bad password|auth fail\w*|access denied for user|"
    r"(?:union|select)\W+.{0,40}\W(?:select|from)|etc/passwd|\.\./\.\.|<script)\b|"
    r"登录失败|密码错误|认证失败|非法访问|暴力破解|爆破|注入攻击|端口扫描",
    re.IGNORECASE,
)

INJECTION = "<INJECTION>"  # stands in a template for the code that a request carries (hostile_requests.py)

_LEVEL_ODDS = {
    Level.TRACE: -1.5, Level.DEBUG: -1.5, Level.INFO: -1.0, Level.NOTICE: -0.5,
    Level.WARN: 1.0, Level.ERROR: 2.5, Level.FATAL: 3.0,
}  # fmt: skip
_PRIOR = -3.5
_GRAVE_AT_LEAST = 0.27  # a grave phrase at the level info, a fatal level without any words; neither with relief
_LONGEST_READ = 2000


def trouble(template: str, level: Level | None = None) -> float:
    """Probability in (0, 1) that a line of this template is bad news, from its words and its level alone."""
    text = template[:_LONGEST_READ]
    weights = sorted((weight for weight, pattern in _PHRASES if pattern.search(text)), reverse=True)
    if _CAMEL.search(text):
        weights = sorted([*weights, 3.0], reverse=True)
    odds = _PRIOR
    if weights:
        odds += weights[0] + 0.25 * sum(weights[1:])
    if level is not None:
        odds += _LEVEL_ODDS[level]
    if _RELIEF.search(text):
        odds -= 2.0
    elif _IN_HAND.search(text):
        odds -= 1.0
    return 1.0 / (1.0 + math.exp(-odds))


def is_grave(template: str, level: Level | None = None) -> bool:
    """Would one such line do for a person to look? A full disk, a panic, a level that says fatal."""
    says_so = level is Level.FATAL or _GRAVE.search(template[:_LONGEST_READ]) is not None
    return says_so and trouble(template, level) > _GRAVE_AT_LEAST


def tells_of_attack(template: str) -> bool:
    """Does the line tell of somebody trying doors? Once is a slip of the finger; a hundred times is an attack."""
    return INJECTION in template or _ATTACK.search(template[:_LONGEST_READ]) is not None
