# ruff: noqa: E501 - tables of phrases, one a row
"""Words for invented systems, in English and Chinese: things, deeds, and what breaking looks like in each category.

``{c}`` is another component, ``{o}`` a thing of the system, ``{f}`` one of its variable fields, ``{n}`` a number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """What a made-up system says in one language."""

    things: tuple[str, ...]
    roles: tuple[str, ...]  # kinds of component
    sentences: tuple[str, ...]  # {v} deed, {o} thing, {f} field, {g} second field, {ms} duration, {n} number
    deeds: tuple[str, ...]
    benign: tuple[str, ...]  # trouble that is part of normal life
    signs: dict[str, tuple[str, ...]]  # category -> what its lines say
    gives_up: tuple[str, ...]  # how a workflow ends that hit the fault
    says: dict[str, str]  # category -> description of the fault


ENGLISH = Language(
    things=(
        "order", "parcel", "invoice", "session", "chunk", "shard", "tile", "ticket", "route", "lease", "snapshot",
        "batch", "frame", "voucher", "index", "segment", "token", "reading", "trip", "booking", "profile",
        "manifest", "ledger entry", "replica", "cursor", "playlist", "crawl", "thumbnail", "forecast", "alarm rule",
        "cart", "policy", "dataset", "job",
    ),
    roles=(
        "gateway", "worker", "scheduler", "store", "router", "indexer", "collector", "planner", "broker", "cache",
        "notifier", "auditor", "resolver", "renderer", "sync", "meter",
    ),
    deeds=(
        "accepted", "validated", "stored", "routed", "merged", "published", "loaded", "evicted", "assigned",
        "compacted", "refreshed", "closed", "opened", "scheduled", "acknowledged", "replicated", "archived",
        "priced", "matched", "signed", "expired", "resumed", "rendered", "parsed", "uploaded", "dispatched",
        "released", "claimed", "registered", "rotated",
    ),
    sentences=(
        "{o} {f} {v}", "{v} {o} {f} in {ms} ms", "{v} {n} {o}s for {f}", "{o} {f}: {v} by {c}",
        "{c}: {o} {v}, id={f}", "{v} {o} [{f}] size={n}", "handling {o} {f} from {g}",
        "{o} state changed to {v} ({f})", "done with {o} {f}, took {ms} ms", "{f} {v} {o} {g}",
        "request for {o} {f} {v}", "{o}={f} {v}={n}", "no change for {o} {f}", "starting to handle {o} {f}",
        "{n} of {n} {o}s {v}", "sent {o} {f} to {c}", "got {o} {f} from {c} after {ms} ms", "{o} queue holds {n}",
    ),
    benign=(
        "{o} {f} not found, using the default", "slow answer from {c}: {ms} ms", "retrying {o} {f} (attempt 1)",
        "{o} {f} rejected: field out of range", "connection of {g} reset by peer", "{o} {f} already {v}, ignored",
        "error reading {o} {f}, falling back to {c}", "deprecated option used by {g}", "{c} busy, waiting {ms} ms",
        "client {g} gave up waiting",
    ),
    signs={
        "timeout": (
            "{o} {f}: no answer from {c} within 5000 ms", "deadline exceeded while waiting for {c}",
            "request {f} timed out after {n} s", "giving up on {c} after 3 attempts, last error: timed out",
        ),
        "connection_failure": (
            "cannot connect to {c}: connection refused", "lost connection to {c}, reconnecting (try {n})",
            "{c} unreachable: connection reset", "socket to {c} closed unexpectedly while sending {o} {f}",
        ),
        "database_error": (
            "query for {o} {f} failed: server closed the connection", "transaction for {f} aborted, rolling back",
            "too many open sessions on the {o} database", "relation for {o} does not exist",
        ),
        "disk_full": (
            "cannot write {o} {f}: no space left on device", "volume usage {n}9 %, above the limit",
            "write-ahead file of {o} could not grow", "dropping {o} {f}, disk quota exceeded",
        ),
        "memory_exhausted": (
            "cannot allocate {n}00 MB for {o} {f}", "heap nearly exhausted, full collection took {n}00 ms",
            "worker killed: out of memory", "cache of {o}s dropped under memory pressure",
        ),
        "cpu_or_thread_exhausted": (
            "all {n} workers busy, {o} {f} queued", "thread pool exhausted, task rejected",
            "event loop stalled for {n}00 ms", "run queue grows: {n}0 tasks waiting",
        ),
        "network_partition": (
            "no route to {c}", "lost sight of {n} peers, quorum missing", "heartbeat of {c} overdue by {n} s",
            "leader election failed in term {n}",
        ),
        "authentication_attack": (
            "wrong password for {f} from {g}", "login of {f} refused, {n} failures from {g}", "account {f} locked",
            "token with a bad signature from {g}",
        ),
        "permission_denied": (
            "permission denied for {o} {f}", "{g} may not write to {o}", "access policy refused {o} {f} for {g}",
            "credentials rejected by {c}: forbidden",
        ),
        "configuration_error": (
            "missing required option {o}_url", "cannot parse configuration of {c}: unexpected value",
            "unknown {o} type in settings, refusing to start", "address already in use, cannot bind",
        ),
        "certificate_expired": (
            "tls handshake with {c} failed: certificate has expired",
            "peer {c} offers a certificate that is no longer valid", "cannot verify {c}: certificate out of date",
        ),
        "data_corruption": (
            "checksum mismatch in {o} {f}", "{o} {f} is truncated, expected {n}00 bytes",
            "index of {o} disagrees with its data", "record {f} unreadable, quarantined",
        ),
        "service_crash": (
            "unhandled failure in {c}: null reference", "process {n}1 ended with signal 11",
            "restarting {c} after a crash", "{c} stopped unexpectedly, exit code {n}",
        ),
        "queue_backlog": (
            "{o} backlog is {n}000 and growing", "consumer of {o} lags {n}0 s", "{o} {f} waited {n}0 s in the queue",
            "no consumer for {o}",
        ),
        "dependency_unavailable": (
            "{c} unavailable: 503", "circuit to {c} opened", "fallback used, {c} is down",
            "no healthy instance of {c}",
        ),
        "rate_limited": (
            "{g} exceeds {n} requests per second, rejected", "quota of {g} used up",
            "throttled by {c}: too many requests", "refused {o} {f}: rate limit",
        ),
        "deadlock": (
            "deadlock on {o} {f}, victim rolled back", "lock on {o} held for {n}0 s by {g}",
            "waited too long for the lock of {o} {f}",
        ),
        "dns_failure": (
            "cannot resolve {c}: temporary failure in name resolution", "lookup of {c} failed: no such host",
            "name server did not answer",
        ),
        "hardware_error": (
            "i/o error on device {n}", "sensor of {c} reports {n}9 degrees, above critical",
            "uncorrectable memory error", "link of port {n} went down",
        ),
        "port_scan": (
            "unexpected connection to port {n}0 from {g}", "unknown path requested by {g}",
            "handshake with {g} aborted before login",
        ),
        "injection_attempt": (
            "suspicious input from {g}: ' OR 1=1 --", "blocked path ../../etc/passwd from {g}",
            "script tag in field of {o} {f}", "malformed query with UNION SELECT from {g}",
        ),
    },
    gives_up=(
        "{o} {f} failed", "could not finish {o} {f}", "aborting {o} {f}", "{o} {f} rolled back",
        "answered 500 for {f}",
    ),
    says={},
)  # fmt: skip

CHINESE = Language(
    things=(
        "订单", "包裹", "发票", "会话", "分片", "工单", "路线", "租约", "快照", "批次", "凭证", "索引", "令牌", "读数", "行程", "预约",
        "档案", "清单", "账目", "副本", "播放列表", "抓取任务", "缩略图", "预测结果", "告警规则", "购物车", "策略", "数据集", "合同", "配送单",
    ),
    roles=("网关", "工作节点", "调度器", "存储服务", "路由服务", "索引服务", "采集器", "计划服务", "消息代理", "缓存", "通知服务", "审计服务", "解析服务", "渲染服务", "同步服务", "计量服务"),
    deeds=(
        "接收", "校验", "保存", "转发", "合并", "发布", "加载", "淘汰", "分配", "压缩", "刷新", "关闭", "打开", "调度", "确认", "复制",
        "归档", "计价", "匹配", "签名", "过期处理", "恢复", "渲染", "解析", "上传", "派发", "释放", "领取", "登记", "轮换",
    ),
    sentences=(
        "{v}{o}成功，编号={f}", "{o}{f}{v}完成，耗时{ms}毫秒", "本次共{v}{o}{n}个，来源={g}", "{o}[{f}]由{c}{v}", "开始{v}{o}，标识：{f}",
        "{o}{f}状态变更为已{v}", "向{c}发送{o}{f}", "收到{c}返回的{o}{f}，用时{ms}ms", "{o}{f}无变化，跳过", "处理{o}请求，{f}，参数{g}",
        "{o}队列当前{n}条", "{v}{o}：{f}，大小{n}KB", "{o}{f}已{v}，操作人{g}", "正在{v}第{n}批{o}", "{o}处理结束，成功{n}，失败0", "查询{o}{f}，命中缓存",
    ),
    benign=(
        "未找到{o}{f}，使用默认值", "{c}响应较慢，耗时{ms}毫秒", "{o}{f}第1次重试", "{o}{f}校验未通过：字段超出范围", "客户端{g}断开连接", "{o}{f}重复提交，已忽略",
        "读取{o}{f}出错，切换到{c}", "{g}使用了已废弃的参数", "{c}繁忙，等待{ms}毫秒", "客户端{g}取消请求",
    ),
    signs={
        "timeout": ("等待{c}应答超时，{o}{f}", "调用{c}超过5000毫秒未返回", "请求{f}处理超时，已等待{n}秒", "{c}重试3次仍超时，放弃"),
        "connection_failure": ("无法连接{c}：拒绝连接", "与{c}的连接断开，第{n}次重连", "{c}不可达，连接被重置", "发送{o}{f}时连接异常关闭"),
        "database_error": ("查询{o}{f}失败：数据库连接已关闭", "事务{f}中止，正在回滚", "{o}库会话数超过上限", "{o}表不存在"),
        "disk_full": ("写入{o}{f}失败：磁盘空间不足", "存储使用率{n}9%，超过阈值", "{o}日志文件无法扩展", "丢弃{o}{f}，配额已满"),
        "memory_exhausted": ("为{o}{f}申请{n}00MB内存失败", "堆内存即将耗尽，回收耗时{n}00毫秒", "工作进程因内存不足被终止", "内存紧张，清空{o}缓存"),
        "cpu_or_thread_exhausted": ("{n}个工作线程全部占用，{o}{f}排队", "线程池已满，拒绝任务", "事件循环阻塞{n}00毫秒", "等待执行的任务{n}0个，持续增加"),
        "network_partition": ("到{c}的网络不可达", "失去{n}个节点的心跳，达不到多数", "{c}心跳超时{n}秒", "第{n}轮选举失败"),
        "authentication_attack": ("用户{f}密码错误，来源{g}", "来源{g}登录失败{n}次，拒绝", "账户{f}已锁定", "来自{g}的令牌签名无效"),
        "permission_denied": ("没有访问{o}{f}的权限", "{g}无权写入{o}", "访问策略拒绝{g}操作{o}{f}", "{c}拒绝凭证：禁止访问"),
        "configuration_error": ("缺少必需的配置项{o}地址", "{c}配置解析失败：值不合法", "配置中{o}类型未知，拒绝启动", "地址已被占用，无法绑定端口"),
        "certificate_expired": ("与{c}握手失败：证书已过期", "{c}提供的证书不在有效期内", "无法验证{c}：证书失效"),
        "data_corruption": ("{o}{f}校验和不一致", "{o}{f}内容不完整，应为{n}00字节", "{o}索引与数据不符", "记录{f}无法读取，已隔离"),
        "service_crash": ("{c}发生未处理异常：空引用", "进程{n}1异常退出，信号11", "{c}崩溃后重新启动", "{c}意外停止，退出码{n}"),
        "queue_backlog": ("{o}积压{n}000条，持续增长", "{o}消费延迟{n}0秒", "{o}{f}在队列中等待{n}0秒", "{o}没有可用的消费者"),
        "dependency_unavailable": ("{c}服务不可用：503", "{c}熔断器打开", "{c}已下线，返回降级结果", "{c}没有健康的实例"),
        "rate_limited": ("{g}请求超过每秒{n}次，拒绝", "{g}配额已用完", "被{c}限流：请求过多", "拒绝{o}{f}：触发限流"),
        "deadlock": ("{o}{f}发生死锁，已回滚", "{o}的锁被{g}持有{n}0秒", "等待{o}{f}的锁超时"),
        "dns_failure": ("无法解析{c}的域名：临时故障", "域名{c}查询失败：主机不存在", "域名服务器无应答"),
        "hardware_error": ("设备{n}读写错误", "{c}传感器温度{n}9度，超过临界值", "发生不可纠正的内存错误", "端口{n}链路中断"),
        "port_scan": ("来自{g}的异常端口{n}0连接", "{g}请求了未知路径", "与{g}的握手在登录前中断"),
        "injection_attempt": ("来自{g}的可疑输入：' or 1=1 --", "拦截{g}的路径穿越请求../../etc/passwd", "{o}{f}的字段含脚本标签", "来自{g}的查询含union select"),
    },
    gives_up=("{o}{f}处理失败", "未能完成{o}{f}", "中止{o}{f}", "{o}{f}已回滚", "请求{f}返回500"),
    says={
        "timeout": "应答超时", "connection_failure": "连接失败", "database_error": "数据库错误", "disk_full": "磁盘写满", "memory_exhausted": "内存耗尽",
        "cpu_or_thread_exhausted": "线程或处理器耗尽", "network_partition": "网络分区", "authentication_attack": "认证攻击", "permission_denied": "权限不足",
        "configuration_error": "配置错误", "certificate_expired": "证书过期", "data_corruption": "数据损坏", "service_crash": "服务崩溃", "queue_backlog": "队列积压",
        "dependency_unavailable": "依赖不可用", "rate_limited": "触发限流", "deadlock": "死锁", "dns_failure": "域名解析失败", "hardware_error": "硬件故障",
        "port_scan": "端口扫描", "injection_attempt": "注入尝试",
    },
)  # fmt: skip
