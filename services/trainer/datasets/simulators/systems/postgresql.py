# ruff: noqa: E501 - a script row is a log line and stays whole
"""PostgreSQL server log with ``log_line_prefix = '%m [%p] %q%u@%d '``: sessions, statements, checkpoints, autovacuum."""

from services.trainer.datasets.simulators.clocks import pattern
from services.trainer.datasets.simulators.engine import Simulator, fault, flow
from services.trainer.datasets.simulators.fields import (
    address,
    counter,
    decimal,
    integer,
    one_of,
    ramp,
    ranked,
    shaped,
    shapes,
    skewed,
)

_FIELDS = {
    "pid": counter(2100, 7),
    "bg": counter(310, 3),
    "who": ranked("app", "report", "billing", "etl"),
    "db": ranked("shop", "ledger", "warehouse"),
    "host": address("10.20."),
    "port": integer(32768, 60999),
    "ms": skewed(3.2, 0.9, 3, least=0.08),
    "slow": skewed(1450, 0.4, 3, least=1000),
    "dur": decimal(0.1, 58.9, 3),
    "m": integer(0, 47, 2),
    "id": integer(1000, 999999),
    "table": ranked("orders", "order_items", "customers", "payments", "stock", "audit_log", "sessions", "shipments"),
    "index": ranked("orders_pkey", "customers_email_key", "payments_charge_id_key", "stock_sku_key"),
    "email": shaped("&&&&&##@example.com"),
    "bufs": skewed(900, 0.8, least=3),
    "pct": decimal(0.1, 9.8, 1),
    "n": integer(0, 14),
    "secs": decimal(1, 269, 3),
    "sync": decimal(0.001, 0.412, 3),
    "kb": skewed(24000, 0.7, least=60),
    "lsn": shaped("3/%?######"),
    "wal": shaped("00000001000000030000##?#"),
    "pages": skewed(4200, 0.8, least=4),
    "tuples": skewed(31000, 0.9, least=20),
    "dead": skewed(2100, 0.8, least=10),
    "tmp": shapes("base/pgsql_tmp/pgsql_tmp####.#", "base/pgsql_tmp/pgsql_tmp###.##"),
    "bytes": skewed(21000000, 0.5, least=9000000),
    "xid": counter(9000000, 40),
    "app": ranked("checkout", "psql", "metabase", "pgbouncer", "sidekiq"),
    "worker": counter(5100, 11),
    "user_x": ranked("admin", "postgres", "root", "sa", "oracle", "test", "dbadmin", "backup"),
    "bad": address("45.9."),
    "used": ramp(3, 1.3),
    "wait": ramp(1000, 1.5, 3),
    "block": integer(100, 90000),
    "rel": shaped("base/16402/2####"),
    "ver": one_of("16.4 (Debian 16.4-1.pgdg120+2)"),
    "lag": ramp(90, 1.5),
}

_FLOWS = (
    flow("session", 6, """
        LOG [{pid}] | connection received: host={host} port={port}
        LOG [{pid}] {who}@{db} | connection authorized: user={who} database={db} application_name={app} SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)
        *1-3 LOG [{pid}] {who}@{db} | duration: {~ms} ms  execute <unnamed>: SELECT * FROM {~table} WHERE id = $1
        ?0.4 LOG [{pid}] {who}@{db} | duration: {~ms} ms  statement: BEGIN
        & LOG [{pid}] {who}@{db} | duration: {~ms} ms  execute S_1: INSERT INTO {table} (customer_id, total_cents) VALUES ($1, $2) RETURNING id
        & LOG [{pid}] {who}@{db} | duration: {~ms} ms  execute S_2: UPDATE stock SET quantity = quantity - $1 WHERE sku = $2
        & LOG [{pid}] {who}@{db} | duration: {~ms} ms  statement: COMMIT
        +500-9000 LOG [{pid}] {who}@{db} | disconnection: session time: 0:{m}:{dur} user={who} database={db} host={host} port={port}
    """),
    flow("pooled_statements", 8, """
        *2-6 LOG [{pid}] {who}@{db} | duration: {~ms} ms  execute S_3: SELECT id, status FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 20
        ?0.4 LOG [{pid}] {who}@{db} | duration: {ms} ms  execute S_5: UPDATE sessions SET last_seen = now() WHERE token = $1
        ?0.2 LOG [{pid}] {who}@{db} | duration: {ms} ms  execute S_7: DELETE FROM {table} WHERE id = $1
        ?0.2 DETAIL [{pid}] {who}@{db} | parameters: $1 = '{id}'
    """),
    flow("report_query", 0.7, """
        LOG [{pid}] report@shop | duration: {slow} ms  statement: SELECT date_trunc('day', created_at) AS day, sum(total_cents) FROM orders GROUP BY 1
        ?0.5 LOG [{pid}] report@shop | temporary file: path "{tmp}", size {bytes}
        & STATEMENT [{pid}] report@shop | SELECT date_trunc('day', created_at) AS day, sum(total_cents) FROM orders GROUP BY 1
    """),
    flow("duplicate_key", 0.5, """
        ERROR [{pid}] app@shop | duplicate key value violates unique constraint "{index}"
        & +0 DETAIL [{pid}] app@shop | Key (email)=({email}) already exists.
        & +0 STATEMENT [{pid}] app@shop | INSERT INTO customers (email, name) VALUES ($1, $2)
    """),
    flow("user_cancel", 0.15, """
        ERROR [{pid}] report@shop | canceling statement due to user request
        & +0 STATEMENT [{pid}] report@shop | SELECT count(*) FROM audit_log WHERE message ILIKE $1
    """),
    flow("client_gone", 0.2, """
        LOG [{pid}] {who}@{db} | could not receive data from client: Connection reset by peer
        & +0 LOG [{pid}] {who}@{db} | unexpected EOF on client connection with an open transaction
    """),
    flow("typo_in_psql", 0.12, """
        ERROR [{pid}] etl@warehouse | column "custmer_id" does not exist at character 8
        & +0 HINT [{pid}] etl@warehouse | Perhaps you meant to reference the column "orders.customer_id".
        & +0 STATEMENT [{pid}] etl@warehouse | SELECT custmer_id FROM orders LIMIT 5;
    """),
    flow("serialization", 0.2, """
        ERROR [{pid}] billing@ledger | could not serialize access due to concurrent update
        & +0 STATEMENT [{pid}] billing@ledger | UPDATE accounts SET balance = balance + $1 WHERE id = $2
        +20-90 LOG [{pid}] billing@ledger | duration: {ms} ms  execute S_9: UPDATE accounts SET balance = balance + $1 WHERE id = $2
    """),
    flow("lock_wait_resolved", 0.25, """
        LOG [{pid}] app@shop | process {pid} still waiting for ShareLock on transaction {xid} after 1000.{n}42 ms
        & +0 DETAIL [{pid}] app@shop | Process holding the lock: {worker}. Wait queue: {pid}.
        +100-900 LOG [{pid}] app@shop | process {pid} acquired ShareLock on transaction {xid} after {slow} ms
    """),
    flow("checkpoint", 0, """
        LOG [{@bg}] | checkpoint starting: time
        +2000-9000 LOG [{@bg}] | checkpoint complete: wrote {bufs} buffers ({pct}%); 0 WAL file(s) added, 0 removed, {n} recycled; write={secs} s, sync={sync} s, total={secs} s; sync files={n}, longest={sync} s, average=0.004 s; distance={kb} kB, estimate={kb} kB; lsn={lsn}, redo lsn={lsn}
    """, every_s=300),
    flow("autovacuum", 0.25, """
        LOG [{worker}] | automatic vacuum of table "shop.public.{table}": index scans: 1
        |\tpages: 0 removed, {pages} remain, {bufs} scanned ({pct}% of total)
        |\ttuples: {dead} removed, {tuples} remain, 0 are dead but not yet removable
        |\tremovable cutoff: {xid}, which was {n} XIDs old when operation ended
        |\tavg read rate: {pct} MB/s, avg write rate: {pct} MB/s
        |\tsystem usage: CPU: user: {sync} s, system: {sync} s, elapsed: {pct} s
        ?0.6 LOG [{worker}] | automatic analyze of table "shop.public.{table}"
        |\tavg read rate: {pct} MB/s, avg write rate: {pct} MB/s
        |\tsystem usage: CPU: user: {sync} s, system: {sync} s, elapsed: {pct} s
    """),
    flow("replica", 0.08, """
        LOG [{pid}] replicator@[unknown] | received replication command: IDENTIFY_SYSTEM
        LOG [{pid}] replicator@[unknown] | received replication command: START_REPLICATION SLOT "standby1" {lsn} TIMELINE 1
    """),
    flow("backup", 0.02, """
        LOG [{pid}] replicator@[unknown] | received replication command: BASE_BACKUP ( LABEL 'pg_basebackup base backup',  PROGRESS,  CHECKPOINT 'fast',  MANIFEST 'yes')
        LOG [{@bg}] | checkpoint starting: immediate force wait
        +900-4000 LOG [{@bg}] | checkpoint complete: wrote {bufs} buffers ({pct}%); 0 WAL file(s) added, {n} removed, {n} recycled; write={sync} s, sync={sync} s, total={pct} s; sync files={n}, longest={sync} s, average=0.001 s; distance={kb} kB, estimate={kb} kB; lsn={lsn}, redo lsn={lsn}
    """),
    flow("reload", 0.03, """
        LOG [{@bg}] | received SIGHUP, reloading configuration files
        ?0.5 LOG [{@bg}] | parameter "work_mem" changed to "64MB"
    """),
    flow("migration", 0.04, """
        LOG [{pid}] app@shop | duration: {slow} ms  statement: ALTER TABLE {table} ADD COLUMN IF NOT EXISTS notes text
        LOG [{pid}] app@shop | duration: {slow} ms  statement: CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_created_idx ON {table} (created_at)
        NOTICE [{pid}] app@shop | relation "{table}_created_idx" already exists, skipping
    """),
    flow("nightly_etl", 0.02, """
        LOG [{pid}] etl@warehouse | duration: {slow} ms  statement: COPY staging_orders FROM STDIN WITH (FORMAT csv)
        LOG [{pid}] etl@warehouse | duration: {slow} ms  statement: REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales
        LOG [{pid}] etl@warehouse | duration: {slow} ms  statement: VACUUM (ANALYZE) staging_orders
    """, every_s=86400),
    flow("restart", 0.008, """
        LOG [{@bg}] | received fast shutdown request
        LOG [{@bg}] | aborting any active transactions
        FATAL [{pid}] {who}@{db} | terminating connection due to administrator command
        LOG [{@bg}] | shutting down
        LOG [{@bg}] | database system is shut down
        +1500-3000 LOG [{@bg}] | starting PostgreSQL {@ver} on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit
        LOG [{@bg}] | listening on IPv4 address "0.0.0.0", port 5432
        LOG [{@bg}] | database system was shut down at 2026-03-02 03:14:07 UTC
        LOG [{@bg}] | database system is ready to accept connections
    """),
)  # fmt: skip

_FAULTS = (
    fault("disk_full", "disk_full",
        "数据盘写满，无法扩展文件，WAL写入失败后数据库崩溃", "The data disk fills up: files cannot grow, WAL writes fail, the server goes down", """
        *1-2 LOG [{pid}] report@shop | temporary file: path "{~tmp}", size {~bytes}9
        *3-5 ERROR [{~pid}] app@shop | could not extend file "{~rel}": No space left on device
        & +0 HINT [{pid}] app@shop | Check free disk space.
        *1-2 ERROR [{~pid}] etl@warehouse | could not write to file "{~tmp}": No space left on device
        *1-2 LOG [{@bg}] | could not write temporary statistics file "pg_stat_tmp/global.tmp": No space left on device
        PANIC [{pid}] | could not write to file "pg_wal/xlogtemp.{pid}": No space left on device
        LOG [{@bg}] | server process (PID {pid}) was terminated by signal 6: Aborted
        LOG [{@bg}] | terminating any other active server processes
        LOG [{@bg}] | all server processes terminated; reinitializing
        LOG [{@bg}] | database system was interrupted; last known up at 2026-03-02 08:12:44 UTC
        *2-3 FATAL [{~pid}] {who}@{db} | the database system is in recovery mode
    """),
    fault("too_many_connections", "database_error",
        "连接泄漏占满全部连接槽，新连接被拒绝", "Leaked sessions take every slot; new connections are refused", """
        *4-7 LOG [{~pid}] | connection received: host={host} port={~port}
        *3-6 FATAL [{~pid}] app@shop | sorry, too many clients already
        *2-3 FATAL [{~pid}] app@shop | remaining connection slots are reserved for roles with the SUPERUSER attribute
        *2-4 LOG [{~pid}] | connection received: host={host} port={~port}
        *2-3 FATAL [{~pid}] billing@ledger | sorry, too many clients already
        FATAL [{pid}] app@shop | terminating connection due to idle-in-transaction timeout
    """, {"session": """
        LOG [{pid}] | connection received: host={host} port={port}
        FATAL [{pid}] {who}@{db} | sorry, too many clients already
    """}),
    fault("deadlock", "deadlock",
        "事务交叉更新相互等待，检测到死锁", "Transactions update the same rows in opposite order and deadlock", """
        *2-3 LOG [{pid}] app@shop | process {pid} still waiting for ShareLock on transaction {~xid} after {~wait} ms
        *2-3 ERROR [{pid}] app@shop | deadlock detected
        & +0 DETAIL [{pid}] app@shop | Process {pid} waits for ShareLock on transaction {xid}; blocked by process {worker}.
        |\tProcess {worker} waits for ShareLock on transaction {xid}; blocked by process {pid}.
        |\tProcess {pid}: UPDATE stock SET quantity = quantity - $1 WHERE sku = $2
        |\tProcess {worker}: UPDATE stock SET reserved = reserved + $1 WHERE sku = $2
        & +0 HINT [{pid}] app@shop | See server log for query details.
        & +0 CONTEXT [{pid}] app@shop | while updating tuple ({block},{n}) in relation "stock"
        & +0 STATEMENT [{pid}] app@shop | UPDATE stock SET quantity = quantity - $1 WHERE sku = $2
        *2-4 ERROR [{~pid}] app@shop | canceling statement due to lock timeout
        & +0 CONTEXT [{pid}] app@shop | while locking tuple ({block},{n}) in relation "stock"
        ERROR [{pid}] app@shop | current transaction is aborted, commands ignored until end of transaction block
    """),
    fault("password_guessing", "authentication_attack",
        "外部地址反复猜测数据库口令", "An outside address keeps guessing database passwords", """
        *2-3 LOG [{~pid}] | connection received: host={bad} port={~port}
        *5-9 FATAL [{~pid}] {~user_x}@postgres | password authentication failed for user "{~user_x}"
        & +0 DETAIL [{pid}] {user_x}@postgres | Role "{user_x}" does not exist.
        |\tConnection matched file "/etc/postgresql/16/main/pg_hba.conf" line 97: "host all all 0.0.0.0/0 scram-sha-256"
        *3-5 FATAL [{~pid}] {~user_x}@postgres | password authentication failed for user "{~user_x}"
        *1-3 FATAL [{~pid}] {~user_x}@shop | no pg_hba.conf entry for host "{bad}", user "{~user_x}", database "shop", no encryption
    """),
    fault("page_corruption", "data_corruption",
        "数据页校验失败，索引损坏，查询报错", "Pages fail their checksum; an index is corrupt and queries error out", """
        *2-3 WARNING [{~pid}] app@shop | page verification failed, calculated checksum {~id} but expected {~port}
        *2-3 ERROR [{pid}] app@shop | invalid page in block {~block} of relation {rel}
        & +0 STATEMENT [{pid}] app@shop | SELECT * FROM payments WHERE order_id = $1
        *1-2 ERROR [{~pid}] app@shop | index "payments_charge_id_key" contains unexpected zero page at block {~block}
        & +0 HINT [{pid}] app@shop | Please REINDEX it.
        ERROR [{worker}] | could not access status of transaction {xid}
        & +0 DETAIL [{worker}] | Could not open file "pg_xact/0A1F": No such file or directory.
        ERROR [{pid}] billing@ledger | missing chunk number 0 for toast value {id} in pg_toast_16519
    """),
    fault("backend_segfault", "service_crash",
        "后端进程段错误，全部会话被终止并进入恢复", "A backend dies of a segmentation fault; all sessions end and recovery begins", """
        LOG [{@bg}] | server process (PID {pid}) was terminated by signal 11: Segmentation fault
        & +0 DETAIL [{@bg}] | Failed process was running: SELECT st_union(geom) FROM delivery_zones
        LOG [{@bg}] | terminating any other active server processes
        *3-5 WARNING [{~pid}] {~who}@{~db} | terminating connection because of crash of another server process
        & +0 DETAIL [{pid}] {who}@{db} | The postmaster has commanded this server process to roll back the current transaction and exit, because another server process exited abnormally and possibly corrupted shared memory.
        LOG [{@bg}] | all server processes terminated; reinitializing
        *2-4 FATAL [{~pid}] {~who}@{~db} | the database system is in recovery mode
        LOG [{@bg}] | database system was not properly shut down; automatic recovery in progress
        LOG [{@bg}] | redo starts at {lsn}
        LOG [{@bg}] | invalid record length at {lsn}: expected at least 24, got 0
        LOG [{@bg}] | redo done at {lsn} system usage: CPU: user: {sync} s, system: {sync} s, elapsed: {pct} s
    """, {"session": "", "pooled_statements": ""}),
    fault("replication_broken", "network_partition",
        "备库断开，复制槽保留的WAL越积越多", "The standby is cut off; the slot holds back more and more WAL", """
        LOG [{pid}] replicator@[unknown] | terminating walsender process due to replication timeout
        *2-3 LOG [{~pid}] replicator@[unknown] | could not send data to client: Connection timed out
        *2-3 LOG [{~pid}] replicator@[unknown] | could not receive data from client: No route to host
        *2-3 LOG [{@bg}] | checkpoints are occurring too frequently ({~n} seconds apart)
        & +0 HINT [{@bg}] | Consider increasing the configuration parameter "max_wal_size".
        WARNING [{@bg}] | replication slot "standby1" retains {lag} GB of WAL
        ERROR [{pid}] replicator@[unknown] | requested WAL segment {wal} has already been removed
        LOG [{@bg}] | invalidating obsolete replication slot "standby1"
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="postgresql",
    language="en",
    headers={"": "{time} {source} {level}:  {message}"},
    clock=pattern("%Y-%m-%d %H:%M:%S.", 3, " UTC"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=4,
)
