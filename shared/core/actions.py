"""The catalogue of actions: the only advice Loglynx ever gives, by id, in both languages.

An answer names ids; the text always comes from here, so neither a language model nor a log line can put words,
commands or links into it.
"""

from __future__ import annotations

from shared.core.taxonomy import Category, Language

ACTIONS: dict[str, dict[Language, str]] = {
    "check_target_up": {
        "en": "Check that the target runs and listens on the named port.",
        "zh": "确认目标服务正在运行，并在所示端口上监听。",
    },
    "check_network_path": {
        "en": "Test the path from this host to the target: route, firewall, security group, proxy.",
        "zh": "测试本机到目标的网络路径：路由、防火墙、安全组、代理。",
    },
    "check_latency": {
        "en": "Look at the response times of the called service around the time of the cited lines.",
        "zh": "查看引用日志时间附近被调用服务的响应时间。",
    },
    "review_timeouts": {
        "en": "Compare the timeout with the operation's usual duration; add a retry with back-off if that is safe.",
        "zh": "将超时时间与该操作的通常耗时比较；在安全的前提下增加带退避的重试。",
    },
    "check_database_health": {
        "en": "Look at the database's own log, its connections, locks and replication.",
        "zh": "查看数据库自身日志、连接数、锁与复制状态。",
    },
    "check_connection_pool": {
        "en": "Compare the pool's size with the connections in use; look for connections that are never returned.",
        "zh": "比较连接池大小与在用连接数，排查未归还的连接。",
    },
    "check_schema": {
        "en": "Compare the statement with the schema: a migration may be missing.",
        "zh": "将语句与表结构对照：可能缺少数据库迁移。",
    },
    "find_lock_holder": {
        "en": "Find which transactions or threads hold the locks, and in which order they take them.",
        "zh": "找出持有锁的事务或线程，以及它们的加锁顺序。",
    },
    "free_disk_space": {
        "en": "Free space on the named file system (old logs, temporary files, uploads); check inodes and quota.",
        "zh": "清理所示文件系统：旧日志、临时文件、未完成的上传；同时检查 inode 与配额。",
    },
    "add_disk_alert": {
        "en": "Set an alert on free space well before the limit, and rotate logs.",
        "zh": "为剩余空间设置提前告警，并启用日志轮转。",
    },
    "check_memory_use": {
        "en": "Compare the process's memory over time with its limit; keep a heap dump before restarting it.",
        "zh": "对比进程内存曲线与限制；重启前保留堆转储。",
    },
    "raise_memory_limit": {
        "en": "If the growth is expected, raise the limit; if not, look for the change that started it.",
        "zh": "若增长符合预期则提高限制；否则查找引发增长的改动。",
    },
    "take_thread_dump": {
        "en": "Take a thread dump and look for many threads waiting at the same place.",
        "zh": "获取线程转储，查看大量线程在同一位置等待的情况。",
    },
    "check_load": {
        "en": "Compare the load (requests, jobs, cron) at that time with an ordinary day.",
        "zh": "将当时的负载（请求、任务、定时作业）与平日比较。",
    },
    "check_cluster_members": {
        "en": "Compare each node's view of the cluster's members and of the leader.",
        "zh": "对比各节点所见的集群成员与主节点。",
    },
    "block_source": {
        "en": "Limit or block the named source address, and check whether any attempt from it succeeded.",
        "zh": "限制或封禁所示来源地址，并检查其是否有成功的尝试。",
    },
    "review_logins": {
        "en": "Review the successful logins of the named accounts since then; require a second factor.",
        "zh": "复查相关账号此后的成功登录；启用双因素认证。",
    },
    "check_rights": {
        "en": "Check owner, mode and policy of the named resource for the account that was refused.",
        "zh": "针对被拒绝的账号，检查所示资源的属主、权限位与策略。",
    },
    "compare_configuration": {
        "en": "Compare the configuration with the last one that worked; look at the latest deployment.",
        "zh": "将配置与上一次可用的版本比较，并查看最近一次部署。",
    },
    "check_address_in_use": {
        "en": "Find the process that already holds the port or the lock file.",
        "zh": "找出已占用该端口或锁文件的进程。",
    },
    "renew_certificate": {
        "en": "Check the certificate's dates, names and chain, and renew it; check both clocks.",
        "zh": "检查证书的有效期、域名与证书链并续期；同时核对两端时钟。",
    },
    "verify_data": {
        "en": "Verify the named file, block or table against a replica or backup before writing to it again.",
        "zh": "再次写入前，用副本或备份校验所示文件、数据块或表。",
    },
    "find_exit_reason": {
        "en": "Read the lines before the end, the exit code, and the kernel log (out-of-memory kills).",
        "zh": "查看进程结束前的日志、退出码，以及内核日志（是否被 OOM 终止）。",
    },
    "restart_service": {
        "en": "If it does not come back by itself, restart it and watch the first minutes.",
        "zh": "若未自动恢复，则重启服务并观察最初几分钟。",
    },
    "check_consumers": {
        "en": "Check that all consumers run and how long one message takes; add consumers if the work is real.",
        "zh": "确认所有消费者在运行及单条消息耗时；若负载真实则扩容消费者。",
    },
    "check_dependency_status": {
        "en": "Check the health of the service that is called, and whether others that use it fail as well.",
        "zh": "检查被调用服务的健康状态，以及其他调用方是否同样失败。",
    },
    "slow_down_requests": {
        "en": "Find the client that sends most, let it back off, and compare the quota with the real need.",
        "zh": "找出请求最多的客户端并令其退避，将配额与实际需求比较。",
    },
    "check_resolver": {
        "en": "Resolve the name from this host; check the resolver, the search path and the record itself.",
        "zh": "在本机解析该域名，检查解析服务、搜索域与解析记录。",
    },
    "replace_hardware": {
        "en": "Read the machine's hardware log (SMART, ECC, IPMI) and plan to drain and replace the part.",
        "zh": "查看硬件日志（SMART、ECC、IPMI），安排迁移负载并更换部件。",
    },
    "review_exposure": {
        "en": "Check which ports and paths need to be reachable from that source at all.",
        "zh": "检查哪些端口与路径确有必要对该来源开放。",
    },
    "check_injection_success": {
        "en": "Check the answers to these requests (status, size) and the server for traces of success.",
        "zh": "检查这些请求的响应（状态码、大小），并在服务器上查找攻击成功的痕迹。",
    },
    "read_root_exception": {
        "en": "Start at the root exception and the first stack frame of your own code.",
        "zh": "从根异常以及自有代码的第一个栈帧入手。",
    },
    "check_recent_change": {
        "en": "Look for a deployment, migration or configuration change shortly before the first cited line.",
        "zh": "查找首条引用日志之前不久的部署、迁移或配置变更。",
    },
    "find_missing_step": {
        "en": "Find the step that usually comes next, and check the job or sender that should have written it.",
        "zh": "找出通常随后出现的步骤，并检查本应写入它的任务或发送方。",
    },
    "compare_rate": {
        "en": "Compare the rate of the cited lines with the same hour of other days.",
        "zh": "将引用日志的频率与其他日期的同一时段比较。",
    },
    "read_cited_lines": {
        "en": "Read the cited lines and the ones around them; mark the incident as harmless if they are expected.",
        "zh": "阅读引用的日志及其上下文；若属预期，可将该事件标记为无害。",
    },
    "no_action": {"en": "Nothing needs to be done; watch whether it returns.", "zh": "无需处理；留意是否再次出现。"},
}

ACTIONS_FOR: dict[Category, tuple[str, ...]] = {
    Category.TIMEOUT: ("check_latency", "check_network_path", "review_timeouts"),
    Category.CONNECTION_FAILURE: ("check_target_up", "check_network_path"),
    Category.DATABASE_ERROR: ("check_database_health", "check_connection_pool", "check_schema"),
    Category.DISK_FULL: ("free_disk_space", "add_disk_alert"),
    Category.MEMORY_EXHAUSTED: ("check_memory_use", "raise_memory_limit"),
    Category.CPU_OR_THREAD_EXHAUSTED: ("take_thread_dump", "check_load"),
    Category.NETWORK_PARTITION: ("check_network_path", "check_cluster_members"),
    Category.AUTHENTICATION_ATTACK: ("block_source", "review_logins"),
    Category.PERMISSION_DENIED: ("check_rights", "check_recent_change"),
    Category.CONFIGURATION_ERROR: ("compare_configuration", "check_address_in_use"),
    Category.CERTIFICATE_EXPIRED: ("renew_certificate",),
    Category.DATA_CORRUPTION: ("verify_data", "replace_hardware"),
    Category.SERVICE_CRASH: ("find_exit_reason", "restart_service"),
    Category.QUEUE_BACKLOG: ("check_consumers", "check_load"),
    Category.DEPENDENCY_UNAVAILABLE: ("check_dependency_status", "check_target_up"),
    Category.RATE_LIMITED: ("slow_down_requests",),
    Category.DEADLOCK: ("find_lock_holder", "check_database_health"),
    Category.DNS_FAILURE: ("check_resolver",),
    Category.HARDWARE_ERROR: ("replace_hardware", "verify_data"),
    Category.PORT_SCAN: ("review_exposure", "block_source"),
    Category.INJECTION_ATTEMPT: ("check_injection_success", "block_source"),
    Category.APPLICATION_ERROR: ("read_root_exception", "check_recent_change"),
    Category.NEW_BEHAVIOUR: ("check_recent_change", "read_cited_lines"),
    Category.MISSING_EVENTS: ("find_missing_step", "check_recent_change"),
    Category.VOLUME_CHANGE: ("compare_rate", "check_load"),
    Category.BENIGN: ("no_action",),
    Category.UNKNOWN: ("read_cited_lines",),
}
