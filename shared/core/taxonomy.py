"""The closed, bilingual taxonomy: what a flag can be, how bad it usually is, and what usually causes it.

Nothing outside this table is ever shown as a category. ``depth`` says how close to the root a kind of trouble tends
to lie (0 = a cause, 3 = a consequence): a full disk explains a failing database, never the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.core.records import Severity

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


class Group(StrEnum):
    """The headings under which categories are listed; ``behaviour``: unusual, and the lines name no trouble."""

    INFRASTRUCTURE = "infrastructure"
    APPLICATION = "application"
    DATA = "data"
    RESOURCE = "resource"
    NETWORK = "network"
    SECURITY = "security"
    BEHAVIOUR = "behaviour"
    BENIGN = "benign"
    UNKNOWN = "unknown"


GROUP_NAMES: dict[Group, dict[Language, str]] = {
    Group.INFRASTRUCTURE: {"en": "Infrastructure", "zh": "基础设施"},
    Group.APPLICATION: {"en": "Application", "zh": "应用"},
    Group.DATA: {"en": "Data", "zh": "数据"},
    Group.RESOURCE: {"en": "Resources", "zh": "资源"},
    Group.NETWORK: {"en": "Network", "zh": "网络"},
    Group.SECURITY: {"en": "Security", "zh": "安全"},
    Group.BEHAVIOUR: {"en": "Behaviour", "zh": "行为"},
    Group.BENIGN: {"en": "Harmless", "zh": "无害"},
    Group.UNKNOWN: {"en": "Unknown", "zh": "未知"},
}


class Category(StrEnum):
    """Kinds of trouble. The values are stable: they are stored, sent in alerts and used as labels."""

    TIMEOUT = "timeout"
    CONNECTION_FAILURE = "connection_failure"
    DATABASE_ERROR = "database_error"
    DISK_FULL = "disk_full"
    MEMORY_EXHAUSTED = "memory_exhausted"
    CPU_OR_THREAD_EXHAUSTED = "cpu_or_thread_exhausted"
    NETWORK_PARTITION = "network_partition"
    AUTHENTICATION_ATTACK = "authentication_attack"
    PERMISSION_DENIED = "permission_denied"
    CONFIGURATION_ERROR = "configuration_error"
    CERTIFICATE_EXPIRED = "certificate_expired"
    DATA_CORRUPTION = "data_corruption"
    SERVICE_CRASH = "service_crash"
    QUEUE_BACKLOG = "queue_backlog"
    DEPENDENCY_UNAVAILABLE = "dependency_unavailable"
    RATE_LIMITED = "rate_limited"
    DEADLOCK = "deadlock"
    DNS_FAILURE = "dns_failure"
    HARDWARE_ERROR = "hardware_error"
    PORT_SCAN = "port_scan"
    INJECTION_ATTEMPT = "injection_attempt"
    APPLICATION_ERROR = "application_error"
    NEW_BEHAVIOUR = "new_behaviour"
    MISSING_EVENTS = "missing_events"
    VOLUME_CHANGE = "volume_change"
    BENIGN = "benign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """What is known about a category before any line is read."""

    group: Group
    severity: Severity
    depth: int
    name: dict[Language, str]
    cause: dict[Language, str]


def _info(
    group: Group, severity: Severity, depth: int, name: tuple[str, str], cause: tuple[str, str]
) -> CategoryInfo:
    return CategoryInfo(group, severity, depth, {"en": name[0], "zh": name[1]}, {"en": cause[0], "zh": cause[1]})


_LOW, _MEDIUM, _HIGH, _CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL

# fmt: off
TAXONOMY: dict[Category, CategoryInfo] = {
    Category.TIMEOUT: _info(
        Group.NETWORK, _MEDIUM, 2, ("Timeout", "超时"),
        ("The other side is slow, overloaded or does not answer, or the limit is too short for the work.",
         "对端响应缓慢、过载或无应答，或者超时限制对该操作来说过短。"),
    ),
    Category.CONNECTION_FAILURE: _info(
        Group.NETWORK, _HIGH, 1, ("Connection failure", "连接失败"),
        ("Nothing listens at the target, it restarted, or something between the two closes the connection.",
         "目标没有监听、发生过重启，或者两端之间有设备关闭了连接。"),
    ),
    Category.DATABASE_ERROR: _info(
        Group.DATA, _HIGH, 1, ("Database error", "数据库错误"),
        ("The database refused or failed a statement: its limits, its schema or its health is the place to look.",
         "数据库拒绝或未能执行语句：应检查其限额、表结构与运行状态。"),
    ),
    Category.DISK_FULL: _info(
        Group.RESOURCE, _CRITICAL, 0, ("Disk full", "磁盘空间不足"),
        ("A file system or a quota is used up, often by logs, temporary files or a backup that was not cleaned.",
         "文件系统或配额已用尽，常见原因是日志、临时文件或未清理的备份。"),
    ),
    Category.MEMORY_EXHAUSTED: _info(
        Group.RESOURCE, _CRITICAL, 0, ("Memory exhausted", "内存耗尽"),
        ("The process needs more memory than its limit: a leak, an unusually large request, or a limit set too low.",
         "进程所需内存超过限制：存在泄漏、异常大的请求，或限制设置过低。"),
    ),
    Category.CPU_OR_THREAD_EXHAUSTED: _info(
        Group.RESOURCE, _HIGH, 0, ("CPU, threads or pool exhausted", "CPU、线程或连接池耗尽"),
        ("More work arrives than the pool can finish, or some of the workers are stuck.",
         "到达的工作量超出线程池或 CPU 的处理能力，或者部分工作线程被卡住。"),
    ),
    Category.NETWORK_PARTITION: _info(
        Group.NETWORK, _CRITICAL, 0, ("Network partition", "网络分区"),
        ("A link, switch, route or node between the parts of the cluster is down.",
         "集群各部分之间的链路、交换机、路由或节点发生中断。"),
    ),
    Category.AUTHENTICATION_ATTACK: _info(
        Group.SECURITY, _HIGH, 1, ("Authentication attack", "认证攻击"),
        ("Somebody is guessing accounts or passwords; a client with an old password looks the same.",
         "有人在猜测账号或口令；持有旧口令的客户端也会呈现同样的现象。"),
    ),
    Category.PERMISSION_DENIED: _info(
        Group.SECURITY, _MEDIUM, 1, ("Permission denied", "权限不足"),
        ("The account lacks a right it needs, or rights were changed by a recent deployment.",
         "账号缺少所需权限，或者最近的部署改动了权限。"),
    ),
    Category.CONFIGURATION_ERROR: _info(
        Group.INFRASTRUCTURE, _HIGH, 0, ("Configuration error", "配置错误"),
        ("A setting is missing or wrong, most often since the last deployment.",
         "某项配置缺失或错误，多半由最近一次部署引入。"),
    ),
    Category.CERTIFICATE_EXPIRED: _info(
        Group.INFRASTRUCTURE, _CRITICAL, 0, ("Certificate expired or not trusted", "证书过期或不受信任"),
        ("A certificate was not renewed in time, does not fit the host name, or its issuer is not trusted.",
         "证书未及时续期、与主机名不符，或其签发者不受信任。"),
    ),
    Category.DATA_CORRUPTION: _info(
        Group.DATA, _CRITICAL, 0, ("Data corruption", "数据损坏"),
        ("Data on disk or in transit is not what was written: a torn write, a failing disk or mixed versions.",
         "磁盘上或传输中的数据与写入时不一致：写入中断、磁盘故障或版本混用。"),
    ),
    Category.SERVICE_CRASH: _info(
        Group.APPLICATION, _CRITICAL, 2, ("Service crash", "服务崩溃"),
        ("The process ended by itself or was killed; the lines just before the end usually name the reason.",
         "进程自行退出或被终止；其结束前的几行日志通常给出原因。"),
    ),
    Category.QUEUE_BACKLOG: _info(
        Group.APPLICATION, _MEDIUM, 2, ("Queue backlog", "队列积压"),
        ("Consumers are slower than producers: a stuck or missing consumer, or a burst of work.",
         "消费速度低于生产速度：消费者卡住、缺失，或出现突发流量。"),
    ),
    Category.DEPENDENCY_UNAVAILABLE: _info(
        Group.APPLICATION, _HIGH, 1, ("Dependency unavailable", "依赖不可用"),
        ("A service that this one needs is down, overloaded or not registered.",
         "本服务所依赖的服务宕机、过载或未注册。"),
    ),
    Category.RATE_LIMITED: _info(
        Group.APPLICATION, _MEDIUM, 1, ("Rate limited", "触发限流"),
        ("More requests were sent than the quota allows: a burst, a retry storm or a quota set too low.",
         "请求数超过配额：突发流量、重试风暴，或配额设置过低。"),
    ),
    Category.DEADLOCK: _info(
        Group.DATA, _HIGH, 0, ("Deadlock or lock wait", "死锁或锁等待"),
        ("Two pieces of work hold what the other needs, or one holds a lock for too long.",
         "两个任务互相持有对方所需的资源，或某个任务持锁过久。"),
    ),
    Category.DNS_FAILURE: _info(
        Group.NETWORK, _HIGH, 0, ("DNS failure", "域名解析失败"),
        ("The name does not exist, the resolver is down, or the search path changed.",
         "域名不存在、解析服务不可用，或搜索域发生变化。"),
    ),
    Category.HARDWARE_ERROR: _info(
        Group.INFRASTRUCTURE, _CRITICAL, 0, ("Hardware error", "硬件错误"),
        ("A memory module, disk, processor, link or power supply is failing.",
         "内存条、磁盘、处理器、链路或电源出现故障。"),
    ),
    Category.PORT_SCAN: _info(
        Group.SECURITY, _MEDIUM, 1, ("Port scan or probing", "端口扫描或探测"),
        ("Somebody explores which services answer; a monitoring probe looks the same.",
         "有人在探测哪些服务会应答；监控探针也会呈现同样的现象。"),
    ),
    Category.INJECTION_ATTEMPT: _info(
        Group.SECURITY, _HIGH, 1, ("Injection attempt", "注入攻击尝试"),
        ("A request carries code for a database, a shell, a browser or a language model.",
         "请求中携带针对数据库、命令行、浏览器或语言模型的代码。"),
    ),
    Category.APPLICATION_ERROR: _info(
        Group.APPLICATION, _MEDIUM, 2, ("Application error", "应用程序错误"),
        ("The program met a case that its code does not handle; new code or unusual input is the usual reason.",
         "程序遇到了代码未处理的情况，常见原因是新代码或异常输入。"),
    ),
    Category.NEW_BEHAVIOUR: _info(
        Group.BEHAVIOUR, _LOW, 3, ("New behaviour", "新出现的行为"),
        ("Lines of this kind have not been seen in this stream; a deployment or a rare path is the usual reason.",
         "该日志流此前未出现过这类日志，常见原因是新部署或少见的执行路径。"),
    ),
    Category.MISSING_EVENTS: _info(
        Group.BEHAVIOUR, _MEDIUM, 3, ("Expected events are missing", "预期事件缺失"),
        ("Something that usually follows did not happen: a stuck job, a lost message or a stopped sender.",
         "通常会随之发生的事件没有出现：任务卡住、消息丢失或发送方停止。"),
    ),
    Category.VOLUME_CHANGE: _info(
        Group.BEHAVIOUR, _LOW, 3, ("Volume change", "日志量变化"),
        ("Known lines come much more or much less often than usual: load, a retry loop or a stopped job.",
         "已知日志的频率明显高于或低于平时：负载变化、循环重试或任务停止。"),
    ),
    Category.BENIGN: _info(
        Group.BENIGN, _LOW, 3, ("Probably harmless", "可能无害"),
        ("The lines describe normal work, or a trouble that cured itself.",
         "这些日志描述的是正常工作，或者已自行恢复的问题。"),
    ),
    Category.UNKNOWN: _info(
        Group.UNKNOWN, _LOW, 3, ("Not recognised", "未能识别"),
        ("The rules know no cause for these lines; the cited lines are the place to start.",
         "规则无法给出原因；请从引用的日志行入手排查。"),
    ),
}
# fmt: on

_ORDER = tuple(Severity)


def worse_of(one: Severity, other: Severity) -> Severity:
    """The graver of two severities."""
    return max(one, other, key=_ORDER.index)
