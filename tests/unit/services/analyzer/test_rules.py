"""What the rules make of windows written for the purpose: every category, two languages, many systems, decoys."""

from __future__ import annotations

import subprocess
import sys

import pytest
from flag_builders import a_flag, among_calm

from services.analyzer.grounding import unsupported_claims
from services.analyzer.rules import explain
from shared.core.actions import ACTIONS, ACTIONS_FOR
from shared.core.records import Severity
from shared.core.taxonomy import LANGUAGES, TAXONOMY, Category

# (category, language, lines that tell it; calm lines come before)
WINDOWS: list[tuple[str, str, tuple[str, ...]]] = [
    ("timeout", "en", ("WARN  pay.Client - POST /charge to gateway timed out after 5000 ms", "ERROR pay.Client - java.net.SocketTimeoutException: Read timed out")),
    ("timeout", "en", ('{"level":"error","msg":"fetch profile","error":"context deadline exceeded","elapsed_ms":3001}',)),
    ("timeout", "zh", ("ERROR 支付服务 - 调用银行网关接口超时，已等待 5000 毫秒，订单号 SO88213",)),
    ("timeout", "zh", ("WARN 网关 - 等待库存服务响应超时，将重试",)),
    ("connection_failure", "en", ("ERROR cart.Repo - dial tcp 10.3.4.5:6379: connect: connection refused",)),
    ("connection_failure", "en", ("Mar  4 10:00:03 edge2 haproxy[811]: Server web/app3 connection reset by peer",)),
    ("connection_failure", "en", ("WARN mq.Link - could not connect to broker at 10.9.0.7:5672, giving up",)),
    ("connection_failure", "zh", ("ERROR 消息模块 - 连接 10.9.0.7:5672 失败，对端拒绝连接",)),
    ("connection_failure", "zh", ("ERROR 同步任务 - 与上游的连接被对端重置",)),
    ("database_error", "en", ("ERROR db - FATAL: sorry, too many clients already", "ERROR db - remaining connection slots are reserved for superuser")),
    ("database_error", "en", ("ERROR dao - ORA-00942: table or view does not exist",)),
    ("database_error", "en", ("ERROR dao - ERROR 1062 (23000): Duplicate entry 'A-17' for key 'uk_sku'",)),
    ("database_error", "zh", ("ERROR 订单服务 - 写入数据库失败，主键冲突，表 t_order",)),
    ("database_error", "zh", ("ERROR 报表 - SQL执行异常：字段 amount_total 不存在",)),
    ("disk_full", "en", ("ERROR log4j - write failed: No space left on device: /var/log/app.log",)),
    ("disk_full", "en", ("kernel: EXT4-fs warning: filesystem /dev/sdb1 is full", "CRITICAL backup - insufficient disk space on /backup")),
    ("disk_full", "zh", ("ERROR 日志组件 - 磁盘空间不足，无法写入 /data/logs/order.log",)),
    ("disk_full", "zh", ("WARN 监控 - 数据盘 /data 磁盘使用率 98%，即将写满",)),
    ("memory_exhausted", "en", ("ERROR worker - java.lang.OutOfMemoryError: Java heap space",)),
    ("memory_exhausted", "en", ("kernel: Out of memory: Killed process 2311 (python3) total-vm:8123456kB",)),
    ("memory_exhausted", "zh", ("ERROR 计算节点 - 内存溢出，堆内存不足，任务终止",)),
    ("cpu_or_thread_exhausted", "en", ("ERROR http - RejectedExecutionException: thread pool exhausted, active 200, queue 500",)),
    ("cpu_or_thread_exhausted", "en", ("ERROR accept() failed: Too many open files",)),
    ("cpu_or_thread_exhausted", "zh", ("ERROR 网关 - 线程池已满，拒绝新的请求，活跃线程 200",)),
    ("cpu_or_thread_exhausted", "zh", ("WARN 监控 - 主机 CPU使用率 99%，持续 5 分钟",)),
    ("network_partition", "en", ("ERROR gossip - java.net.NoRouteToHostException: No route to host",)),
    ("network_partition", "en", ("WARN etcd - lost quorum, 1 of 3 members reachable",)),
    ("network_partition", "en", ("switch4 %LINK-3-UPDOWN: Interface Ethernet1/7, link is down",)),
    ("network_partition", "zh", ("ERROR 集群管理 - 检测到网络分区，节点 node-3 失联",)),
    ("authentication_attack", "en", tuple(f"Mar  4 10:01:0{i} gate sshd[31{i}]: Failed password for invalid user admin from 45.9.20.7 port 5012{i} ssh2" for i in range(4))),
    ("authentication_attack", "en", ("WARN auth - brute force suspected: 40 logins for 'root' from 45.9.20.7",)),
    ("authentication_attack", "zh", tuple(f"WARN 登录模块 - 用户 admin 登录失败，密码错误，来源 45.9.20.{i}" for i in range(4))),
    ("permission_denied", "en", ("ERROR export - open /srv/reports/q1.csv: permission denied",)),
    ("permission_denied", "en", ("ERROR s3 - AccessDenied: user is not authorized to perform PutObject",)),
    ("permission_denied", "zh", ("ERROR 文件服务 - 权限不足，无法写入目录 /srv/reports",)),
    ("configuration_error", "en", ("ERROR boot - Could not resolve placeholder 'payment.url' in value",)),
    ("configuration_error", "en", ("ERROR server - listen tcp :8080: bind: address already in use",)),
    ("configuration_error", "en", ("nginx: [emerg] unknown directive \"proxy_pas\" in /etc/nginx/conf.d/shop.conf:14",)),
    ("configuration_error", "zh", ("ERROR 启动器 - 配置项 payment.url 缺失，启动失败",)),
    ("configuration_error", "zh", ("ERROR 启动器 - 端口 8080 已被占用",)),
    ("certificate_expired", "en", ("ERROR tls - x509: certificate has expired or is not yet valid",)),
    ("certificate_expired", "en", ("WARN proxy - SSL routines: certificate verify failed for api.shop.example.com",)),
    ("certificate_expired", "zh", ("ERROR 网关 - 对端证书已过期，握手失败，域名 api.shop.example.com",)),
    ("data_corruption", "en", ("ERROR store - checksum mismatch in block 7781 of segment 12",)),
    ("data_corruption", "en", ("ERROR InnoDB: Database page corruption on disk in tablespace 12",)),
    ("data_corruption", "zh", ("ERROR 存储引擎 - 数据块 7781 校验和不一致，文件损坏",)),
    ("service_crash", "en", ("worker[812]: segfault at 0 ip 00007f core dumped",)),
    ("service_crash", "en", ("panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 17 [running]:\nmain.serve(0x0)\n\t/srv/app/main.go:41 +0x1d",)),
    ("service_crash", "en", ("systemd[1]: shop.service: Main process exited, code=killed, status=9/KILL", "systemd[1]: shop.service: Failed with result 'signal'.")),
    ("service_crash", "zh", ("FATAL 守护进程 - 订单服务进程异常退出，退出码 139",)),
    ("queue_backlog", "en", ("WARN consumer - consumer group billing lag is 152340, above threshold 10000",)),
    ("queue_backlog", "zh", ("WARN 消息队列 - 队列 order_pay 消息积压 35000 条，消费延迟",)),
    ("dependency_unavailable", "en", ("ERROR client - 503 Service Unavailable from inventory", "WARN client - circuit breaker for inventory is open")),
    ("dependency_unavailable", "en", ("ERROR nginx: no live upstreams while connecting to upstream, upstream: http://backend/api",)),
    ("dependency_unavailable", "zh", ("ERROR 订单服务 - 下游库存服务不可用，触发熔断",)),
    ("rate_limited", "en", ("WARN api - 429 Too Many Requests: rate limit exceeded for key k-17",)),
    ("rate_limited", "zh", ("WARN 开放平台 - 请求过于频繁，已触发限流，应用 app-17",)),
    ("deadlock", "en", ("ERROR dao - Deadlock found when trying to get lock; try restarting transaction",)),
    ("deadlock", "en", ("ERROR dao - Lock wait timeout exceeded; try restarting transaction",)),
    ("deadlock", "zh", ("ERROR 库存服务 - 检测到死锁，事务已回滚",)),
    ("dns_failure", "en", ("ERROR fetch - getaddrinfo ENOTFOUND cache.internal",)),
    ("dns_failure", "en", ("ERROR fetch - java.net.UnknownHostException: stock.svc.cluster.local",)),
    ("dns_failure", "zh", ("ERROR 网关 - 域名 stock.shop.internal 解析失败",)),
    ("hardware_error", "en", ("kernel: EDAC MC0: uncorrected ECC memory error on DIMM_A2",)),
    ("hardware_error", "en", ("kernel: blk_update_request: I/O error, dev sda, sector 883412",)),
    ("hardware_error", "en", ("RAS KERNEL FATAL data TLB error interrupt",)),
    ("hardware_error", "zh", ("ERROR 巡检 - 服务器电源故障，PSU2 掉电", "ERROR 巡检 - 硬盘 slot3 出现坏道")),
    ("port_scan", "en", ("WARN ids - port scan detected from 203.0.113.9, 120 ports in 4 s",)),
    ("port_scan", "en", tuple(f'203.0.113.9 - - [04/Mar/2025:10:00:0{i} +0000] "GET {path} HTTP/1.1" 404 153' for i, path in enumerate(("/wp-login.php", "/.env", "/phpmyadmin/", "/.git/config")))),
    ("port_scan", "zh", ("WARN 防护 - 检测到来自 203.0.113.9 的端口扫描",)),
    ("injection_attempt", "en", ('203.0.113.9 - - [04/Mar/2025:10:00:03 +0000] "GET /p?id=1%20UNION%20SELECT%20login,pw%20FROM%20users-- HTTP/1.1" 200 812',)),
    ("injection_attempt", "en", ('203.0.113.9 "GET /x?q=${jndi:ldap://203.0.113.9/a} HTTP/1.1" 400 0',)),
    ("injection_attempt", "zh", ("WARN 防护墙 - 拦截到SQL注入攻击，参数 id，来源 203.0.113.9",)),
    ("application_error", "en", ("ERROR view - unhandled error\nTraceback (most recent call last):\n  File \"view.py\", line 12, in get\n    return rows[0]\nIndexError: list index out of range",)),
    ("application_error", "zh", ("ERROR 用户服务 - 请求 /profile 发生未知异常\njava.lang.NullPointerException: null\n\tat app.Profile.load(Profile.java:40)",)),
    ("missing_events", "en", ("WARN scheduler - nightly backup did not start, 40 minutes overdue",)),
    ("missing_events", "zh", ("WARN 调度中心 - 对账任务未按时执行，已逾期 40 分钟",)),
    ("volume_change", "en", ("WARN stats - request rate spike: 4100 rps",)),
    ("volume_change", "zh", ("WARN 统计 - 首页请求量突增，当前 4100 次/秒",)),
]  # fmt: skip

# Trouble that is denied, configured or over: (language, lines, is every line surprising?)
DECOYS: list[tuple[str, tuple[str, ...]]] = [
    ("en", ("WARN cache - connection to 10.1.1.4:6379 lost, retrying", "INFO cache - reconnected to 10.1.1.4:6379 after 2 attempts")),
    ("en", ("WARN pay - request timed out, retry 1", "INFO pay - request succeeded after 1 retry")),
    ("en", ("INFO batch - import finished: 4812 rows, 0 errors",)),
    ("en", ("INFO stats - error_count=0 timeout_count=0 window=60s",)),
    ("en", ("INFO check - no failures found in 312 tests",)),
    ("en", ("INFO raid - no errors detected on array md0",)),
    ("en", ('{"level":"info","msg":"sync done","errors":0,"failed":0,"error":null}',)),
    ("en", ("INFO deadlock detector started, interval 5s",)),
    ("en", ("INFO replica - completed without errors or conflicts",)),
    ("zh", ("WARN 缓存 - 与 10.1.1.4:6379 的连接断开，开始重连", "INFO 缓存 - 第 2 次重连成功，连接已恢复")),
    ("zh", ("INFO 巡检 - 本次巡检未发现异常",)),
    ("zh", ("INFO 导入任务 - 共 4812 条，成功 4812 条，失败 0 条",)),
    ("zh", ("INFO 对账 - 对账完成，错误数：0，无异常",)),
    ("zh", ("WARN 支付 - 请求银行接口超时，准备重试", "INFO 支付 - 第 1 次重试成功")),
]  # fmt: skip


def _id(case: tuple[str, ...]) -> str:
    return "-".join(part for part in case if isinstance(part, str))


@pytest.mark.parametrize(
    "category, language, lines", WINDOWS, ids=[f"{i}-{c}-{la}" for i, (c, la, _) in enumerate(WINDOWS)]
)
def test_window_is_read_as_its_category(category: str, language: str, lines: tuple[str, ...]) -> None:
    flag = among_calm(*lines, language=language)
    analysis = explain(flag)
    assert analysis.category.value == category, f"{analysis.category} {analysis.explanation}"
    assert analysis.language == language
    assert set(analysis.evidence) <= set(range(4, 4 + len(lines))), "evidence lies in a calm line"
    assert 0.3 <= analysis.confidence <= 0.92
    assert analysis.severity in (TAXONOMY[analysis.category].severity, flag.verdict.severity)
    assert [action.id for action in analysis.actions] == list(ACTIONS_FOR[analysis.category])


@pytest.mark.parametrize(
    "category, language, lines", WINDOWS, ids=[f"{i}-{c}-{la}" for i, (c, la, _) in enumerate(WINDOWS)]
)
def test_rules_claim_nothing_that_the_cited_lines_do_not_say(
    category: str, language: str, lines: tuple[str, ...]
) -> None:
    flag = among_calm(*lines, language=language)
    analysis = explain(flag)
    cited = [event.text for event in flag.events if event.number in analysis.evidence]
    facts = [*cited, str(len(cited))]
    for text in (analysis.title, analysis.explanation):
        assert unsupported_claims(text, facts, analysis.evidence, len(flag.events)) == []
    for entity in analysis.entities:
        assert entity.line in analysis.evidence
        assert entity.span in next(event.text for event in flag.events if event.number == entity.line)


@pytest.mark.parametrize("language, lines", DECOYS, ids=[f"{i}-{la}" for i, (la, _) in enumerate(DECOYS)])
def test_trouble_that_is_denied_or_over_is_benign(language: str, lines: tuple[str, ...]) -> None:
    analysis = explain(among_calm(*lines, language=language))
    assert analysis.category is Category.BENIGN, f"{analysis.category} {analysis.explanation}"
    assert analysis.severity is Severity.LOW


def test_all_categories_but_those_of_silence_are_covered() -> None:
    by_detector_alone = {"new_behaviour", "benign", "unknown"}
    assert {category for category, _, _ in WINDOWS} | by_detector_alone == {category.value for category in Category}
    assert len(WINDOWS) + len(DECOYS) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_either_language_can_be_asked_for(language: str) -> None:
    flag = among_calm("ERROR cart - connect to 10.3.4.5:6379: connection refused")
    analysis = explain(flag, language)
    assert analysis.language == language
    assert TAXONOMY[Category.CONNECTION_FAILURE].name[language] in analysis.title  # type: ignore[index]
    assert "10.3.4.5:6379" in analysis.title


def test_severity_never_falls_below_the_flags() -> None:
    flag = among_calm("INFO job - finished with 0 errors", severity=Severity.CRITICAL)
    assert explain(flag).severity is Severity.CRITICAL


def test_root_exception_of_a_long_trace_decides() -> None:
    trace = (
        "ERROR web - request failed\norg.app.ServiceException: could not save order\n"
        + "".join(f"\tat org.app.Service.step{i}(Service.java:{i})\n" for i in range(40))
        + "Caused by: org.app.RepositoryException: write failed\n\tat org.app.Repo.save(Repo.java:9)\n"
        + "Caused by: java.io.IOException: No space left on device\n\t... 12 more"
    )
    analysis = explain(among_calm(trace))
    assert analysis.category is Category.DISK_FULL
    assert "No space left on device" in analysis.explanation


def test_cause_is_preferred_to_its_consequences() -> None:
    flag = among_calm(
        "ERROR store - write failed: No space left on device: /data",
        "ERROR api - request timed out after 5000 ms",
        "ERROR api - Connection refused: 10.0.0.4:5432",
    )
    assert explain(flag).category is Category.DISK_FULL


def test_one_failed_login_is_no_sure_attack_but_many_are() -> None:
    line = "Mar  4 10:01:07 gate sshd[311]: Failed password for ops from 10.0.0.8 port 50122 ssh2"
    one, many = explain(among_calm(line)), explain(among_calm(*[line] * 5))
    assert one.confidence < 0.6 < many.confidence
    assert (one.severity, many.severity) == (Severity.LOW, Severity.HIGH)
    assert "5 times" in many.title


def test_a_recovery_does_not_excuse_a_crash() -> None:
    flag = among_calm("FATAL shop - process crashed: segmentation fault", "INFO shop - back online")
    assert explain(flag).category is Category.SERVICE_CRASH


def test_a_recovery_before_the_fault_excuses_nothing() -> None:
    flag = among_calm(
        "INFO cache - reconnected to 10.1.1.4:6379", "ERROR cache - connection to 10.1.1.4:6379 refused"
    )
    assert explain(flag).category is Category.CONNECTION_FAILURE


@pytest.mark.parametrize(
    "reasons, category",
    [
        (("new_template",), "new_behaviour"),
        (("missing_events",), "missing_events"),
        (("rare_template",), "new_behaviour"),
        (("unusual_order",), "new_behaviour"),
        (("unusual_value",), "new_behaviour"),
        (("unusual_counts",), "volume_change"),
        (("unusual_value", "unusual_counts"), "volume_change"),
    ],
)
def test_without_any_sign_the_detectors_reason_speaks(reasons: tuple[str, ...], category: str) -> None:
    analysis = explain(among_calm("INFO zed - quux entered phase four", reasons=reasons))
    assert analysis.category.value == category
    assert analysis.evidence == (4,)
    assert analysis.confidence < 0.5


@pytest.mark.parametrize(
    "reasons, says",
    [
        (("rare_template",), "new or rare"),
        (("unusual_order",), "order"),
        (("unusual_value",), "a quantity, or after a pause"),
        (("unusual_value", "unusual_order"), "order"),
    ],
)
def test_the_detectors_reason_is_put_into_words(reasons: tuple[str, ...], says: str) -> None:
    assert says in explain(among_calm("INFO zed - quux entered phase four", reasons=reasons)).explanation


def test_an_error_that_no_rule_knows_is_called_unknown() -> None:
    analysis = explain(among_calm("ERROR zed - quux entered phase four", reasons=("unusual_sequence",)))
    assert analysis.category is Category.UNKNOWN
    assert analysis.evidence == (4,)


def test_secrets_do_not_reach_title_or_explanation() -> None:
    line = "ERROR auth - login failed for bob@example.com password=hunter2hunter2 token: Bearer abcdefgh12345678"
    analysis = explain(among_calm(*[line] * 3))
    told = f"{analysis.title} {analysis.explanation} {[entity.span for entity in analysis.entities]}"
    assert "hunter2" not in told
    assert "bob@example.com" not in told
    assert "abcdefgh12345678" not in told


def test_a_flag_without_events_is_still_answered() -> None:
    assert explain(a_flag([""])).category in (Category.NEW_BEHAVIOUR, Category.UNKNOWN)


def test_every_category_has_its_words_and_actions() -> None:
    assert set(TAXONOMY) == set(ACTIONS_FOR) == set(Category)
    for info in TAXONOMY.values():
        assert all(info.name[language] and info.cause[language] for language in LANGUAGES)
    for actions in ACTIONS_FOR.values():
        assert set(actions) <= set(ACTIONS)


def test_long_and_hostile_lines_are_read_in_bounded_time() -> None:
    lines = [
        "ERROR " + "a " * 16_000,
        "x" * 32_000,
        "error: " * 4_000,
        "(((" * 8_000,
        "失败" * 9_000,
        "timeout=" * 4_000,
    ]
    assert explain(a_flag(lines)).explanation


def test_rules_need_no_redis_and_no_http_client() -> None:
    code = (
        "import sys, services.analyzer.rules\n"
        "heavy = {'redis', 'rq', 'httpx', 'tenacity', 'torch', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
