# ruff: noqa: E501 - a script row is a log line and stays whole
"""订单系统: a Chinese Spring Boot shop (orders, stock, payment, delivery) on MyBatis, Redis and RabbitMQ, logback format."""

from services.trainer.datasets.simulators.clocks import LOGBACK
from services.trainer.datasets.simulators.engine import Simulator, fault, flow
from services.trainer.datasets.simulators.fields import (
    address,
    gauge,
    integer,
    one_of,
    ramp,
    ranked,
    shaped,
    shapes,
    skewed,
)

_FIELDS = {
    "thread": shapes("http-nio-8080-exec-#", "http-nio-8080-exec-##", "http-nio-8080-exec-1#"),
    "job": shapes("scheduling-1", "quartzScheduler_Worker-#", "pool-3-thread-#"),
    "mq": shapes("rabbit-listener-#", "org.springframework.amqp.rabbit.RabbitListenerEndpointContainer#0-#"),
    "order": shaped("DD2026############"),
    "user": integer(10001, 89999),
    "name": ranked("张伟", "王芳", "李娜", "刘洋", "陈静", "杨磊", "赵敏", "黄强", "周杰", "吴婷", "徐浩", "孙丽"),
    "sku": shaped("SP10####"),
    "goods": ranked(
        "无线蓝牙耳机", "保温杯500ml", "机械键盘87键", "纯棉四件套", "儿童书包", "空气炸锅", "山核桃礼盒", "运动跑鞋"
    ),
    "qty": one_of("1", "1", "1", "2", "2", "3", "5"),
    "left": skewed(240, 0.9, least=12),
    "amount": skewed(168, 0.8, 2, least=9.9),
    "ms": skewed(38, 0.7, least=2),
    "slow": integer(1020, 2400),
    "pay": shaped("PAY################"),
    "channel": ranked("支付宝", "微信支付", "银联云闪付", "余额支付"),
    "express": ranked("顺丰速运", "中通快递", "圆通速递", "京东物流", "韵达快递"),
    "waybill": shaped("SF#############"),
    "wh": ranked("华东一号仓", "华南二号仓", "华北中心仓", "西南前置仓"),
    "ip": address("172.16."),
    "client": address("114."),
    "phone": shaped("13#****####"),
    "city": ranked("广东省 深圳市", "浙江省 杭州市", "上海市", "北京市", "四川省 成都市", "内网IP"),
    "n": integer(1, 60),
    "batch": integer(80, 900),
    "page": integer(1, 30),
    "rows": skewed(24, 0.9),
    "conns": gauge(3, 14),
    "heap": gauge(38, 71),
    "token": shaped("????????????????"),
    "cpn": shaped("YHQ######"),
    "ver": shaped("2.#.##"),
    "day": shaped("2026-0#-1#"),
    "wait": integer(30001, 30019),
    "waiting": ramp(4, 1.25),
    "retry": one_of("1", "2", "3"),
    "backlog": ramp(1800, 1.35),
    "lag": ramp(12, 1.4),
    "used": ramp(86, 1.015, 1),
    "db": address("10.20.3."),
}

_FLOWS = (
    flow("下单", 10, """
        INFO  c.ruoyi.order.controller.OrderController | 收到下单请求，用户ID={user}，商品编码={sku}，数量={qty}
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 开始校验订单参数，用户ID={user}
        ?0.3 DEBUG c.ruoyi.order.mapper.OrderMapper.selectUserAddress | ==> Parameters: {user}(Long)，查询收货地址
        &    DEBUG c.ruoyi.order.mapper.OrderMapper.selectUserAddress | <==      Total: 1，收货地址查询完成
        INFO  c.ruoyi.stock.service.impl.StockServiceImpl | 锁定库存成功，商品编码={sku}，锁定数量={qty}，剩余可用={left}
        ?0.25 INFO  c.ruoyi.order.service.impl.CouponServiceImpl | 优惠券{cpn}核销成功，用户ID={user}
        /?0.1 INFO  c.ruoyi.order.service.impl.CouponServiceImpl | 用户{user}没有可用优惠券，跳过核销
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单创建成功，订单号={order}，应付金额={amount}元
        INFO  c.ruoyi.mq.producer.OrderEventProducer | 发送订单创建消息成功，订单号={order}，路由键=order.created
        INFO  c.ruoyi.order.controller.OrderController | 下单请求处理完成，订单号={order}，耗时{ms}ms
    """),
    flow("支付", 7, """
        INFO  c.ruoyi.pay.controller.PayController | 发起支付，订单号={order}，支付方式={channel}，金额={amount}元
        +40-200 INFO  c.ruoyi.pay.service.impl.PayServiceImpl | 调用{channel}预下单接口成功，支付流水号={pay}，耗时{ms}ms
        +200-1500 INFO  c.ruoyi.pay.controller.NotifyController | 收到{channel}支付结果回调，支付流水号={pay}，来源IP={client}
        INFO  c.ruoyi.pay.service.impl.PayServiceImpl | 回调验签通过，支付流水号={pay}
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：待支付 -> 已支付
        INFO  c.ruoyi.mq.producer.PayEventProducer | 发送支付成功消息，订单号={order}，支付流水号={pay}
    """),
    flow("支付重试后成功", 0.35, """
        INFO  c.ruoyi.pay.controller.PayController | 发起支付，订单号={order}，支付方式={channel}，金额={amount}元
        +800-1500 WARN  c.ruoyi.pay.service.impl.PayServiceImpl | 调用{channel}预下单接口超时，准备第1次重试，支付流水号={pay}
        +200-500 INFO  c.ruoyi.pay.service.impl.PayServiceImpl | 第1次重试成功，支付流水号={pay}，耗时{ms}ms
        +300-900 INFO  c.ruoyi.pay.controller.NotifyController | 收到{channel}支付结果回调，支付流水号={pay}，来源IP={client}
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：待支付 -> 已支付
    """),
    flow("发货", 4, """
        INFO  c.ruoyi.mq.consumer.PayEventConsumer | 消费支付成功消息，订单号={order}，开始分配仓库
        INFO  c.ruoyi.delivery.service.impl.DeliveryServiceImpl | 订单{order}分配至{wh}，收货人={name}
        +20-120 INFO  c.ruoyi.delivery.service.impl.DeliveryServiceImpl | 调用{express}下单接口成功，运单号={waybill}，耗时{ms}ms
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：已支付 -> 已发货
        INFO  c.ruoyi.stock.service.impl.StockServiceImpl | 扣减库存成功，商品编码={sku}，扣减数量={qty}，仓库={wh}
        ?0.4 INFO  c.ruoyi.sms.service.impl.SmsServiceImpl | 发货短信发送成功，手机号={phone}
        /?0.04 WARN  c.ruoyi.sms.service.impl.SmsServiceImpl | 短信发送失败，手机号={phone}，错误码=isv.BUSINESS_LIMIT_CONTROL，稍后补发
    """),
    flow("取消订单", 1.2, """
        INFO  c.ruoyi.order.controller.OrderController | 收到取消订单请求，订单号={order}，用户ID={user}
        INFO  c.ruoyi.stock.service.impl.StockServiceImpl | 释放库存成功，商品编码={sku}，释放数量={qty}
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：待支付 -> 已取消
    """),
    flow("退款", 0.8, """
        INFO  c.ruoyi.pay.controller.RefundController | 收到退款申请，订单号={order}，退款金额={amount}元，原因=七天无理由退货
        INFO  c.ruoyi.pay.service.impl.RefundServiceImpl | 退款审核通过，审核人={name}
        +100-500 INFO  c.ruoyi.pay.service.impl.RefundServiceImpl | {channel}退款成功，支付流水号={pay}
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：已支付 -> 已退款
    """),
    flow("查询订单", 8, """
        INFO  c.ruoyi.order.controller.OrderController | 查询订单列表，用户ID={user}，页码={page}，每页10条
        ?0.5 DEBUG c.ruoyi.order.mapper.OrderMapper.selectOrderList | ==> Parameters: {user}(Long), 10(Integer)，分页查询
        &    DEBUG c.ruoyi.order.mapper.OrderMapper.selectOrderList | <==      Total: {rows}，查询完成
        ?0.015 WARN  c.ruoyi.framework.aspectj.SlowSqlAspect | 慢SQL告警，耗时{slow}ms，方法=OrderMapper.selectOrderList
        INFO  c.ruoyi.order.controller.OrderController | 查询订单列表完成，返回{rows}条，耗时{ms}ms
    """),
    flow("登录", 3, """
        INFO  c.ruoyi.framework.web.service.SysLoginService | 用户[{name}]登录请求，IP={client}
        ?0.06 WARN  c.ruoyi.framework.web.service.SysLoginService | 用户[{name}]验证码错误，IP={client}
        /?0.05 WARN  c.ruoyi.framework.web.service.SysLoginService | 用户[{name}]密码输入错误1次，IP={client}
        /    INFO  c.ruoyi.framework.web.service.TokenService | 用户[{name}]登录成功，令牌={token}，有效期30分钟
        & ?0.7 INFO  c.ruoyi.system.service.impl.SysLogininforServiceImpl | 写入登录日志，用户[{name}]，地点={city}，浏览器=Chrome 12
    """),
    flow("商品浏览", 5, """
        INFO  c.ruoyi.goods.controller.GoodsController | 查询商品详情，商品编码={sku}，商品名称={goods}
        ?0.12 DEBUG c.ruoyi.goods.cache.GoodsCache | 缓存未命中，回源数据库，商品编码={sku}
        &     DEBUG c.ruoyi.goods.cache.GoodsCache | 写入缓存成功，key=goods:{sku}，过期时间1800秒
    """),
    flow("库存不足", 0.4, """
        INFO  c.ruoyi.order.controller.OrderController | 收到下单请求，用户ID={user}，商品编码={sku}，数量=5
        WARN  c.ruoyi.stock.service.impl.StockServiceImpl | 库存不足，商品编码={sku}，商品名称={goods}，需要5，可用2
        INFO  c.ruoyi.framework.web.exception.GlobalExceptionHandler | 业务异常：商品[{goods}]库存不足，请求地址/order/create
    """),
    flow("参数校验失败", 0.3, """
        WARN  c.ruoyi.framework.web.exception.GlobalExceptionHandler | 请求地址'/order/create',参数校验失败：收货手机号格式不正确
    """),
    flow("超时关单任务", 0, """
        INFO  c.ruoyi.quartz.task.OrderTask | 定时任务[超时未支付关单]开始执行
        INFO  c.ruoyi.quartz.task.OrderTask | 扫描到超时未支付订单{n}笔
        *1-4 INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{~order}状态变更：待支付 -> 已关闭
        INFO  c.ruoyi.quartz.task.OrderTask | 定时任务[超时未支付关单]执行结束，耗时{ms}ms
    """, every_s=120),
    flow("监控", 0, """
        INFO  c.ruoyi.framework.monitor.PoolMonitor | 数据源[master]连接池状态：活跃{~conns}，空闲{qty}，等待0
        INFO  c.ruoyi.framework.monitor.JvmMonitor | JVM堆内存使用率{~heap}%，线程数2{n}
    """, every_s=60),
    flow("库存对账", 0, """
        INFO  c.ruoyi.quartz.task.StockTask | 开始库存缓存与数据库对账，仓库={wh}
        INFO  c.ruoyi.quartz.task.StockTask | 对账完成，仓库={wh}，核对商品{batch}个，差异0个
    """, every_s=300),
    flow("夜间日结", 0.01, """
        INFO  c.ruoyi.quartz.task.SettleTask | 日结任务开始，账期={day}
        INFO  c.ruoyi.quartz.task.SettleTask | 汇总订单{batch}笔，合计金额{amount}万元
        *2-4 INFO  c.ruoyi.quartz.task.SettleTask | 第{~n}页结算数据写入完成，共{~batch}条
        INFO  c.ruoyi.quartz.task.SettleTask | 日结任务完成，账期={day}，生成对账文件settle_{day}.csv
    """, every_s=86400),
    flow("数据归档", 0.01, """
        INFO  c.ruoyi.quartz.task.ArchiveTask | 归档任务开始，迁移90天前的历史订单
        INFO  c.ruoyi.quartz.task.ArchiveTask | 已迁移历史订单{batch}笔至t_order_his
        INFO  c.ruoyi.quartz.task.ArchiveTask | 归档任务完成，清理缓存键{n}个
    """, every_s=86400),
    flow("配置刷新", 0.05, """
        INFO  c.ruoyi.framework.config.NacosConfigListener | 监听到配置变更，dataId=order-service.yml，版本={ver}
        INFO  c.ruoyi.framework.config.NacosConfigListener | 配置刷新完成，更新{qty}项
    """),
)  # fmt: skip

_FAULTS = (
    fault("db_connection_lost", "connection_failure",
        "订单库主节点网络中断，连接池中的连接全部失效，下单失败",
        "The order database dropped off the network; pooled connections die and orders fail", """
        WARN  c.a.druid.pool.DruidAbstractDataSource | discard long time none received connection，连接已失效，jdbcUrl=jdbc:mysql://{@db}:3306/ry_order
        ERROR c.ruoyi.order.mapper.OrderMapper | 数据库访问异常，SQL执行中断
        |com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure
        |
        |The last packet successfully received from the server was 10,021 milliseconds ago.
        |\tat com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:174)
        |Caused by: java.net.ConnectException: 拒绝连接 (Connection refused)
        |\t... 42 more
        *2-4 WARN  c.a.druid.pool.DruidDataSource | 创建物理连接失败，第{~retry}次重试，目标={@db}:3306
        WARN  c.ruoyi.framework.monitor.PoolMonitor | 数据源[master]连接池状态：活跃0，空闲0，等待{~waiting}
        *2-4 ERROR c.a.druid.pool.DruidDataSource | create connection SQLException，连接数据库{@db}:3306失败，errorCode 0, state 08S01
        WARN  c.ruoyi.quartz.task.OrderTask | 定时任务[超时未支付关单]执行失败：无法获取数据库连接
        ERROR c.ruoyi.framework.health.HealthIndicator | 健康检查失败，组件=db，状态=DOWN
    """, {"下单": """
        INFO  c.ruoyi.order.controller.OrderController | 收到下单请求，用户ID={user}，商品编码={sku}，数量={qty}
        ERROR c.ruoyi.order.service.impl.OrderServiceImpl | 订单创建失败，用户ID={user}，原因=Could not open JDBC Connection
        WARN  c.ruoyi.stock.service.impl.StockServiceImpl | 回滚库存锁定，商品编码={sku}，数量={qty}
    """, "查询订单": """
        INFO  c.ruoyi.order.controller.OrderController | 查询订单列表，用户ID={user}，页码={page}，每页10条
        ERROR c.ruoyi.framework.web.exception.GlobalExceptionHandler | 请求地址'/order/list',数据库连接不可用，返回降级页面
    """}),
    fault("pool_exhausted", "cpu_or_thread_exhausted",
        "慢SQL占满数据库连接池，请求排队等待直至超时",
        "Slow queries hold every pooled connection; requests queue until they time out", """
        *2-3 WARN  c.ruoyi.framework.aspectj.SlowSqlAspect | 慢SQL告警，耗时1{~slow}ms，方法=StockMapper.selectStockForUpdate
        *2-3 WARN  c.ruoyi.framework.monitor.PoolMonitor | 数据源[master]连接池状态：活跃50，空闲0，等待{~waiting}
        WARN  c.ruoyi.framework.interceptor.CostInterceptor | 请求处理耗时过长，地址=/order/create，耗时2{~slow}ms
        *1-3 ERROR c.ruoyi.framework.web.exception.GlobalExceptionHandler | 请求地址'/order/create',发生系统异常.
        |org.springframework.transaction.CannotCreateTransactionException: Could not open JDBC Connection for transaction
        |\tat org.springframework.jdbc.datasource.DataSourceTransactionManager.doBegin(DataSourceTransactionManager.java:313)
        |\tat com.ruoyi.order.service.impl.OrderServiceImpl.createOrder(OrderServiceImpl.java:142)
        |\tat com.ruoyi.order.controller.OrderController.create(OrderController.java:58)
        |Caused by: com.alibaba.druid.pool.GetConnectionTimeoutException: wait millis {wait}, active 50, maxActive 50
        |\tat com.alibaba.druid.pool.DruidDataSource.getConnectionInternal(DruidDataSource.java:1745)
        |\t... 86 more
        *2 WARN  c.ruoyi.framework.monitor.ThreadMonitor | Tomcat工作线程已占满，活跃200/200，排队{~waiting}
        ERROR c.ruoyi.framework.health.HealthIndicator | 健康检查超时，组件=web，耗时5{slow}ms
    """, {"下单": """
        INFO  c.ruoyi.order.controller.OrderController | 收到下单请求，用户ID={user}，商品编码={sku}，数量={qty}
        ERROR c.ruoyi.order.service.impl.OrderServiceImpl | 订单创建失败，用户ID={user}，原因=wait millis {wait}, active 50, maxActive 50
    """}),
    fault("pay_gateway_timeout", "timeout",
        "第三方支付接口持续超时，重试用尽，订单停在待支付",
        "The payment provider keeps timing out; retries run out and orders stay unpaid", """
        *3-5 WARN  c.ruoyi.pay.service.impl.PayServiceImpl | 调用{~channel}预下单接口超时，准备第{~retry}次重试，支付流水号={~pay}
        *2-4 ERROR c.ruoyi.pay.service.impl.PayServiceImpl | 调用{~channel}接口重试3次后仍然失败，支付流水号={~pay}，异常=java.net.SocketTimeoutException: Read timed out
        WARN  c.ruoyi.pay.service.impl.PayServiceImpl | 支付渠道{channel}连续失败{n}次，触发熔断
        INFO  c.ruoyi.pay.service.impl.PayRouteServiceImpl | 支付渠道{channel}已熔断，尝试切换备用渠道
        ERROR c.ruoyi.pay.service.impl.PayRouteServiceImpl | 备用渠道不可用，支付功能降级
        *1-2 WARN  c.ruoyi.quartz.task.PayCheckTask | 发现{~n}笔订单支付状态未知，已加入人工对账队列
    """, {"支付": """
        INFO  c.ruoyi.pay.controller.PayController | 发起支付，订单号={order}，支付方式={channel}，金额={amount}元
        *2 WARN  c.ruoyi.pay.service.impl.PayServiceImpl | 调用{channel}预下单接口超时，准备第{~retry}次重试，支付流水号={pay}
        ERROR c.ruoyi.pay.controller.PayController | 支付失败，订单号={order}，返回码=PAY_TIMEOUT，请稍后再试
    """, "支付重试后成功": ""}),
    fault("mq_backlog", "queue_backlog",
        "订单消息消费变慢，队列持续积压，发货延迟",
        "Order messages are consumed too slowly; the queue piles up and deliveries lag", """
        *3-5 WARN  c.ruoyi.mq.monitor.QueueMonitor | 队列order.created积压告警，未消费消息{~backlog}条，消费者数{qty}
        *1-2 WARN  c.ruoyi.mq.consumer.PayEventConsumer | 消息处理延迟{~lag}秒，订单号={~order}
        *1-2 ERROR c.ruoyi.mq.consumer.PayEventConsumer | 消息处理失败，重新入队，订单号={~order}，已投递{~retry}次
        *1-2 WARN  c.ruoyi.mq.monitor.QueueMonitor | 队列pay.success积压告警，未消费消息{~backlog}条，消费者数{qty}
        WARN  c.ruoyi.mq.producer.OrderEventProducer | 发送消息等待确认超时，订单号={order}，触发流控
        ERROR c.ruoyi.mq.consumer.DeadLetterConsumer | 消息进入死信队列，订单号={order}，原因=max-retries
    """, {"发货": ""}),
    fault("oom", "memory_exhausted",
        "大报表导出撑满堆内存，频繁Full GC后内存溢出",
        "A huge report export fills the heap: full GCs, then OutOfMemoryError", """
        INFO  c.ruoyi.report.controller.ReportController | 开始导出订单明细，操作人={name}，预计导出2{batch}000条
        *2-3 WARN  c.ruoyi.framework.monitor.JvmMonitor | JVM堆内存使用率{~used}%，线程数2{n}
        *2-3 WARN  c.ruoyi.framework.monitor.JvmMonitor | 检测到Full GC，停顿{~slow}ms，老年代使用率9{qty}%
        ERROR c.ruoyi.report.service.impl.ReportServiceImpl | 导出订单明细失败
        |java.lang.OutOfMemoryError: Java heap space
        |\tat java.util.Arrays.copyOf(Arrays.java:3332)
        |\tat org.apache.poi.xssf.usermodel.XSSFRow.createCell(XSSFRow.java:193)
        |\tat com.ruoyi.report.service.impl.ReportServiceImpl.export(ReportServiceImpl.java:97)
        *2 ERROR c.ruoyi.framework.web.exception.GlobalExceptionHandler | 请求地址'/goods/detail',发生系统异常：GC overhead limit exceeded
        WARN  c.ruoyi.framework.health.HealthIndicator | 心跳上报延迟{slow}ms，实例可能被注册中心剔除
    """),
    fault("stock_deadlock", "deadlock",
        "并发扣减库存相互等待，数据库检测到死锁并回滚事务",
        "Concurrent stock updates wait for one another; the database detects deadlocks and rolls back", """
        *2-3 WARN  c.ruoyi.stock.service.impl.StockServiceImpl | 等待库存行锁超过{~slow}ms，商品编码={sku}
        *2-3 ERROR c.ruoyi.stock.service.impl.StockServiceImpl | 扣减库存失败，商品编码={sku}，订单号={~order}
        |org.springframework.dao.DeadlockLoserDataAccessException: Deadlock found when trying to get lock; try restarting transaction
        |\tat com.ruoyi.stock.mapper.StockMapper.deduct(StockMapper.java)
        |\tat com.ruoyi.stock.service.impl.StockServiceImpl.deductStock(StockServiceImpl.java:211)
        *2-3 WARN  c.ruoyi.order.service.impl.OrderServiceImpl | 事务回滚，订单号={~order}，第{~retry}次重新提交
        ERROR c.ruoyi.stock.service.impl.StockServiceImpl | 库存扣减重试耗尽，商品编码={sku}，已人工告警
    """),
    fault("credential_stuffing", "authentication_attack",
        "同一来源短时间大量尝试登录不同账号，疑似撞库",
        "One source tries many accounts in a short time: credential stuffing", """
        *9-16 WARN  c.ruoyi.framework.web.service.SysLoginService | 用户[{~phone}]密码输入错误1次，IP={client}
        *2-3 WARN  c.ruoyi.framework.web.service.SysLoginService | 用户[{~phone}]密码输入错误5次，账户锁定10分钟，IP={client}
        WARN  c.ruoyi.framework.security.RiskService | 来源IP={client}一分钟内登录失败{batch}次，命中风控规则R102
        INFO  c.ruoyi.framework.security.RiskService | 已将IP={client}加入黑名单，时长24小时
    """),
    fault("paid_not_delivered", "data_corruption",
        "支付回调被重复处理，订单金额与支付金额不一致",
        "Payment callbacks are handled twice; order and payment amounts no longer match", """
        *2-4 INFO  c.ruoyi.pay.controller.NotifyController | 收到{channel}支付结果回调，支付流水号={pay}，来源IP={client}
        *2-3 INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：待支付 -> 已支付
        INFO  c.ruoyi.order.service.impl.OrderServiceImpl | 订单{order}状态变更：已发货 -> 已支付
        WARN  c.ruoyi.pay.service.impl.PayServiceImpl | 支付金额与订单金额不一致，订单号={order}，支付{~amount}元，应付{~amount}元
        ERROR c.ruoyi.quartz.task.PayCheckTask | 对账不平，订单号={order}，渠道流水2笔，本地1笔
        WARN  c.ruoyi.stock.service.impl.StockServiceImpl | 库存出现负数，商品编码={sku}，可用=-{qty}
    """),
)  # fmt: skip

_HEADER = "{time} {level:<5} [{^thread}] {source} - {message}"
_BACKGROUND = {
    **dict.fromkeys(
        (f"c.ruoyi.quartz.task.{t}Task" for t in ("Order", "Stock", "Settle", "Archive", "PayCheck")), "job"
    ),
    **dict.fromkeys((f"c.ruoyi.framework.monitor.{m}Monitor" for m in ("Pool", "Jvm", "Thread")), "job"),
    **dict.fromkeys(("c.ruoyi.mq.consumer.PayEventConsumer", "c.ruoyi.mq.consumer.DeadLetterConsumer"), "mq"),
}

SIMULATOR = Simulator(
    name="spring_orders_zh",
    language="zh",
    headers={"": _HEADER} | {at: _HEADER.replace("thread", kind) for at, kind in _BACKGROUND.items()},
    clock=LOGBACK,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=8,
)
