# ruff: noqa: E501 - a script row is a log line and stays whole
"""Apache httpd 2.4 with PHP and a reverse proxy: error log (event MPM) and common access log in one stream."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "clf": f.moment(clocks.CLF),
    "ip": f.address(""),
    "port": f.integer(32768, 60999),
    "pid": f.integer(1200, 1260),
    "main": f.integer(900, 999),
    "tid": f.shaped("1401###########"),
    "bytes": f.skewed(6200, 0.9, least=160),
    "n": f.integer(1, 40),
    "page": f.ranked("index.php", "news.php", "contact.php", "courses.php", "library.php", "staff.php", "events.php"),
    "img": f.ranked("banner.jpg", "logo.png", "campus.jpg", "map.png"),
    "user": f.ranked("jsmith", "mlopez", "achen", "kmuller", "rpatel", "editor"),
    "doc": f.ranked("handbook", "timetable", "minutes", "syllabus", "report"),
    "bad": f.address("193.32."),
    "var": f.ranked("session_id", "lang", "offset", "page", "sort"),
    "line": f.integer(12, 480),
    "scan": f.ranked(
        "/wp-content/plugins/",
        "/xmlrpc.php",
        "/cgi-bin/test.cgi",
        "/phpinfo.php",
        "/.aws/credentials",
        "/server-status",
        "/owa/auth/logon.aspx",
        "/manager/html",
    ),
    "who": f.ranked("admin", "root", "test", "webmaster", "guest", "operator", "demo", "manager"),
    "mem": f.integer(20480, 819200),
    "slow": f.integer(60, 119),
    "busy": f.ramp(300, 1.12),
}

_FLOWS = (
    flow("page", 10, """
        - access | "GET /{page} HTTP/1.1" 200 {bytes}
        ?0.8 - access | "GET /css/site.css HTTP/1.1" 200 {~bytes}
        ?0.3 - access | "GET /css/print.css HTTP/1.1" 304 -
        *1-3 - access | "GET /images/{~img} HTTP/1.1" 200 {~bytes}
        ?0.5 - access | "GET /js/jquery.min.js HTTP/1.1" 304 -
        ?0.2 - access | "GET /favicon.ico HTTP/1.1" 200 1406
        ?0.06 warn php:warn | PHP Warning:  Undefined array key "{var}" in /var/www/html/{page} on line {line}
        ?0.04 notice php:notice | PHP Notice:  Only variables should be passed by reference in /var/www/html/inc/view.php on line {line}
        ?0.02 warn php:warn | PHP Deprecated:  strftime() is deprecated in /var/www/html/inc/date.php on line {line}
    """, pace=(5, 140)),
    flow("download", 3, """
        - access | "GET /files/{doc}-{n}.pdf HTTP/1.1" 200 {bytes}
        ?0.2 - access | "GET /files/{doc}-{n}.pdf HTTP/1.1" 206 {bytes}
        ?0.05 - access | "HEAD /files/{doc}-{n}.pdf HTTP/1.1" 200 -
    """),
    flow("form", 2, """
        - access | "GET /contact.php HTTP/1.1" 200 {bytes}
        +3000-9000 - access | "POST /contact.php HTTP/1.1" 302 -
        - access | "GET /thanks.php HTTP/1.1" 200 {bytes}
    """),
    flow("intranet", 2, """
        - access | "GET /intranet/ HTTP/1.1" 401 381
        - private | "GET /intranet/ HTTP/1.1" 200 {bytes}
        ?0.4 - private | "GET /intranet/wiki/{doc} HTTP/1.1" 200 {bytes}
        ?0.2 - private | "POST /intranet/wiki/{doc}/save HTTP/1.1" 303 -
        ?0.1 - private | "GET /intranet/calendar.ics HTTP/1.1" 200 {bytes}
    """, pace=(40, 900)),
    flow("wrong_password", 0.3, """
        error auth_basic:error | [client {ip}:{port}] AH01617: user {user}: authentication failure for "/intranet/": Password Mismatch
        - access | "GET /intranet/ HTTP/1.1" 401 381
    """),
    flow("proxied", 4, """
        - access | "GET /app/api/rooms HTTP/1.1" 200 {bytes}
        ?0.5 - access | "GET /app/api/rooms/{n}/bookings HTTP/1.1" 200 {bytes}
        ?0.3 - access | "POST /app/api/bookings HTTP/1.1" 201 {n}
        ?0.05 - access | "POST /app/api/bookings HTTP/1.1" 409 {n}
    """),
    flow("missing", 0.8, """
        - access | "GET /old/{doc}.html HTTP/1.1" 404 196
        ?0.3 error core:error | [client {ip}:{port}] AH00128: File does not exist: /var/www/html/old/{doc}.html
        ?0.2 info negotiation:error | [client {ip}:{port}] AH00687: Negotiation: discovered file(s) matching request: /var/www/html/old/{doc} (None could be negotiated).
    """),
    flow("denied_dir", 0.3, """
        error autoindex:error | [client {ip}:{port}] AH01276: Cannot serve directory /var/www/html/images/: No matching DirectoryIndex (index.html,index.php) found, and server-generated directory index forbidden by Options directive
        - access | "GET /images/ HTTP/1.1" 403 199
    """),
    flow("tls_noise", 0.4, """
        info ssl:info | [client {ip}:{port}] AH01964: Connection to child {n} established (server www.example.edu:443)
        ?0.3 info ssl:info | [client {ip}:{port}] AH02008: SSL library error 1 in handshake (server www.example.edu:443)
        & info ssl:info | SSL Library Error: error:0A000076:SSL routines::no suitable signature algorithm
        ?0.2 info reqtimeout:info | [client {ip}:{port}] AH01382: Request header read timeout
    """),
    flow("old_client", 0.1, """
        info core:info | [client {ip}:{port}] AH00566: request failed: malformed request line
        - access | "-" 408 -
    """),
    flow("proxy_hiccup", 0.1, """
        error proxy_http:error | (104)Connection reset by peer: [client {ip}:{port}] AH01102: error reading status line from remote server 127.0.0.1:3000
        - access | "GET /app/api/rooms HTTP/1.1" 200 {bytes}
    """),
    flow("status", 0, """
        - local | "GET /server-status?auto HTTP/1.1" 200 {n}
    """, every_s=15),
    flow("dummy", 0.4, """
        *1-3 - local | "OPTIONS * HTTP/1.0" 200 126
    """),
    flow("reload", 0.05, """
        notice mpm_event:notice | AH00493: SIGUSR1 received.  Doing graceful restart
        notice mpm_event:notice | AH00489: Apache/2.4.62 (Debian) OpenSSL/3.0.15 configured -- resuming normal operations
        notice core:notice | AH00094: Command line: '/usr/sbin/apache2'
        ?0.5 warn ssl:warn | AH01909: www.example.edu:443:0 server certificate does NOT include an ID which matches the server name
    """),
    flow("cron_feed", 0, """
        - local | "GET /cron/news-import.php HTTP/1.1" 200 {n}
        ?0.3 notice php:notice | news-import: {n} items imported, 0 rejected
    """, every_s=300),
)  # fmt: skip

_FAULTS = (
    fault("workers_full", "cpu_or_thread_exhausted", "工作线程达到上限，请求排队", "All workers are busy; requests wait", """
        - local | "GET /server-status?auto HTTP/1.1" 200 {n}
        error mpm_event:error | AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting
        *3-5 - access | "GET /{~page} HTTP/1.1" 503 299
        error mpm_event:error | AH03490: scoreboard is full, not at MaxRequestWorkers.Increase ServerLimit.
        *3-6 - access | "GET /{~page} HTTP/1.1" 408 -
        *2-3 warn mpm_event:warn | AH00045: child process {~pid} still did not exit, sending a SIGTERM
    """, {"page": '*2 - access | "GET /{page} HTTP/1.1" 503 299'}),
    fault("php_memory", "memory_exhausted", "PHP内存超限，页面输出中断", "PHP scripts exceed their memory limit and pages break off", """
        *3-6 error php:error | PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate {~mem} bytes) in /var/www/html/library.php on line {~line}
        & - access | "GET /library.php HTTP/1.1" 500 -
        *1-2 notice core:notice | AH00052: child pid {~pid} exit signal Killed (9)
        *1-3 error php:error | PHP Fatal error:  Out of memory (allocated 98566144) (tried to allocate {~mem} bytes) in /var/www/html/inc/export.php on line {~line}
    """),
    fault("backend_gone", "connection_failure", "反向代理后端拒绝连接", "The proxied application refuses connections", """
        *3-5 error proxy:error | (111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:3000 (127.0.0.1) failed
        & error proxy_http:error | [client {~ip}:{port}] AH01114: HTTP: failed to make connection to backend: 127.0.0.1
        & - access | "GET /app/api/rooms HTTP/1.1" 503 299
        *2-3 error proxy:error | AH00940: HTTP: disabled connection for (127.0.0.1)
    """, {"proxied": '*1-2 - access | "GET /app/api/rooms HTTP/1.1" 503 299'}),
    fault("segfaults", "service_crash", "子进程反复段错误退出", "Child processes keep dying of segmentation faults", """
        *4-7 notice core:notice | AH00051: child pid {~pid} exit signal Segmentation fault (11), possible coredump in /etc/apache2
        *2-4 - access | "GET /{~page} HTTP/1.1" 500 -
        *2-3 alert core:alert | AH00050: child process {~pid} returned a Fatal error... Apache is exiting!
        notice mpm_event:notice | AH00489: Apache/2.4.62 (Debian) OpenSSL/3.0.15 configured -- resuming normal operations
    """),
    fault("basic_auth_bruteforce", "authentication_attack", "对内网页面的口令暴力破解", "Passwords for the intranet are guessed by brute force", """
        *6-12 error auth_basic:error | [client {bad}:{~port}] AH01618: user {~who} not found: /intranet/
        *2-4 error auth_basic:error | [client {bad}:{~port}] AH01617: user {~user}: authentication failure for "/intranet/": Password Mismatch
        *3-6 - attack | "GET /intranet/ HTTP/1.1" 401 381
    """),
    fault("probing", "port_scan", "批量探测漏洞路径", "A list of known holes is tried one by one", """
        *8-14 - attack | "GET {~scan} HTTP/1.1" 404 196
        & ?0.5 error core:error | [client {bad}:{~port}] AH00128: File does not exist: /var/www/html{scan}
        *2-4 error authz_core:error | [client {bad}:{~port}] AH01630: client denied by server configuration: /var/www/html/.ht
        *2-3 - attack | "GET /cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh HTTP/1.1" 400 226
    """),
    fault("wrong_owner", "permission_denied", "部署后文件权限错误，页面全部403", "A deployment left wrong permissions: pages answer 403", """
        *5-8 error core:error | (13)Permission denied: [client {~ip}:{~port}] AH00035: access to /{~page} denied (filesystem path '/var/www/html/{page}') because search permissions are missing on a component of the path
        & - access | "GET /{page} HTTP/1.1" 403 199
        *1-2 error php:error | PHP Warning:  session_start(): open(/var/lib/php/sessions/sess_{~tid}, O_RDWR) failed: Permission denied (13) in /var/www/html/inc/session.php on line 9
    """, {"page": '*2 - access | "GET /{page} HTTP/1.1" 403 199'}),
)  # fmt: skip

SIMULATOR = Simulator(
    name="apache",
    language="en",
    headers={
        "access": "{^ip} - - [{~clf}] {message}",
        "private": "{ip} - {user} [{~clf}] {message}",
        "local": "127.0.0.1 - - [{~clf}] {message}",
        "attack": "{bad} - - [{~clf}] {message}",
        "": "[{time}] [{source}] [pid {^pid}:tid {^tid}] {message}",
    },
    clock=clocks.pattern("%a %b %d %H:%M:%S.", 6, " %Y"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=6,
)
