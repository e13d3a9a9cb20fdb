# ruff: noqa: E501 - a script row is a log line and stays whole
"""微服务网关: a Chinese API gateway (Nacos, Sentinel, Redis, Feign) with log4j's comma milliseconds and a trace id."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "thread": f.shapes("reactor-http-epoll-#", "boundedElastic-##", "nioEventLoopGroup-3-#"),
    "trace": f.shaped("????????????????"),
    "svc": f.ranked("用户服务", "商品服务", "营销服务", "消息服务", "文件服务", "报表服务"),
    "id": f.ranked("user-center", "goods-center", "promo-center", "msg-center", "file-center", "report-center"),
    "path": f.ranked(
        "/api/user/info",
        "/api/goods/list",
        "/api/promo/coupon",
        "/api/msg/unread",
        "/api/file/upload",
        "/api/report/daily",
    ),
    "uid": f.integer(100001, 999999),
    "ip": f.address("36."),
    "bad": f.address("121.40."),
    "node": f.address("172.20."),
    "ms": f.skewed(42, 0.7, least=3),
    "slow": f.integer(3001, 9800),
    "n": f.integer(2, 60),
    "bytes": f.skewed(5200, 0.8, least=90),
    "app": f.ranked("安卓客户端", "苹果客户端", "微信小程序", "H5页面", "开放平台"),
    "ver": f.shaped("#.#.#"),
    "key": f.shaped("????????"),
    "city": f.ranked("北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安"),
    "qps": f.gauge(180, 760),
    "conn": f.gauge(400, 1900),
    "limit": f.one_of("1000"),
    "hot": f.ramp(1100, 1.2),
    "fail": f.decimal(31, 92, 1),
    "tenant": f.ranked("华北运营部", "电商事业部", "门店系统", "合作伙伴A", "合作伙伴B"),
    "rule": f.ranked("流控规则", "熔断规则", "路由规则", "黑名单规则"),
    "sql": f.ranked(
        "' or 1=1 --",
        "union select password from sys_user",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "${jndi:ldap://x.cn/a}",
    ),
    "day": f.integer(1, 28),
    "pct": f.gauge(22, 68),
    "used": f.ramp(88, 1.012, 1),
}

_FLOWS = (
    flow("转发", 12, """
        INFO GatewayAccessFilter | 收到请求，方法=GET，路径={path}，来源={ip}，终端={app}
        DEBUG AuthFilter | 令牌校验通过，用户={uid}
        ?0.3 DEBUG RouteLocator | 路由匹配成功，目标服务={id}，实例={node}:8080
        ?0.02 WARN LoadBalancer | 实例{node}:8080响应缓慢，耗时{slow}ms，降低权重
        INFO GatewayAccessFilter | 请求完成，路径={path}，状态码=200，耗时{ms}ms，响应{bytes}字节
    """),
    flow("写请求", 5, """
        INFO GatewayAccessFilter | 收到请求，方法=POST，路径={path}，来源={ip}，终端={app}
        DEBUG SignFilter | 签名校验通过，应用标识=app_{key}
        DEBUG IdempotentFilter | 幂等键{key}首次出现，放行
        ?0.03 INFO IdempotentFilter | 幂等键{key}重复提交，直接返回上次结果
        INFO GatewayAccessFilter | 请求完成，路径={path}，状态码=200，耗时{ms}ms，响应{bytes}字节
    """),
    flow("未登录", 1, """
        INFO GatewayAccessFilter | 收到请求，方法=GET，路径={path}，来源={ip}，终端={app}
        WARN AuthFilter | 令牌已过期，用户={uid}，返回401
    """),
    flow("刷新令牌", 2, """
        INFO TokenService | 刷新令牌成功，用户={uid}，新令牌有效期7200秒
        ?0.05 WARN TokenService | 刷新令牌失败，用户={uid}，原因=刷新令牌已失效
    """),
    flow("参数错误", 0.6, """
        WARN ParamFilter | 请求参数不合法，路径={path}，字段=pageSize，要求不大于200
    """),
    flow("重试成功", 0.4, """
        WARN RetryFilter | 调用{svc}失败，实例{node}:8080，原因=连接被重置，准备重试
        +50-300 INFO RetryFilter | 第1次重试成功，目标{svc}，耗时{ms}ms
    """),
    flow("限流个别", 0.4, """
        WARN SentinelFilter | 触发单用户限流，用户={uid}，路径={path}，阈值20次/秒
    """),
    flow("开放接口", 2, """
        INFO OpenApiFilter | 开放平台调用，租户={tenant}，接口={path}，剩余配额{n}00次
        ?0.05 WARN OpenApiFilter | 租户{tenant}配额即将用尽，已使用9{n}%
    """),
    flow("灰度", 0.6, """
        DEBUG GrayRouteFilter | 命中灰度规则，用户={uid}，目标版本=v{ver}
    """),
    flow("文件上传", 0.8, """
        INFO UploadFilter | 接收文件上传，大小{bytes}KB，用户={uid}
        ?0.08 WARN UploadFilter | 文件超过限制20MB，用户={uid}，已拒绝
        / INFO UploadFilter | 文件转存成功，对象键=obj/{key}，耗时{ms}ms
    """),
    flow("实例上线", 0.15, """
        INFO NacosSubscriber | 服务{id}实例变更，上线{node}:8080，当前实例数{n}
        INFO RouteLocator | 重新加载路由缓存完成，共{n}条路由
    """),
    flow("滚动发布", 0.06, """
        INFO NacosSubscriber | 服务{id}实例变更，下线{node}:8080，当前实例数{n}
        +500-2500 INFO NacosSubscriber | 服务{id}实例变更，上线{node}:8080，当前实例数{n}
        INFO HealthChecker | 实例{node}:8080通过健康检查，加入负载均衡
        INFO RouteLocator | 重新加载路由缓存完成，共{n}条路由
    """),
    flow("规则推送", 0.15, """
        INFO NacosConfigListener | 收到配置推送，类型={rule}，版本={ver}
        INFO SentinelRuleManager | {rule}加载完成，共{n}条
    """),
    flow("心跳", 0, """
        DEBUG NacosHeartbeat | 心跳发送成功，本机实例{@node}:9000
    """, every_s=5),
    flow("统计", 0, """
        INFO MetricsReporter | 近一分钟统计：QPS={qps}，平均耗时{ms}ms，错误率0.{n}%
        INFO MetricsReporter | 连接数={conn}，堆内存使用率{pct}%，直接内存{n}MB
    """, every_s=60),
    flow("健康检查", 0, """
        DEBUG HealthChecker | 健康检查完成，健康实例{n}个，异常实例0个
    """, every_s=15),
    flow("黑名单", 0, """
        INFO BlackListTask | 黑名单同步完成，共{n}条，新增0条
        ?0.2 INFO BlackListTask | 移除过期黑名单{day}条
    """, every_s=120),
    flow("日志清理", 0.01, """
        INFO LogCleanTask | 开始清理过期访问日志，保留30天
        *2-4 INFO LogCleanTask | 已删除日志文件gateway-access.2026-0{~n}.log.gz
        INFO LogCleanTask | 清理结束，释放磁盘{bytes}MB
    """, every_s=86400),
    flow("长连接", 1, """
        INFO WebSocketHandler | 建立长连接，用户={uid}，终端={app}，当前连接数={conn}
        +500-9000 DEBUG WebSocketHandler | 收到客户端心跳，用户={uid}
        ?0.3 INFO WebSocketHandler | 推送消息成功，用户={uid}，消息类型=订单提醒
        INFO WebSocketHandler | 长连接关闭，用户={uid}，关闭码=1000
    """),
    flow("缓存", 1.5, """
        DEBUG ResponseCache | 命中响应缓存，路径={path}，剩余有效期{n}秒
        /?0.3 DEBUG ResponseCache | 写入响应缓存，路径={path}，大小{bytes}字节
    """),
    flow("跨域", 0.5, """
        DEBUG CorsFilter | 放行跨域预检请求，来源域名=m.example.cn，路径={path}
    """),
    flow("地域统计", 0.4, """
        DEBUG GeoService | 解析来源地域，IP={ip}，城市={city}
    """),
)  # fmt: skip

_FAULTS = (
    fault("downstream_down", "dependency_unavailable", "下游服务全部实例失联，熔断降级", "All instances of a downstream service vanish; the gateway breaks the circuit", """
        *2-3 WARN HealthChecker | 实例{~node}:8080健康检查失败，连续失败{~n}次
        & INFO NacosSubscriber | 服务user-center实例变更，下线{node}:8080，当前实例数0
        *2-4 ERROR GatewayErrorHandler | 转发失败，目标服务=user-center，没有可用实例，trace={~trace}
        |org.springframework.cloud.gateway.support.NotFoundException: 503 SERVICE_UNAVAILABLE "Unable to find instance for user-center"
        |\tat org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter.lambda$filter$0(ReactiveLoadBalancerClientFilter.java:113)
        WARN SentinelCircuitBreaker | 用户服务异常比例{fail}%，触发熔断，时长30秒
        *2-3 WARN FallbackHandler | 返回降级数据，路径=/api/user/info，原因=熔断中
    """, {"转发": """
        INFO GatewayAccessFilter | 收到请求，方法=GET，路径=/api/user/info，来源={ip}，终端={app}
        ERROR GatewayAccessFilter | 请求完成，路径=/api/user/info，状态码=503，耗时{ms}ms，响应86字节
    """}),
    fault("downstream_timeout", "timeout", "下游响应超时，请求堆积", "A downstream service answers too late and requests pile up", """
        *3-5 WARN LoadBalancer | 实例{~node}:8080响应缓慢，耗时{~slow}ms，降低权重
        *3-5 ERROR GatewayErrorHandler | 调用{svc}超时，已等待5000ms，trace={~trace}
        |java.util.concurrent.TimeoutException: Did not observe any item or terminal signal within 5000ms
        |\tat reactor.core.publisher.FluxTimeout$TimeoutMainSubscriber.handleTimeout(FluxTimeout.java:296)
        *1-2 INFO MetricsReporter | 近一分钟统计：QPS={~qps}，平均耗时{~slow}ms，错误率2{~n}%
        WARN ConnectionPool | 下游连接池等待队列已满，待处理请求{hot}个
    """, {"写请求": """
        INFO GatewayAccessFilter | 收到请求，方法=POST，路径={path}，来源={ip}，终端={app}
        ERROR GatewayAccessFilter | 请求完成，路径={path}，状态码=504，耗时{slow}ms，响应92字节
    """}),
    fault("traffic_flood", "rate_limited", "突发流量触发全局限流，大量请求被拒", "A burst of traffic trips the global limit and requests are refused", """
        *2-3 INFO MetricsReporter | 近一分钟统计：QPS={~hot}，平均耗时{~ms}ms，错误率{~n}.1%
        *5-8 WARN SentinelFilter | 触发全局限流，路径={~path}，当前QPS={~hot}，阈值{limit}，返回429
        *1-2 WARN SentinelFilter | 来源{~ip}请求频率异常，已限制访问
        ERROR AlarmService | 发送告警：网关限流比例超过30%，接收人=值班组
    """, {"开放接口": "WARN OpenApiFilter | 租户{tenant}超出配额，返回429"}),
    fault("redis_lost", "connection_failure", "令牌缓存Redis断开，鉴权全部失败", "The token cache in Redis is lost and every authentication fails", """
        *2-3 WARN RedisReconnect | Redis连接断开，地址={@node}:6379，第{~n}次重连
        *2-4 ERROR AuthFilter | 读取令牌失败，返回500，trace={~trace}
        |io.lettuce.core.RedisCommandTimeoutException: Command timed out after 3 second(s)
        |\tat io.lettuce.core.internal.ExceptionFactory.createTimeoutException(ExceptionFactory.java:59)
        *1-2 ERROR RedisReconnect | 无法连接Redis，地址={@node}:6379，原因=Connection refused
        *1-2 WARN IdempotentFilter | 幂等校验不可用，跳过检查，幂等键{~key}
        WARN BlackListTask | 黑名单同步失败，使用本地快照
    """, {"转发": """
        INFO GatewayAccessFilter | 收到请求，方法=GET，路径={path}，来源={ip}，终端={app}
        ERROR GatewayAccessFilter | 请求完成，路径={path}，状态码=500，耗时3{n}ms，响应64字节
    """, "刷新令牌": ""}),
    fault("injection", "injection_attempt", "同一来源的注入与越权探测", "One source probes for injections and other users' data", """
        *5-9 WARN WafFilter | 拦截可疑请求，来源={bad}，路径={~path}，命中规则=SQL注入，参数={~sql}
        *2-3 WARN WafFilter | 拦截可疑请求，来源={bad}，路径={~path}，命中规则=目录穿越，参数=../../etc/passwd
        *2-3 WARN AuthFilter | 越权访问被拒绝，用户={uid}，目标用户={~uid}，来源={bad}
        INFO BlackListTask | 来源{bad}加入黑名单，原因=连续攻击
    """),
    fault("signature_replay", "authentication_attack", "伪造签名与重放请求", "Forged signatures and replayed requests", """
        *5-8 WARN SignFilter | 签名校验失败，应用标识=app_{key}，来源={bad}
        *3-5 WARN SignFilter | 请求时间戳超出允许范围，疑似重放，来源={bad}，偏差{~slow}秒
        *1-2 WARN AuthFilter | 令牌签名无效，来源={bad}，返回401
        ERROR AlarmService | 发送告警：应用app_{key}签名失败次数异常，接收人=安全组
    """),
    fault("registry_lost", "network_partition", "与注册中心失联，服务列表过期", "The gateway loses the registry and its service list grows stale", """
        *3-5 ERROR NacosHeartbeat | 心跳发送失败，本机实例{@node}:9000，原因=连接注册中心超时
        *2-3 WARN NacosSubscriber | 拉取服务{~id}实例列表失败，使用本地缓存，缓存时间{~n}分钟前
        WARN NacosConfigListener | 与配置中心的长轮询中断，{n}秒后重试
        *1-3 ERROR LoadBalancer | 实例{~node}:8080拒绝连接，实例可能已下线
        ERROR NacosSubscriber | 切换注册中心节点失败，所有节点均不可达
    """),
    fault("direct_memory", "memory_exhausted", "直接内存泄漏，转发失败直至进程重启", "Direct memory leaks until forwarding fails and the process restarts", """
        *2-3 WARN MetricsReporter | 直接内存使用率{~used}%，连接数={~conn}
        *1-2 ERROR LeakDetector | 检测到缓冲区未释放，ByteBuf.release()未被调用，最近访问位置=ResponseRewriteFilter
        *2-3 ERROR GatewayErrorHandler | 处理请求失败，trace={~trace}
        |io.netty.util.internal.OutOfDirectMemoryError: failed to allocate 16777216 byte(s) of direct memory (used: 1040187392, max: 1056964608)
        |\tat io.netty.util.internal.PlatformDependent.incrementMemoryCounter(PlatformDependent.java:843)
        INFO GatewayApplication | 网关启动中，版本=v{ver}
        INFO GatewayApplication | 网关启动完成，端口9000，耗时{slow}ms
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="gateway_zh",
    language="zh",
    headers={"": "{time} [{^thread}] {level:<5} {source} [{trace}] - {message}"},
    clock=clocks.LOG4J,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=10,
)
