# ruff: noqa: E501 - a script row is a log line and stays whole
"""HAProxy with HTTP logging through syslog: requests with timers, server checks, reloads."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "host": f.one_of("lb1", "edge-lb-2", "haproxy-a"),
    "pid": f.integer(900, 999),
    "stamp": f.moment(clocks.pattern("%d/%b/%Y:%H:%M:%S.", 3)),
    "ip": f.address(""),
    "bad": f.address("185.220."),
    "port": f.integer(32768, 60999),
    "srv": f.one_of("web1", "web2", "web3"),
    "api": f.one_of("api1", "api2", "api3", "api4"),
    "tq": f.integer(0, 12),
    "tc": f.integer(0, 3),
    "tr": f.skewed(28, 0.8, least=1),
    "tt": f.skewed(64, 0.7, least=3),
    "bytes": f.skewed(5200, 0.9, least=180),
    "c1": f.gauge(20, 180),
    "c2": f.gauge(10, 90),
    "c3": f.gauge(2, 40),
    "q": f.ramp(20, 1.4),
    "path": f.ranked(
        "/", "/catalog", "/product/4411", "/cart", "/checkout", "/account", "/static/app.js", "/img/logo.svg"
    ),
    "apipath": f.ranked("/v1/items", "/v1/users/me", "/v1/orders", "/v1/search?q=desk", "/v1/cart"),
    "n": f.integer(1, 60),
    "ms": f.integer(1, 40),
    "agent": f.ranked("Mozilla/5.0", "okhttp/4.12.0", "curl/8.5.0", "Go-http-client/2.0"),
    "scan": f.ranked(
        "/.env",
        "/wp-login.php",
        "/admin",
        "/.git/HEAD",
        "/actuator/health",
        "/boaform/admin/formLogin",
        "/remote/login",
    ),
    "slow": f.integer(30001, 30021),
}

_T = "{ip}:{port} [{~stamp}]"
_FLOWS = (
    flow("web", 10, f"""
        *1-4 - req | {_T} fe_https~ be_web/{{srv}} {{~tq}}/0/{{tc}}/{{~tr}}/{{~tt}} 200 {{~bytes}} - - ---- {{~c1}}/{{~c2}}/{{~c3}}/4/0 0/0 "GET {{~path}} HTTP/2.0"
        ?0.1 - req | {_T} fe_https~ be_web/{{srv}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 304 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/4/0 0/0 "GET /static/app.js HTTP/2.0"
        ?0.08 - req | {_T} fe_https~ be_web/{{srv}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 302 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/4/0 0/0 "POST /login HTTP/2.0"
        ?0.03 - req | {_T} fe_https~ be_web/{{srv}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 404 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/4/0 0/0 "GET /old/{{n}} HTTP/2.0"
    """),
    flow("api", 9, f"""
        *1-3 - req | {_T} fe_https~ be_api/{{api}} {{~tq}}/0/{{tc}}/{{~tr}}/{{~tt}} 200 {{~bytes}} - - ---- {{~c1}}/{{~c2}}/{{~c3}}/6/0 0/0 "GET {{~apipath}} HTTP/2.0"
        ?0.2 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 201 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "POST /v1/orders HTTP/2.0"
        ?0.05 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 401 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "GET /v1/users/me HTTP/2.0"
        ?0.03 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 422 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "POST /v1/orders HTTP/2.0"
        ?0.02 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 204 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "DELETE /v1/cart HTTP/2.0"
        ?0.02 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 409 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "PUT /v1/cart HTTP/2.0"
        ?0.02 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 206 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/0 0/0 "GET /v1/export HTTP/2.0"
    """),
    flow("redirect", 1.5, f"""
        - req | {_T} fe_http fe_http/<NOSRV> 0/-1/-1/-1/0 301 96 - - LR-- {{c1}}/{{c3}}/0/0/0 0/0 "GET {{path}} HTTP/1.1"
    """),
    flow("tcp", 2, f"""
        - req | {_T} fe_pg be_pg/pg1 1/0/{{n}}0442 {{bytes}} -- {{c1}}/{{c2}}/{{c3}}/2/0 0/0
        ?0.1 - req | {_T} fe_pg be_pg/pg2 1/0/{{n}}0193 {{bytes}} cD {{c1}}/{{c2}}/{{c3}}/2/0 0/0
    """),
    flow("client_abort", 0.7, f"""
        - req | {_T} fe_https~ be_web/{{srv}} {{tq}}/0/{{tc}}/-1/{{tt}} 0 0 - - CH-- {{c1}}/{{c2}}/{{c3}}/4/0 0/0 "GET {{path}} HTTP/2.0"
        /?0.5 - req | {_T} fe_https~ be_web/{{srv}} {{tq}}/0/{{tc}}/{{tr}}/{{tt}} 200 {{bytes}} - - CD-- {{c1}}/{{c2}}/{{c3}}/4/0 0/0 "GET {{path}} HTTP/2.0"
    """),
    flow("handshake", 0.8, f"""
        - req | {_T} fe_https/1: SSL handshake failure
        ?0.3 - req | {_T} fe_https/1: Connection closed during SSL handshake
    """),
    flow("bad_request", 0.3, f"""
        - req | {_T} fe_https~ fe_https/<NOSRV> -1/-1/-1/-1/{{tq}} 400 0 - - PR-- {{c1}}/{{c2}}/0/0/0 0/0 "<BADREQ>"
    """),
    flow("slow_client", 0.2, f"""
        - req | {_T} fe_https~ fe_https/<NOSRV> -1/-1/-1/-1/10001 408 0 - - cR-- {{c1}}/{{c2}}/0/0/0 0/0 "<BADREQ>"
    """),
    flow("retry", 0.25, f"""
        - req | {_T} fe_https~ be_api/{{api}} {{tq}}/0/1{{tc}}02/{{tr}}/1{{tt}} 200 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/1 0/0 "GET {{apipath}} HTTP/2.0"
        ?0.3 - req | {_T} fe_https~ be_api/{{api}} {{tq}}/{{n}}/{{tc}}/{{tr}}/{{tt}} 200 {{bytes}} - - ---- {{c1}}/{{c2}}/{{c3}}/6/+1 {{n}}/0 "GET {{apipath}} HTTP/2.0"
    """),
    flow("check_blip", 0.1, """
        - note | Health check for server be_api/{api} failed, reason: Layer7 timeout, check duration: 2001ms, status: 2/3 UP.
        +900-3000 - note | Health check for server be_api/{api} succeeded, reason: Layer7 check passed, code: 200, check duration: {ms}ms, status: 3/3 UP.
    """),
    flow("rolling", 0.04, """
        - note | Server be_web/{srv} is going DOWN for maintenance. 2 active and 0 backup servers left. {n} sessions active, 0 requeued, 0 remaining in queue.
        +900-4000 - note | Server be_web/{srv} is UP/READY (leaving maintenance).
        - note | Health check for server be_web/{srv} succeeded, reason: Layer7 check passed, code: 200, check duration: {ms}ms, status: 3/3 UP.
    """),
    flow("stats", 0, """
        - req | 10.0.0.9:{port} [{~stamp}] fe_stats fe_stats/<STATS> 0/0/0/0/1 200 {bytes} - - LR-- {c3}/1/0/0/0 0/0 "GET /metrics HTTP/1.1"
    """, every_s=15),
    flow("reload", 0.03, """
        - note | New worker ({pid}) forked
        - note | Loading success.
        - note | Proxy fe_https stopped (cumulated conns: FE: {bytes}, BE: 0).
        - note | Proxy be_web stopped (cumulated conns: FE: 0, BE: {bytes}).
        - note | Former worker ({pid}) exited with code 0 (Exit)
    """),
)  # fmt: skip

_FAULTS = (
    fault("backend_down", "dependency_unavailable", "后端服务器逐台下线，请求返回503", "Servers go down one by one until requests end in 503", f"""
        - note | Health check for server be_api/api1 failed, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms, status: 2/3 UP.
        - note | Server be_api/api1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 3 active and 0 backup servers left. {{n}} sessions active, 0 requeued, 0 remaining in queue.
        *2-4 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_api/{{~api}} {{~tq}}/0/-1/-1/3004 503 217 - - SC-- {{~c1}}/{{~c2}}/{{~c3}}/6/3 0/0 "GET {{~apipath}} HTTP/2.0"
        - note | Server be_api/api2 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 2 active and 0 backup servers left. {{n}} sessions active, {{n}} requeued, 0 remaining in queue.
        - note | Server be_api/api3 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 1 active and 0 backup servers left. {{n}} sessions active, {{n}} requeued, 0 remaining in queue.
        - note | Server be_api/api4 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 0 active and 0 backup servers left. {{n}} sessions active, {{n}} requeued, 0 remaining in queue.
        - alert | backend be_api has no server available!
        *3-5 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_api/<NOSRV> {{~tq}}/-1/-1/-1/{{tq}} 503 217 - - SC-- {{~c1}}/{{~c2}}/0/0/0 0/0 "POST /v1/orders HTTP/2.0"
    """, {"api": f'- req | {_T} fe_https~ be_api/<NOSRV> {{tq}}/-1/-1/-1/{{tq}} 503 217 - - SC-- {{c1}}/{{c2}}/0/0/0 0/0 "GET {{apipath}} HTTP/2.0"'}),
    fault("backend_slow", "timeout", "后端处理超时，返回504", "The back end is too slow: requests end in 504", f"""
        *5-8 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_api/{{~api}} {{~tq}}/0/{{tc}}/-1/{{~slow}} 504 198 - - sH-- {{~c1}}/{{~c2}}/{{~c3}}/6/0 0/0 "GET {{~apipath}} HTTP/2.0"
        *1-2 - note | Health check for server be_api/{{~api}} failed, reason: Layer7 timeout, check duration: 2001ms, status: 1/3 UP.
        *3-5 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_api/{{~api}} {{~tq}}/0/{{tc}}/-1/{{~slow}} 504 198 - - sH-- {{~c1}}/{{~c2}}/{{~c3}}/6/0 0/0 "POST /v1/orders HTTP/2.0"
    """),
    fault("queue_full", "queue_backlog", "连接打满，请求在队列中等待超时", "Connections are full and requests time out in the queue", f"""
        *4-6 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_web/{{~srv}} {{~tq}}/{{~q}}12/{{tc}}/{{~tr}}/{{q}}98 200 {{~bytes}} - - ---- 1998/1997/298/100/0 {{q}}/{{q}} "GET {{~path}} HTTP/2.0"
        *4-6 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_web/<NOSRV> {{~tq}}/10001/-1/-1/10003 503 217 - - sQ-- 2000/1999/300/0/0 {{~q}}/{{q}} "GET {{~path}} HTTP/2.0"
        - alert | Proxy fe_https reached process FD limit (maxsock=4028). Please check 'ulimit-n' and restart.
        *1-2 - alert | Proxy fe_https reached the configured maximum connection limit. Please check the global 'maxconn' value.
    """),
    fault("bad_gateway", "service_crash", "后端进程崩溃，响应中途断开", "Back-end processes crash and answers break off", f"""
        *4-6 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_web/{{~srv}} {{~tq}}/0/{{tc}}/-1/{{~tt}} 502 209 - - SH-- {{~c1}}/{{~c2}}/{{~c3}}/4/0 0/0 "GET {{~path}} HTTP/2.0"
        *2-3 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_web/{{~srv}} {{~tq}}/0/{{tc}}/{{~tr}}/{{~tt}} 200 {{~bytes}} - - SD-- {{~c1}}/{{~c2}}/{{~c3}}/4/0 0/0 "GET {{~path}} HTTP/2.0"
        - note | Server be_web/{{srv}} is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal Server Error", check duration: {{ms}}ms. 2 active and 0 backup servers left. {{n}} sessions active, 0 requeued, 0 remaining in queue.
        *2-3 - req | {_T.replace("{ip}", "{~ip}")} fe_https~ be_web/{{srv}} {{~tq}}/0/{{tc}}/-1/{{~tt}} 502 209 - - PH-- {{~c1}}/{{~c2}}/{{~c3}}/4/0 0/0 "POST /checkout HTTP/2.0"
    """),
    fault("scan", "port_scan", "单一来源批量扫描路径并被拒绝", "One address scans paths and is denied", f"""
        *8-14 - req | {_T.replace("{ip}", "{bad}").replace("{port}", "{~port}")} fe_https~ be_web/{{~srv}} {{~tq}}/0/{{tc}}/{{~tr}}/{{~tt}} 404 {{~bytes}} - - ---- {{~c1}}/{{~c2}}/{{~c3}}/4/0 0/0 "GET {{~scan}} HTTP/1.1"
        *3-5 - req | {_T.replace("{ip}", "{bad}").replace("{port}", "{~port}")} fe_https~ fe_https/<NOSRV> {{~tq}}/-1/-1/-1/{{tq}} 403 192 - - PR-- {{~c1}}/{{~c2}}/0/0/0 0/0 "GET {{~scan}} HTTP/1.1"
    """),
    fault("flood", "rate_limited", "来源请求洪泛，被限速拒绝", "One source floods the site and is rate-limited", f"""
        *8-12 - req | {_T.replace("{ip}", "{bad}").replace("{port}", "{~port}")} fe_https~ fe_https/<NOSRV> {{~tq}}/-1/-1/-1/{{tq}} 429 188 - - PR-- {{~c1}}/{{~c2}}/0/0/0 0/0 "GET /v1/search?q=desk HTTP/1.1"
        *2-3 - req | {_T.replace("{ip}", "{bad}").replace("{port}", "{~port}")} fe_https~ fe_https/<NOSRV> {{~tq}}/-1/-1/-1/{{tq}} 0 0 - - PT-- {{~c1}}/{{~c2}}/0/0/0 0/0 "POST /login HTTP/1.1"
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="haproxy",
    language="en",
    headers={
        "req": "{time} {@host} haproxy[{@pid}]: {message}",
        "note": "{time} {@host} haproxy[{@pid}]: [NOTICE] {message}",
        "alert": "{time} {@host} haproxy[{@pid}]: [ALERT] {message}",
        "": "{time} {@host} haproxy[{@pid}]: {message}",
    },
    clock=clocks.syslog,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=10,
)
