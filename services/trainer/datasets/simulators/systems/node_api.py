# ruff: noqa: E501 - a script row is a log line and stays whole
"""A Node.js API that logs through pino (levels 10-60, JSON, stacks in ``err``): Express, BullMQ, MongoDB, Redis, S3."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "pid": f.integer(17, 60),
    "host": f.shaped("media-api-??????-&&&&&"),
    "req": f.shaped("req-&&#&&#"),
    "user": f.shaped("u_????????"),
    "album": f.shaped("alb_??????"),
    "photo": f.shaped("ph_??????????"),
    "ms": f.skewed(22, 0.8, least=1),
    "slow": f.integer(3000, 15000),
    "n": f.integer(1, 70),
    "kb": f.skewed(840, 0.8, least=9),
    "ip": f.address(""),
    "bad": f.address("194.26."),
    "job": f.counter(40000, 3),
    "mail": f.shaped("&&&&&##@example.com"),
    "size": f.ranked("320", "640", "1280", "2048"),
    "fmt": f.ranked("webp", "avif", "jpeg"),
    "heap": f.gauge(90, 240),
    "lag": f.gauge(1, 24),
    "rss": f.ramp(480, 1.15),
    "wait": f.ramp(300, 1.5),
    "loop": f.ramp(120, 1.5),
    "try": f.one_of("1", "2", "3"),
    "path": f.ranked("/v2/albums", "/v2/photos", "/v2/me", "/v2/shares", "/v2/search"),
    "mongo": f.one_of("mongo-0.db:27017", "mongo-1.db:27017", "mongo-2.db:27017"),
    "q": f.ranked(
        '{\\"$ne\\":null}',
        '{\\"$gt\\":\\"\\"}',
        "../../../proc/self/environ",
        "<svg onload=alert(1)>",
        "__proto__[admin]=1",
    ),
}

_FLOWS = (
    flow("get", 10, """
        30 http | incoming request || ,"reqId":"{req}","method":"GET","url":"{path}","remoteAddress":"{ip}"
        ?0.3 20 mongo | find finished || ,"reqId":"{req}","collection":"albums","docs":{n},"ms":{ms}
        ?0.2 20 cache | cache hit || ,"reqId":"{req}","key":"album:{album}"
        /?0.2 20 cache | cache miss || ,"reqId":"{req}","key":"album:{album}"
        ?0.04 30 http | request completed || ,"reqId":"{req}","statusCode":404,"responseTime":{ms}
        /?0.05 30 http | request completed || ,"reqId":"{req}","statusCode":304,"responseTime":{ms}
        / 30 http | request completed || ,"reqId":"{req}","statusCode":200,"responseTime":{ms}
    """),
    flow("upload", 5, """
        30 http | incoming request || ,"reqId":"{req}","method":"POST","url":"/v2/photos","remoteAddress":"{ip}"
        20 upload | multipart parsed || ,"reqId":"{req}","files":{try},"kb":{kb}
        30 storage | object stored || ,"reqId":"{req}","key":"originals/{photo}","kb":{kb},"ms":{ms}
        20 mongo | insert finished || ,"reqId":"{req}","collection":"photos","ms":{ms}
        30 queue | job added || ,"queue":"thumbnails","jobId":{job},"photo":"{photo}"
        30 http | request completed || ,"reqId":"{req}","statusCode":201,"responseTime":{ms}
        +100-900 20 worker | job active || ,"queue":"thumbnails","jobId":{job}
        *1-3 20 worker | thumbnail rendered || ,"jobId":{job},"width":{~size},"format":"{fmt}","ms":{~ms}
        30 worker | job completed || ,"queue":"thumbnails","jobId":{job},"ms":{ms}
        ?0.3 30 events | photo.created published || ,"photo":"{photo}","subscribers":{try}
    """),
    flow("job_retry", 0.3, """
        40 worker | job failed, will retry || ,"queue":"thumbnails","jobId":{job},"attempt":1,"err":{"type":"Error","message":"Input buffer contains unsupported image format","stack":"Error: Input buffer contains unsupported image format\\n    at Sharp.toBuffer (/app/node_modules/sharp/lib/output.js:163:17)\\n    at async render (/app/src/worker/thumbnail.js:41:20)"}
        +500-2500 30 worker | job completed || ,"queue":"thumbnails","jobId":{job},"ms":{ms}
    """),
    flow("share", 1.5, """
        30 http | incoming request || ,"reqId":"{req}","method":"POST","url":"/v2/shares","remoteAddress":"{ip}"
        30 shares | link created || ,"reqId":"{req}","album":"{album}","expiresInDays":{n}
        ?0.5 30 mail | mail queued || ,"template":"share","to":"{mail}"
        30 http | request completed || ,"reqId":"{req}","statusCode":201,"responseTime":{ms}
    """),
    flow("login", 2.5, """
        30 auth | login || ,"reqId":"{req}","user":"{user}","ip":"{ip}"
        ?0.08 40 auth | invalid password || ,"reqId":"{req}","user":"{user}","ip":"{ip}"
        / 30 auth | token issued || ,"reqId":"{req}","user":"{user}","ttl":3600
        ?0.1 20 auth | refresh token rotated || ,"user":"{user}"
    """),
    flow("websocket", 2, """
        20 ws | socket connected || ,"user":"{user}","sockets":{n}
        +900-9000 20 ws | socket closed || ,"user":"{user}","code":1001
    """),
    flow("validation", 0.5, """
        40 http | validation error || ,"reqId":"{req}","issues":[{"path":"title","message":"Required"}]
        30 http | request completed || ,"reqId":"{req}","statusCode":400,"responseTime":{ms}
    """),
    flow("aborted", 0.3, """
        40 http | request aborted by client || ,"reqId":"{req}","url":"/v2/photos","receivedKb":{kb}
    """),
    flow("too_large", 0.15, """
        40 upload | file too large || ,"reqId":"{req}","limitMb":50,"kb":9{kb}0
        30 http | request completed || ,"reqId":"{req}","statusCode":413,"responseTime":{ms}
    """),
    flow("rate_soft", 0.3, """
        40 ratelimit | client over soft limit || ,"ip":"{ip}","count":{n},"windowMs":60000
    """),
    flow("mongo_blip", 0.1, """
        40 mongo | connection pool cleared || ,"address":"{mongo}","reason":"not primary"
        +200-900 30 mongo | topology changed || ,"previous":"ReplicaSetNoPrimary","current":"ReplicaSetWithPrimary"
    """),
    flow("deprecation", 0.05, """
        40 process | DeprecationWarning || ,"code":"DEP0040","detail":"The punycode module is deprecated. Please use a userland alternative instead."
    """),
    flow("stats", 0, """
        30 stats | process stats || ,"heapMb":{heap},"eventLoopLagMs":{lag},"handles":{n}
    """, every_s=30),
    flow("health", 0, """
        20 http | health check || ,"mongo":"ok","redis":"ok","ms":{ms}
    """, every_s=10),
    flow("cron", 0, """
        30 cron | expired shares removed || ,"removed":{n},"ms":{ms}
        ?0.4 30 cron | trash emptied || ,"photos":{n},"freedKb":{kb}
    """, every_s=150),
    flow("deploy", 0.02, """
        30 process | SIGTERM received, shutting down ||
        30 http | server closed || ,"openConnections":{try}
        30 queue | workers closed || ,"queue":"thumbnails"
        +900-3000 30 process | starting || ,"version":"2.31.0","node":"v22.6.0","env":"production"
        30 mongo | connected || ,"address":"{mongo}"
        30 redis | ready || ,"host":"redis"
        30 http | server listening || ,"port":3000
    """),
)  # fmt: skip

_FAULTS = (
    fault("mongo_no_primary", "database_error", "数据库副本集失去主节点，写入失败", "The replica set has no primary; writes fail", """
        40 mongo | connection pool cleared || ,"address":"{mongo}","reason":"connection 4 to 10.3.0.8:27017 closed"
        40 mongo | topology changed || ,"previous":"ReplicaSetWithPrimary","current":"ReplicaSetNoPrimary"
        *3-5 50 http | unhandled route error || ,"reqId":"{~req}","err":{"type":"MongoServerSelectionError","message":"Server selection timed out after 30000 ms","stack":"MongoServerSelectionError: Server selection timed out after 30000 ms\\n    at Topology.selectServer (/app/node_modules/mongodb/lib/sdam/topology.js:303:38)\\n    at async insert (/app/src/photos/store.js:58:5)"}
        & 30 http | request completed || ,"reqId":"{req}","statusCode":500,"responseTime":3{slow}
        *1-3 50 worker | job failed || ,"queue":"thumbnails","jobId":{~job},"attempt":3,"err":{"type":"MongoServerSelectionError","message":"Server selection timed out after 30000 ms"}
        50 http | health check || ,"mongo":"down","redis":"ok","ms":{slow}
    """, {"upload": """
        30 http | incoming request || ,"reqId":"{req}","method":"POST","url":"/v2/photos","remoteAddress":"{ip}"
        50 mongo | insert failed || ,"reqId":"{req}","collection":"photos","err":{"type":"MongoServerError","message":"not primary"}
        30 http | request completed || ,"reqId":"{req}","statusCode":503,"responseTime":{slow}
    """}),
    fault("event_loop_blocked", "cpu_or_thread_exhausted", "事件循环被阻塞，请求超时", "The event loop is blocked and requests time out", """
        *3-5 40 stats | event loop blocked || ,"eventLoopLagMs":{~loop},"activeRequests":{~wait}
        *2-4 40 http | request timeout || ,"reqId":"{~req}","url":"{~path}","timeoutMs":30000
        & 30 http | request completed || ,"reqId":"{req}","statusCode":503,"responseTime":3{~slow}
        *1-2 40 redis | command timed out || ,"command":"get","err":{"type":"Error","message":"Command timed out","stack":"Error: Command timed out\\n    at Timeout._onTimeout (/app/node_modules/ioredis/built/Command.js:192:33)"}
        *1-2 40 worker | job stalled || ,"queue":"thumbnails","jobId":{~job}
    """),
    fault("heap_out", "memory_exhausted", "堆内存耗尽，进程崩溃重启", "The heap runs out; the process dies and starts again", """
        *3-5 40 stats | memory high || ,"heapMb":{~rss},"limitMb":1024,"eventLoopLagMs":{~loop}
        60 process | FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory ||
        +900-3000 30 process | starting || ,"version":"2.31.0","node":"v22.6.0","env":"production"
        *1-3 40 worker | job stalled || ,"queue":"thumbnails","jobId":{~job}
        40 worker | job stalled more than allowable limit || ,"queue":"thumbnails","jobId":{job}
        30 http | server listening || ,"port":3000
    """),
    fault("uncaught", "service_crash", "未捕获的异常使进程反复退出", "An uncaught exception ends the process again and again", """
        *3-4 60 process | uncaughtException || ,"err":{"type":"TypeError","message":"Cannot read properties of undefined (reading 'exif')","stack":"TypeError: Cannot read properties of undefined (reading 'exif')\\n    at readMetadata (/app/src/photos/metadata.js:27:31)\\n    at processTicksAndRejections (node:internal/process/task_queues:105:5)"}
        & 30 process | exiting || ,"code":1
        & +500-1500 30 process | starting || ,"version":"2.31.1","node":"v22.6.0","env":"production"
        *1-2 50 process | unhandledRejection || ,"err":{"type":"Error","message":"Connection is closed.","stack":"Error: Connection is closed.\\n    at close (/app/node_modules/ioredis/built/redis/event_handler.js:189:25)"}
    """),
    fault("storage_denied", "permission_denied", "对象存储凭证失效，上传被拒绝", "Object storage rejects the credentials; uploads fail", """
        *4-6 50 storage | put failed || ,"reqId":"{~req}","key":"originals/{~photo}","err":{"type":"AccessDenied","message":"Access Denied","code":403,"stack":"AccessDenied: Access Denied\\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:867:20)"}
        & 30 http | request completed || ,"reqId":"{req}","statusCode":502,"responseTime":{~ms}
        *1-2 50 storage | presign failed || ,"key":"originals/{~photo}","err":{"type":"ExpiredToken","message":"The provided token has expired."}
    """, {"upload": """
        30 http | incoming request || ,"reqId":"{req}","method":"POST","url":"/v2/photos","remoteAddress":"{ip}"
        50 storage | put failed || ,"reqId":"{req}","key":"originals/{photo}","err":{"type":"AccessDenied","message":"Access Denied","code":403}
        30 http | request completed || ,"reqId":"{req}","statusCode":502,"responseTime":{ms}
    """}),
    fault("queue_stuck", "queue_backlog", "缩略图队列积压，任务反复停滞", "The thumbnail queue backs up and jobs stall", """
        *3-5 40 queue | backlog growing || ,"queue":"thumbnails","waiting":{~wait},"active":4
        *2-3 40 worker | job stalled || ,"queue":"thumbnails","jobId":{~job}
        *2-3 50 worker | job failed || ,"queue":"thumbnails","jobId":{~job},"attempt":{~try},"err":{"type":"Error","message":"render timed out after 60000 ms"}
        *1-2 40 queue | backlog growing || ,"queue":"thumbnails","waiting":{~wait},"active":4
    """),
    fault("nosql_injection", "injection_attempt", "带操作符的注入与路径穿越请求", "Operator injection and path traversal from one client", """
        *4-7 40 http | validation error || ,"reqId":"{~req}","ip":"{bad}","issues":[{"path":"password","message":"Expected string","value":"{~q}"}]
        *3-5 40 auth | invalid password || ,"reqId":"{~req}","user":"admin","ip":"{bad}"
        *2-3 40 http | blocked path || ,"reqId":"{~req}","ip":"{bad}","url":"/v2/photos/..%2f..%2f..%2fetc%2fpasswd"
    """),
    fault("redis_dns", "dns_failure", "缓存主机名解析失败，限流与会话失效", "The cache's name does not resolve; sessions and limits fail", """
        *4-7 50 redis | connection error || ,"err":{"type":"Error","message":"getaddrinfo EAI_AGAIN redis","stack":"Error: getaddrinfo EAI_AGAIN redis\\n    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26)"}
        & 40 redis | reconnecting || ,"attempt":{~n},"delayMs":{~ms}0
        *1-3 40 ratelimit | store unavailable, letting requests pass || ,"ip":"{~ip}"
        *1-2 50 queue | job not added || ,"queue":"thumbnails","err":{"type":"MaxRetriesPerRequestError","message":"Reached the max retries per request limit (which is 20)."}
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="node_api",
    language="en",
    headers={
        "": '{"level":{level},"time":{time},"pid":{@pid},"hostname":"{@host}","name":"{source}","msg":"{message}"{extra}}'
    },
    clock=clocks.epoch_ms,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=9,
)
