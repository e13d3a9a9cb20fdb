"""What takes the sting out of a line: denials ("0 errors"), settings that only name trouble, and recoveries.

``without_denials`` blanks the words that name a trouble only to deny it, so that no sign can match them.
"""

# ruff: noqa: E501 (a pattern broken over lines is harder to read than a long one)

from __future__ import annotations

import re

from services.analyzer.signs.gating import required_literals

_TROUBLE = (
    r"(?:errors?|fail(?:ure|ures|ed|ing)?|exceptions?|faults?|timeouts?|timed[- ]out|warnings?|alerts?|problems?|issues?|"
    r"retries|losses|loss|drops?|dropped|rejected|rejections?|crash(?:es|ed)?|conflicts?|deadlocks?|corrupt(?:ed|ion)?|"
    r"denied|violations?|attacks?|intrusions?|anomal(?:y|ies)|backlog|lag|leaks?|mismatch(?:es)?|refused)"
)
_WORD = r"(?:\w+[ _-]){0,3}"
_TROUBLE_ZH = (
    r"(?:错误|失败|异常|故障|超时|告警|报警|问题|丢包|丢失|死锁|积压|损坏|冲突|拒绝|攻击|崩溃|泄漏|重试|越权|漏洞)"
)

_DENIALS = re.compile(
    "|".join(
        (
            rf"\b(?:no|0|zero|without(?: any)?|never|not|free of|none) {_WORD}{_TROUBLE}\b(?! (?:to|detector))",
            r"\bno (?:more |further )?(?:out of memory|connection refused|permission denied)\b",
            rf"\b[\w.-]{{0,40}}{_TROUBLE}[\w]{{0,20}}[\"']?(?: ?[=:] ?|\()[\"']?(?:0(?:\.0{{1,4}})? ?%?(?![\d.\w])|(?:none|null|nil|false|no|\[\]|\{{\}}|\"\"|'')(?=[\"']?\s{{0,3}}(?:$|[,;)\]}}|&])))",
            rf"\b{_TROUBLE}(?: (?:count|rate|total|number|ratio|code))?(?: (?:is|was|of|are|were))? (?:0|zero|none)(?![\d.:\w])",
            r"\berr(?:no|_?code|orcode)?\s?[=:]\s?(?:0|null|nil|none|<nil>|ok|success)\b",
            r"\b(?:status|code|rc|ret|result|exit(?: code| status)?)[=: ]+(?:0|200|ok|success)\b",
            rf"(?:无|没有|未|未发现|未发生|未出现|未检测到|不存在|没有发现|没有任何|无任何)(?:任何|新的|新增|明显)?{_TROUBLE_ZH}",
            rf"{_TROUBLE_ZH}(?:数量|总数|次数|条数|个数|数|率|码|量)?(?:为|是|[:：=])? ?0(?:\.0+)? ?%?(?:次|个|条|笔)?(?![\d.])",
            rf"(?<![\d.])0 ?(?:个|次|条|笔|起)(?:[^，。]{{0,4}}){_TROUBLE_ZH}",
            rf"{_TROUBLE_ZH}(?:已)?(?:清零|归零)",
            r"(?:延迟|滞后|积压|丢包率?)(?:为|是|[:：=])? ?0(?:\.0+)? ?(?:毫秒|秒|条|个|ms|s|%)?(?![\d.])",
            r"\b(?:test|expected|simulated|injected|synthetic|dry[- ]?run|drill|mock)(?:ed|ing)? (?:\w+ ){0,2}(?:error|failure|exception|fault|timeout|outage)s?\b",
            r"(?:故障)?演练(?:中)?|模拟(?:故障|异常|错误|超时)",
        )
    ),
    re.IGNORECASE,
)
# "connectTimeout=5000", "timeout set to 30s", "重试次数: 3": settings, not events. Never "TimeoutException: 3000 ms".
_SETTINGS = re.compile(
    "|".join(
        (
            r"\b(?!\w*(?:exception|error))[\w.-]{0,40}(?:timeout|time-out|retry|retries|deadlock|error|failure|failover|limit|backoff|queue|"
            r"throttle|throttling)(?:[._-]?(?:ms|sec|seconds?|millis|interval|count|max|page|handler|policy|threshold|detection|log|file|path|channel|size|rate|"
            r"capacity|url|email|document|level)){0,3}[\"']?\s?[=:]\s?[\"']?(?:-?[\d.]+(?! ?(?:errors?|failures?|times?|exceeded))|true|false|on|off|enabled|disabled|/)[\w/.%-]*",
            r"\b(?:set|setting|using|with|configured|default|changed|updat(?:ed|ing)|applied|loaded)(?: \w+){0,4} (?:timeout|deadline|rate limit|retry|retries)\b(?: (?:policy|limit|value))?(?: (?:of|to|is|at))? ?\d[\w.]*",
            r"\b(?:timeout|deadline|rate limit|quota|retry limit)(?: (?:value|policy))? (?:is |was |has been )?(?:set to|of|changed (?:from .{1,20} )?to|configured (?:as|to)|updated to) ?\d[\w.]*",
            r"(?:超时时间|超时阈值|超时配置|重试次数|重试间隔|最大重试|限流阈值|告警阈值|队列长度|错误页|失败重试)[^，。\n]{0,6}(?:设置为|设为|配置为|调整为|为|[:：=]) ?\d[\w.]*",
            r"\b(?:error|exception|timeout|failure|retry|dead[- ]?letter|deadlock)(?:[ _-]?(?:handler|listener|page|handling|policy|monitor|detector|detection|reporter|queue|collector|callback|interceptor|recovery strategy))s? (?:has been |is |was )?(?:registered|enabled|started|initiali[sz]ed|configured|ready|loaded|installed|created|added|running)",
            r"(?:异常|错误|超时|失败|故障)(?:处理器|处理|监控|检测|告警|上报|重试)(?:组件|模块|任务|器|策略|规则)?(?:已)?(?:注册|启用|启动|加载|初始化|就绪)(?:成功|完成)?",
        )
    ),
    re.IGNORECASE,
)
RECOVERY = re.compile(
    "|".join(
        (
            r"(?<!not )(?<!be )\b(?:re-?connect(?:ed|ion (?:succeeded|successful|established))|recover(?:ed|y (?:complete|completed|succeeded|successful|finished)))\b",
            r"\b(?:succeeded|successful|success|ok|completed|worked) (?:after|on|at|with) (?:a |the |\d+ |one |two |three |second |third |\w+ )?(?:retry|retries|attempts?|tries|re-?try)",
            r"\bretry (?:\w+ )?(?:#?\d+ )?(?:succeeded|successful|was successful|ok|worked|completed)\b",
            r"\b(?:attempt|try) #?\d+(?:/\d+)? (?:succeeded|successful|ok)\b",
            r"\b(?:back|is) (?:online|to normal|in service|up again|healthy again)\b",
            r"(?<!be )(?<!not )(?<!been )\b(?:restored|resolved|healed|cleared|resumed|re-?established|re-?joined)\b",
            r"\b(?:is now|became|now) (?:healthy|available|reachable|up|normal)\b",
            r"\bcircuit (?:breaker .{0,40})?\bclosed\b(?! {0,2}(?:-+>|=>|to\b))",
            r"\bself[- ]heal",
            r"\bfailover (?:completed|succeeded|finished)",
            r"\bno longer (?:failing|unavailable|unreachable|degraded|full)",
            r"(?:已|已经|现已)(?:自动|成功)?(?:恢复|重连|解除|修复|重新连接|自愈|好转|清除)",
            r"(?:恢复|重连|重试|重新连接|切换|故障转移)(?:后)?(?:已)?(?:成功|正常|完成)",
            r"恢复正常|告警(?:已)?(?:恢复|解除|消除)|重新上线|恢复(?:服务|连接|健康|可用)",
            r"第 ?\d+ ?次(?:重试|尝试|重连)(?:已)?成功",
        )
    ),
    re.IGNORECASE,
)
ROUTINE = re.compile(
    "|".join(
        (
            r"\b(?:started|starting|stopped gracefully|shutting down gracefully|graceful shutdown|listening on|initiali[sz]ed|registered|loaded|completed|finished|succeeded|successful(?:ly)?|accepted|opened|closed|created|received|scheduled|heartbeat|health ?check (?:ok|passed)|ready|connected|deployed|rotated|compacted|flushed|served|processed)\b",
            r"(?:启动|停止|加载|注册|初始化|连接|登录|处理|执行|同步|提交|备份|发布|部署|上线|检查|校验|创建|更新)(?:已)?(?:成功|完成|通过|正常)|正常(?:运行|启动|退出)|成功|完成",
        )
    ),
    re.IGNORECASE,
)


_DENIAL_LITERALS = required_literals(_DENIALS.pattern)
_SETTING_LITERALS = required_literals(_SETTINGS.pattern)


def without_denials(line: str) -> str:
    """``line`` with denied troubles and mere settings replaced by a blank."""
    folded = line.casefold()
    if any(literal in folded for literal in _DENIAL_LITERALS):
        line = _DENIALS.sub(" ", line)
    return _SETTINGS.sub(" ", line) if any(literal in folded for literal in _SETTING_LITERALS) else line


def is_denial(line: str) -> bool:
    """True if the line says that some trouble did not happen."""
    folded = line.casefold()
    return any(literal in folded for literal in _DENIAL_LITERALS) and _DENIALS.search(line) is not None


def is_recovery(line: str) -> bool:
    """True if the line reports that a trouble is over."""
    return RECOVERY.search(line) is not None


def is_routine(line: str) -> bool:
    """True if the line describes ordinary work. Weak: only asked when no sign of trouble matched."""
    return ROUTINE.search(line) is not None
