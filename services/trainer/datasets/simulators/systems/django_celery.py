# ruff: noqa: E501 - a script row is a log line and stays whole
"""A Django site with Celery workers, logging in English and Chinese: ``2026-03-02 10:00:00,417 [INFO] logger: message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "path": f.ranked(
        "/", "/courses/", "/courses/python-101/", "/account/", "/cart/", "/blog/", "/search/", "/exam/results/"
    ),
    "api": f.ranked("/api/courses/", "/api/lessons/", "/api/progress/", "/api/orders/", "/api/comments/"),
    "user": f.integer(100, 9999),
    "name": f.ranked("王磊", "李婷", "zhangsan", "alice", "陈晨", "bob", "刘强"),
    "course": f.ranked("Python入门", "数据分析", "机器学习", "Linear Algebra", "Web开发实战", "Statistics"),
    "task": f.ranked(
        "courses.tasks.send_reminder",
        "orders.tasks.sync_invoice",
        "media.tasks.transcode",
        "reports.tasks.build_daily",
        "accounts.tasks.send_mail",
    ),
    "id": f.uuid(),
    "ms": f.skewed(38, 0.7, least=3),
    "secs": f.decimal(0.02, 4.9, 3),
    "slow": f.decimal(30, 58, 2),
    "n": f.integer(1, 80),
    "rows": f.skewed(40, 0.9, least=1),
    "bytes": f.skewed(9200, 0.8, least=140),
    "order": f.shaped("CO2026########"),
    "amt": f.skewed(168, 0.6, 2, least=9),
    "ip": f.address("10.9."),
    "bad": f.address("89.248."),
    "vid": f.shaped("vid_????????"),
    "host": f.shaped("worker#"),
    "depth": f.ramp(400, 1.5),
    "mb": f.ramp(700, 1.15),
    "pid": f.integer(20, 400),
    "line": f.integer(20, 300),
    "q": f.ranked("celery", "media", "mail"),
    "port": f.integer(40000, 60000),
}

_FLOWS = (
    flow("page", 9, """
        INFO django.server | "GET {path} HTTP/1.1" 200 {bytes}
        ?0.3 DEBUG django.db.backends | ({secs}) SELECT "courses_course"."id", "courses_course"."title" FROM "courses_course" WHERE "courses_course"."is_open" LIMIT 20; args=(True,)
        ?0.2 INFO site.views | 渲染页面{path}完成，用户{user}，耗时{ms}毫秒
    """),
    flow("api", 8, """
        INFO site.api | 请求{api}，用户{user}
        ?0.3 DEBUG django.db.backends | ({secs}) SELECT COUNT(*) AS "__count" FROM "orders_order" WHERE "orders_order"."user_id" = {user}; args=({user},)
        ?0.04 WARNING django.request | Not Found: {api}{user}/
        & INFO django.server | "GET {api}{user}/ HTTP/1.1" 404 23
        / INFO site.api | 请求{api}处理完成，返回{rows}条，耗时{ms}毫秒
    """),
    flow("enrol", 4, """
        INFO orders.views | 用户{user}提交报名，课程={course}
        INFO orders.services | 创建订单{order}，金额{amt}元
        +100-900 INFO payments.alipay | 收到支付通知，订单{order}，验签通过
        INFO orders.services | 订单{order}已支付，开通课程{course}
        INFO celery.beat | Scheduler: Sending due task {task} ({task})
    """),
    flow("task", 8, """
        INFO celery.worker.strategy | Task {task}[{id}] received
        ?0.3 DEBUG site.tasks | 任务{id}开始执行，参数user={user}
        ?0.05 WARNING celery.app.trace | Task {task}[{id}] retry: Retry in 10s: ConnectionResetError(104, 'Connection reset by peer')
        & +900-2500 INFO celery.worker.strategy | Task {task}[{id}] received
        INFO celery.app.trace | Task {task}[{id}] succeeded in {secs}s: None
    """, pace=(20, 700)),
    flow("video", 1.2, """
        INFO media.transcode | 开始转码视频{vid}，课程={course}
        *1-3 INFO media.transcode | 视频{vid}转码进度{~n}%
        INFO media.transcode | 视频{vid}转码完成，输出720p和1080p，耗时{slow}秒
    """, pace=(300, 3000)),
    flow("login", 3, """
        INFO accounts.views | 用户{name}登录，来源{ip}
        ?0.08 WARNING accounts.views | 用户{name}密码错误，来源{ip}
        / INFO django.contrib.sessions | session created for user {user}
    """),
    flow("comment", 1, """
        INFO site.comments | 用户{user}在课程{course}下发表评论，长度{n}字
        ?0.05 WARNING site.comments | 评论命中敏感词，已转人工审核，用户{user}
    """),
    flow("mail", 1.5, """
        INFO accounts.mail | 发送邮件成功，模板=welcome，用户{user}
        ?0.04 WARNING accounts.mail | 发送邮件失败，稍后重试，用户{user}，原因=421 4.7.0 Try again later
    """),
    flow("csrf", 0.3, """
        WARNING django.security.csrf | Forbidden (CSRF token missing.): {path}
    """),
    flow("bad_host", 0.2, """
        ERROR django.security.DisallowedHost | Invalid HTTP_HOST header: '{ip}:8000'. You may need to add '{ip}' to ALLOWED_HOSTS.
    """),
    flow("broken_pipe", 0.3, """
        INFO django.server | - Broken pipe from ('{ip}', {port})
    """),
    flow("validation", 0.5, """
        WARNING site.api | 参数校验失败，接口{api}，字段page必须为正整数
    """),
    flow("handled_error", 0.15, """
        ERROR site.api | 查询推荐课程失败，返回默认列表
        |Traceback (most recent call last):
        |  File "/srv/site/recommend/client.py", line {line}, in fetch
        |    response.raise_for_status()
        |requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: http://recommend:8080/v1/top
    """),
    flow("cache", 2, """
        DEBUG django.core.cache | 缓存未命中 key=course:{user}
        ?0.3 DEBUG django.core.cache | 写入缓存 key=course:{user} 过期600秒
    """),
    flow("beat", 0, """
        INFO celery.beat | Scheduler: Sending due task clear-expired-carts (orders.tasks.clear_carts)
        INFO celery.worker.strategy | Task orders.tasks.clear_carts[{id}] received
        INFO orders.tasks | 清理过期购物车{n}个
        INFO celery.app.trace | Task orders.tasks.clear_carts[{id}] succeeded in {secs}s: {n}
    """, every_s=60),
    flow("heartbeat", 0, """
        DEBUG celery.worker.consumer.gossip | missed heartbeat check ok: celery@{host}
        ?0.2 INFO site.monitor | 队列{q}待处理任务{n}个，工作进程8个
    """, every_s=30),
    flow("deploy", 0.02, """
        INFO gunicorn.error | Handling signal: term
        INFO gunicorn.error | Worker exiting (pid: {pid})
        +900-2500 INFO gunicorn.error | Starting gunicorn 22.0.0
        INFO gunicorn.error | Listening at: http://0.0.0.0:8000 ({pid})
        *2-4 INFO gunicorn.error | Booting worker with pid: {~pid}
        INFO django.db.migrations | Applying orders.00{n}_auto... OK
        INFO celery.worker | celery@{host} ready.
        INFO celery.worker.consumer.connection | Connected to redis://cache:6379/0
    """),
    flow("nightly_report", 0.02, """
        INFO reports.tasks | 开始生成昨日学习报表
        INFO reports.tasks | 统计完成，活跃用户{rows}人，完成课时{n}00节
        INFO reports.tasks | 报表已发送至运营邮箱
    """, every_s=86400),
)  # fmt: skip

_FAULTS = (
    fault("db_gone", "database_error", "数据库拒绝连接，页面与任务全部报错", "The database refuses connections; pages and tasks fail", """
        *2-3 ERROR django.request | Internal Server Error: {~path}
        |Traceback (most recent call last):
        |  File "/usr/local/lib/python3.12/site-packages/django/db/backends/base/base.py", line 275, in ensure_connection
        |    self.connect()
        |psycopg.OperationalError: connection failed: FATAL:  the database system is shutting down
        |
        |The above exception was the direct cause of the following exception:
        |
        |Traceback (most recent call last):
        |  File "/srv/site/courses/views.py", line {line}, in get_queryset
        |    return list(Course.objects.filter(is_open=True))
        |django.db.utils.OperationalError: connection failed: FATAL:  the database system is shutting down
        & INFO django.server | "GET {path} HTTP/1.1" 500 145
        *2-3 ERROR celery.app.trace | Task {~task}[{~id}] raised unexpected: OperationalError('connection failed: Connection refused')
        *1-2 ERROR site.monitor | 健康检查失败，数据库无法连接
    """, {"api": """
        INFO site.api | 请求{api}，用户{user}
        ERROR site.api | 请求{api}处理失败，原因=数据库连接失败
    """, "enrol": """
        INFO orders.views | 用户{user}提交报名，课程={course}
        ERROR orders.services | 创建订单失败，用户{user}，原因=数据库连接失败
    """}),
    fault("broker_lost", "connection_failure", "消息代理断开，工作进程反复重连", "The broker is gone; workers keep trying to reconnect", """
        WARNING celery.worker.consumer.consumer | consumer: Connection to broker lost. Trying to re-establish the connection...
        *3-5 ERROR celery.worker.consumer.consumer | consumer: Cannot connect to redis://cache:6379/0: Error 111 connecting to cache:6379. Connection refused..
        & INFO celery.worker.consumer.consumer | Trying again in {~n}.00 seconds... (1/100)
        *1-2 ERROR site.tasks | 提交任务失败，原因=消息代理不可用，任务{~task}
        |Traceback (most recent call last):
        |  File "/usr/local/lib/python3.12/site-packages/kombu/connection.py", line 472, in _reraise_as_library_errors
        |    raise ConnectionError(str(exc)) from exc
        |kombu.exceptions.OperationalError: Error 111 connecting to cache:6379. Connection refused.
    """, {"task": "", "beat": ""}),
    fault("queue_growing", "queue_backlog", "媒体转码队列积压，任务超时", "The transcoding queue grows and tasks time out", """
        *3-5 WARNING site.monitor | 队列media待处理任务{~depth}个，工作进程8个
        *2-3 ERROR celery.worker.request | Task media.tasks.transcode[{~id}] Hard time limit (300s) exceeded for media.tasks.transcode[{id}]
        & ERROR billiard.pool | Process 'ForkPoolWorker-{~n}' pid:{~pid} exited with 'signal 9 (SIGKILL)'
        *1-2 WARNING media.transcode | 视频{~vid}转码超时，已重新入队
        *1-2 WARNING site.monitor | 队列media待处理任务{~depth}个，工作进程8个
    """, {"video": ""}),
    fault("worker_memory", "memory_exhausted", "工作进程内存泄漏被杀", "Workers leak memory and are killed", """
        *3-4 WARNING site.monitor | 工作进程{~pid}内存{~mb}MB，超过软限制
        *1-2 ERROR billiard.pool | Process 'ForkPoolWorker-{~n}' pid:{~pid} exited with 'signal 9 (SIGKILL)'
        & ERROR celery.app.trace | Task handler raised error: WorkerLostError('Worker exited prematurely: signal 9 (SIGKILL) Job: {n}.')
        *1-2 CRITICAL gunicorn.error | WORKER TIMEOUT (pid:{~pid})
        & ERROR gunicorn.error | Worker (pid:{pid}) was sent SIGKILL! Perhaps out of memory?
        & INFO gunicorn.error | Booting worker with pid: {~pid}
    """),
    fault("missing_migration", "configuration_error", "发布遗漏数据库迁移，新字段不存在", "A release without its migration: a new column is missing", """
        *3-5 ERROR django.request | Internal Server Error: {~api}
        |Traceback (most recent call last):
        |  File "/srv/site/orders/views.py", line {line}, in list
        |    serializer = self.get_serializer(page, many=True)
        |  File "/usr/local/lib/python3.12/site-packages/django/db/backends/utils.py", line 105, in _execute
        |    return self.cursor.execute(sql, params)
        |django.db.utils.ProgrammingError: column orders_order.coupon_code does not exist
        |LINE 1: ..."orders_order"."amount", "orders_order"."coupon_code"...
        & INFO django.server | "GET {api} HTTP/1.1" 500 145
        *1-2 ERROR celery.app.trace | Task orders.tasks.sync_invoice[{~id}] raised unexpected: ProgrammingError('column orders_order.coupon_code does not exist')
        ERROR orders.services | 订单{order}查询失败，原因=字段不存在
    """),
    fault("login_bruteforce", "authentication_attack", "对后台登录的密码暴力破解", "The admin login is guessed by brute force", """
        *6-10 WARNING accounts.views | 用户{~name}密码错误，来源{bad}
        *2-3 WARNING axes.watch_login | AXES: Repeated login failure by {bad}. {~n} of 20 attempts.
        *1-2 WARNING axes.watch_login | AXES: Locking out {bad} after repeated login failures.
        *2-4 WARNING django.security.csrf | Forbidden (CSRF cookie not set.): /admin/login/
        WARNING accounts.risk | 来源{bad}登录失败次数过多，已封禁一小时
    """),
    fault("sql_probe", "injection_attempt", "接口参数被注入探测", "API parameters are probed with injections", """
        *4-7 WARNING site.api | 参数校验失败，接口/api/courses/，字段q含非法字符，来源{bad}
        *2-3 WARNING django.request | Bad Request: /api/courses/
        *1-2 ERROR django.request | Internal Server Error: /api/courses/
        |Traceback (most recent call last):
        |  File "/srv/site/search/raw.py", line {line}, in search
        |    cursor.execute(sql)
        |django.db.utils.ProgrammingError: syntax error at or near "UNION"
        WARNING django.security.SuspiciousFileOperation | The joined path (/etc/passwd) is located outside of the base path component (/srv/site/media)
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="django_celery",
    language="mixed",
    headers={"": "{time} [{level}] {source}: {message}"},
    clock=clocks.LOG4J,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=6,
)
