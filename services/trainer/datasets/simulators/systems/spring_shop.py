# ruff: noqa: E501 - a script row is a log line and stays whole
"""An English Spring Boot shop with the default Boot console format: Hibernate, HikariCP, Kafka, Feign, Resilience4j."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "pid": f.integer(1, 9),
    "thread": f.shapes("nio-8080-exec-#", "io-8080-exec-1#", "io-8080-exec-2#"),
    "sched": f.shapes("   scheduling-1", "pool-4-thread-#"),
    "kafka": f.shapes("ntainer#0-#-C-1", "ad | producer-#"),
    "trace": f.shaped("????????????????"),
    "order": f.counter(100200, 3),
    "user": f.integer(1000, 90000),
    "mail": f.shaped("&&&&&&#@mail.example"),
    "sku": f.shaped("%%%-####"),
    "qty": f.integer(1, 5),
    "total": f.skewed(64, 0.8, 2, least=4),
    "ms": f.skewed(24, 0.7, least=2),
    "slow": f.integer(2100, 9800),
    "n": f.integer(1, 90),
    "part": f.integer(0, 5),
    "off": f.counter(500000, 5),
    "cache": f.ranked("products", "prices", "users", "tax-rates"),
    "carrier": f.ranked("DHL", "UPS", "DPD", "PostNL"),
    "left": f.integer(3, 900),
    "active": f.gauge(2, 9),
    "tx": f.uuid(),
    "ip": f.address("10.30."),
    "used": f.gauge(210, 480),
    "wait": f.integer(30000, 30009),
    "waiting": f.ramp(6, 1.25),
    "lag": f.ramp(800, 1.4),
    "file": f.ranked("invoice", "label", "packing-slip"),
    "table": f.ranked("orders", "order_line", "stock_item", "customer"),
    "gc": f.ramp(900, 1.25),
}

_FLOWS = (
    flow("place_order", 10, """
        INFO c.e.shop.web.OrderController | POST /api/orders received for customer {user} [{trace}]
        DEBUG c.e.shop.order.OrderValidator | Validated {qty} line(s) for customer {user}
        INFO c.e.shop.stock.StockService | Reserved {qty} x {sku}, {left} left
        ?0.3 INFO c.e.shop.pricing.PricingService | Applied promotion SUMMER to order total {total}
        /?0.1 DEBUG c.e.shop.pricing.PricingService | No promotion matched for customer {user}
        +40-300 INFO c.e.shop.payment.PaymentClient | Payment {tx} authorised in {ms} ms
        INFO c.e.shop.order.OrderService | Order {order} created for customer {user}, total {total}
        DEBUG c.e.shop.events.OrderEventPublisher | Published OrderPlaced for order {order} to partition {part}
        ?0.5 DEBUG org.hibernate.SQL | insert into orders (created_at, customer_id, total, id) values (?, ?, ?, ?)
        INFO c.e.shop.web.OrderController | POST /api/orders answered 201 in {ms} ms [{trace}]
    """),
    flow("browse", 9, """
        DEBUG c.e.shop.web.ProductController | GET /api/products/{sku} [{trace}]
        ?0.2 DEBUG o.s.cache.interceptor.CacheInterceptor | Cache miss for {cache}::{sku}
        & DEBUG org.hibernate.SQL | select p.id, p.name, p.price from product p where p.sku=?
        ?0.03 WARN c.e.shop.web.ProductController | Product {sku} not found
        / DEBUG c.e.shop.web.ProductController | Returned product {sku} in {ms} ms
    """),
    flow("ship", 5, """
        INFO c.e.shop.shipping.OrderPlacedListener | Received OrderPlaced for order {order} (partition {part}, offset {off})
        INFO c.e.shop.shipping.LabelService | Created {carrier} label for order {order}
        ?0.4 DEBUG c.e.shop.documents.PdfRenderer | Rendered {file}-{order}.pdf ({ms} kB)
        INFO c.e.shop.order.OrderService | Order {order} moved from PAID to SHIPPED
        ?0.8 INFO c.e.shop.mail.MailService | Mail 'shipped' queued for {mail}
    """),
    flow("login", 4, """
        INFO c.e.shop.security.AuthService | Login attempt for {mail} from {ip}
        ?0.07 WARN c.e.shop.security.AuthService | Bad credentials for {mail} from {ip}
        / INFO c.e.shop.security.TokenService | Issued token for {mail}, expires in 1800 s
    """),
    flow("payment_retry", 0.4, """
        WARN c.e.shop.payment.PaymentClient | Payment {tx} attempt 1 failed: Read timed out executing POST https://pay.example/v1/charges; retrying
        +300-900 INFO c.e.shop.payment.PaymentClient | Payment {tx} authorised in {ms} ms
    """),
    flow("declined", 0.5, """
        INFO c.e.shop.web.OrderController | POST /api/orders received for customer {user} [{trace}]
        INFO c.e.shop.payment.PaymentClient | Payment {tx} declined by issuer
        INFO c.e.shop.stock.StockService | Released {qty} x {sku}
        WARN o.s.web.servlet.mvc.support.DefaultHandlerExceptionResolver | Resolved [com.example.shop.payment.PaymentDeclinedException: declined]
    """),
    flow("bad_request", 0.4, """
        WARN o.s.web.servlet.mvc.support.DefaultHandlerExceptionResolver | Resolved [org.springframework.http.converter.HttpMessageNotReadableException: JSON parse error: Unexpected character ('}' (code 125))]
    """),
    flow("optimistic_lock", 0.2, """
        WARN c.e.shop.stock.StockService | Concurrent update of {sku}, retrying
        |org.springframework.orm.ObjectOptimisticLockingFailureException: Row was updated or deleted by another transaction : [com.example.shop.stock.StockItem#{n}]
        |\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:325)
        |\tat com.example.shop.stock.StockService.reserve(StockService.java:74)
        INFO c.e.shop.stock.StockService | Reserved {qty} x {sku}, {left} left
    """),
    flow("client_abort", 0.2, """
        DEBUG o.a.catalina.core.StandardWrapperValve | Client aborted the request: java.io.IOException: Broken pipe
    """),
    flow("cart_cleanup", 0, """
        INFO c.e.shop.jobs.CartCleanupJob | Cart cleanup started
        INFO c.e.shop.jobs.CartCleanupJob | Removed {n} abandoned carts in {ms} ms
    """, every_s=90),
    flow("hikari", 0, """
        DEBUG com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Pool stats (total=20, active={active}, idle=11, waiting=0)
        ?0.3 DEBUG com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Fill pool skipped, pool has sufficient level or currently being filled.
    """, every_s=30),
    flow("metrics", 0, """
        INFO c.e.shop.metrics.JvmReporter | heap used {used} MB, threads {left}, gc pause {ms} ms
    """, every_s=60),
    flow("kafka_housekeeping", 0.4, """
        INFO o.a.k.clients.consumer.internals.ConsumerCoordinator | [Consumer clientId=consumer-shipping-1, groupId=shipping] Resetting offset for partition orders-{part} to position FetchPosition[offset={off}]
        ?0.4 INFO org.apache.kafka.clients.NetworkClient | [Consumer clientId=consumer-shipping-1, groupId=shipping] Node {part} disconnected.
        ?0.2 INFO o.a.k.clients.consumer.internals.AbstractCoordinator | [Consumer clientId=consumer-shipping-1, groupId=shipping] Discovered group coordinator {ip}:9092 (id: 214748{n})
    """),
    flow("low_stock", 0.4, """
        WARN c.e.shop.stock.StockMonitor | Stock of {sku} below threshold: {qty} left
        INFO c.e.shop.stock.ReorderService | Reorder of {n} x {sku} sent to supplier
    """),
    flow("slow_query", 0.2, """
        INFO org.hibernate.SQL_SLOW | SlowQuery: {slow} milliseconds. SQL: 'select o from Order o join o.lines where o.status = ?'
    """),
    flow("config_refresh", 0.05, """
        INFO o.s.cloud.endpoint.event.RefreshEventListener | Refresh keys changed: [shop.promotions.enabled]
    """),
    flow("restart", 0.02, """
        INFO o.s.b.w.e.tomcat.GracefulShutdown | Commencing graceful shutdown. Waiting for active requests to complete
        INFO o.s.b.w.e.tomcat.GracefulShutdown | Graceful shutdown complete
        INFO com.zaxxer.hikari.HikariDataSource | HikariPool-1 - Shutdown completed.
        +2000-6000 INFO c.example.shop.ShopApplication | Starting ShopApplication v3.4.1 using Java 21.0.4 with PID {@pid} (/app/shop.jar started by app in /app)
        INFO c.example.shop.ShopApplication | The following 1 profile is active: "production"
        INFO .s.d.r.c.RepositoryConfigurationDelegate | Finished Spring Data repository scanning in {ms} ms. Found {n} JPA repository interfaces.
        INFO o.s.b.w.embedded.tomcat.TomcatWebServer | Tomcat initialized with port 8080 (http)
        INFO com.zaxxer.hikari.HikariDataSource | HikariPool-1 - Start completed.
        INFO o.f.core.internal.command.DbMigrate | Schema "public" is up to date. No migration necessary.
        INFO c.example.shop.ShopApplication | Started ShopApplication in 11.{n} seconds (process running for 12.{n})
    """),
    flow("nightly_invoices", 0.01, """
        INFO c.e.shop.jobs.InvoiceJob | Nightly invoicing started
        *3-6 INFO c.e.shop.jobs.InvoiceJob | Invoiced batch {~n}: {~left} orders
        INFO c.e.shop.jobs.InvoiceJob | Nightly invoicing finished in {slow} ms
    """, every_s=86400),
)  # fmt: skip

_FAULTS = (
    fault("db_connection_lost", "connection_failure", "数据库连接中断，连接池无法建立新连接", "The database goes away; the pool cannot open new connections", """
        *2-3 WARN com.zaxxer.hikari.pool.PoolBase | HikariPool-1 - Failed to validate connection org.postgresql.jdbc.PgConnection@{~trace} (This connection has been closed.). Possibly consider using a shorter maxLifetime value.
        *2-3 ERROR o.h.engine.jdbc.spi.SqlExceptionHelper | An I/O error occurred while sending to the backend.
        *1-3 ERROR o.a.c.c.C.[.[.[/].[dispatcherServlet] | Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception
        |org.springframework.transaction.CannotCreateTransactionException: Could not open JPA EntityManager for transaction
        |\tat org.springframework.orm.jpa.JpaTransactionManager.doBegin(JpaTransactionManager.java:466)
        |\tat com.example.shop.order.OrderService$$SpringCGLIB$$0.place(<generated>)
        |Caused by: org.postgresql.util.PSQLException: Connection to db-orders:5432 refused. Check that the hostname and port are correct.
        |\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)
        |\t... 71 common frames omitted
        WARN o.s.b.a.jdbc.DataSourceHealthIndicator | DataSource health check failed
        *1-2 ERROR c.e.shop.jobs.CartCleanupJob | Cart cleanup failed: Could not open JPA EntityManager for transaction
    """, {"place_order": """
        INFO c.e.shop.web.OrderController | POST /api/orders received for customer {user} [{trace}]
        ERROR c.e.shop.order.OrderService | Could not create order for customer {user}: Unable to acquire JDBC Connection
        INFO c.e.shop.web.OrderController | POST /api/orders answered 500 in {slow} ms [{trace}]
    """}),
    fault("pool_starved", "cpu_or_thread_exhausted", "连接池与工作线程被慢查询占满", "Slow queries starve the connection pool and the worker threads", """
        *2-3 INFO org.hibernate.SQL_SLOW | SlowQuery: {~slow} milliseconds. SQL: 'select s from StockItem s where s.warehouse = ? for update'
        *2-3 DEBUG com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Pool stats (total=20, active=20, idle=0, waiting={~waiting})
        *2-3 ERROR o.h.engine.jdbc.spi.SqlExceptionHelper | HikariPool-1 - Connection is not available, request timed out after {~wait}ms.
        *1-2 WARN com.zaxxer.hikari.pool.ProxyLeakTask | Connection leak detection triggered for org.postgresql.jdbc.PgConnection@{~trace} on thread http-nio-8080-exec-{~part}, stack trace follows
        |java.lang.Exception: Apparent connection leak detected
        |\tat com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:127)
        |\tat com.example.shop.stock.StockService.lockWarehouse(StockService.java:131)
        WARN o.a.tomcat.util.threads.ThreadPoolExecutor | All threads (200) are currently busy, waiting. Increase maxThreads (200) or check the servlet status
    """, {"place_order": """
        INFO c.e.shop.web.OrderController | POST /api/orders received for customer {user} [{trace}]
        ERROR c.e.shop.order.OrderService | Could not create order for customer {user}: Connection is not available, request timed out after {wait}ms.
    """}),
    fault("heap_exhausted", "memory_exhausted", "堆内存耗尽，频繁回收后溢出", "The heap fills up: long collections, then OutOfMemoryError", """
        *3-4 INFO c.e.shop.metrics.JvmReporter | heap used 10{~n} MB, threads {~left}, gc pause {~gc} ms
        WARN c.e.shop.metrics.JvmReporter | Heap above 95 % after full collection
        *1-2 ERROR o.a.c.c.C.[.[.[/].[dispatcherServlet] | Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception [Handler dispatch failed: java.lang.OutOfMemoryError: Java heap space] with root cause
        |java.lang.OutOfMemoryError: Java heap space
        |\tat java.base/java.util.Arrays.copyOf(Arrays.java:3541)
        |\tat com.example.shop.documents.PdfRenderer.render(PdfRenderer.java:203)
        WARN com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=1m{n}s{ms}ms).
        ERROR o.s.kafka.listener.KafkaMessageListenerContainer | Stopping container due to an Error
    """),
    fault("payment_breaker", "dependency_unavailable", "支付服务故障，熔断器打开", "The payment service fails and the circuit breaker opens", """
        *3-5 WARN c.e.shop.payment.PaymentClient | Payment {~tx} attempt {~qty} failed: [503 Service Unavailable] during [POST] to [https://pay.example/v1/charges]; retrying
        *2 ERROR c.e.shop.payment.PaymentClient | Payment {~tx} failed after 3 attempts
        WARN i.g.r.c.internal.CircuitBreakerStateMachine | CircuitBreaker 'payment' changed state from CLOSED to OPEN
        *2-4 WARN c.e.shop.payment.PaymentClient | CircuitBreaker 'payment' is OPEN and does not permit further calls
        INFO i.g.r.c.internal.CircuitBreakerStateMachine | CircuitBreaker 'payment' changed state from OPEN to HALF_OPEN
        WARN i.g.r.c.internal.CircuitBreakerStateMachine | CircuitBreaker 'payment' changed state from HALF_OPEN to OPEN
    """, {"place_order": """
        INFO c.e.shop.web.OrderController | POST /api/orders received for customer {user} [{trace}]
        INFO c.e.shop.stock.StockService | Reserved {qty} x {sku}, {left} left
        WARN c.e.shop.payment.PaymentClient | CircuitBreaker 'payment' is OPEN and does not permit further calls
        INFO c.e.shop.stock.StockService | Released {qty} x {sku}
        INFO c.e.shop.web.OrderController | POST /api/orders answered 503 in {ms} ms [{trace}]
    """, "payment_retry": ""}),
    fault("consumer_stuck", "queue_backlog", "消费者超时被踢出，消息积压", "The consumer is expelled from its group and messages pile up", """
        *2-3 WARN c.e.shop.shipping.LagMonitor | Lag of group shipping on orders-{~part}: {~lag}
        WARN o.a.k.clients.consumer.internals.ConsumerCoordinator | [Consumer clientId=consumer-shipping-1, groupId=shipping] consumer poll timeout has expired. This means the time between subsequent calls to poll() was longer than the configured max.poll.interval.ms
        INFO o.a.k.clients.consumer.internals.ConsumerCoordinator | [Consumer clientId=consumer-shipping-1, groupId=shipping] Member consumer-shipping-1-{tx} sending LeaveGroup request to coordinator
        ERROR o.s.kafka.listener.KafkaMessageListenerContainer | Consumer exception
        |org.apache.kafka.clients.consumer.CommitFailedException: Offset commit cannot be completed since the consumer is not part of an active group
        |\tat org.apache.kafka.clients.consumer.internals.ConsumerCoordinator.sendOffsetCommitRequest(ConsumerCoordinator.java:1367)
        *2-3 WARN c.e.shop.shipping.LagMonitor | Lag of group shipping on orders-{~part}: {~lag}
    """, {"ship": ""}),
    fault("missing_property", "configuration_error", "错误配置导致应用反复启动失败", "A wrong configuration keeps the application from starting", """
        INFO o.s.b.w.e.tomcat.GracefulShutdown | Commencing graceful shutdown. Waiting for active requests to complete
        *2-3 INFO c.example.shop.ShopApplication | Starting ShopApplication v3.4.2 using Java 21.0.4 with PID {@pid} (/app/shop.jar started by app in /app)
        & WARN ConfigServletWebServerApplicationContext | Exception encountered during context initialization - cancelling refresh attempt: org.springframework.beans.factory.UnsatisfiedDependencyException: Error creating bean with name 'paymentClient'
        & ERROR o.s.boot.SpringApplication | Application run failed
        |org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'paymentClient': Injection of autowired dependencies failed
        |\tat org.springframework.beans.factory.annotation.AutowiredAnnotationBeanPostProcessor.postProcessProperties(AutowiredAnnotationBeanPostProcessor.java:515)
        |Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'shop.payment.api-key' in value "(shop.payment.api-key)"
        |\t... 24 common frames omitted
        & INFO o.apache.catalina.core.StandardService | Stopping service [Tomcat]
    """),
    fault("token_forgery", "authentication_attack", "伪造令牌与账户猜测", "Forged tokens and guessed accounts from one address", """
        *5-8 WARN c.e.shop.security.AuthService | Bad credentials for {~mail} from {ip}
        *3-5 WARN c.e.shop.security.TokenService | Rejected token from {ip}: JWT signature does not match locally computed signature
        *1-2 WARN c.e.shop.security.AuthService | Account {~mail} locked after 5 failed attempts
        WARN c.e.shop.security.RateLimiter | {ip} exceeded 20 login attempts per minute
    """),
)  # fmt: skip

_HEADER = "{time} {level:>5} {@pid} --- [{^thread:>15}] {source:<40} : {message}"
_BACKGROUND = {
    "c.e.shop.jobs.CartCleanupJob": "sched",
    "c.e.shop.jobs.InvoiceJob": "sched",
    "c.e.shop.metrics.JvmReporter": "sched",
    "c.e.shop.shipping.OrderPlacedListener": "kafka",
    "c.e.shop.shipping.LabelService": "kafka",
    "o.a.k.clients.consumer.internals.ConsumerCoordinator": "kafka",
}

SIMULATOR = Simulator(
    name="spring_shop",
    language="en",
    headers={"": _HEADER} | {at: _HEADER.replace("thread", kind) for at, kind in _BACKGROUND.items()},
    clock=clocks.pattern("%Y-%m-%dT%H:%M:%S.", 3, "Z"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=8,
)
