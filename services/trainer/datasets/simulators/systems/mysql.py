# ruff: noqa: E501 - a script row is a log line and stays whole
"""MySQL 8 error log (system, InnoDB, replication) with the general query log in one stream."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "th": f.counter(1400, 9),
    "io": f.integer(5, 9),
    "host": f.address("10.8."),
    "user": f.ranked("webapp", "reports", "batch", "repl", "readonly"),
    "db": f.ranked("store", "crm", "billing", "forum"),
    "table": f.ranked("orders", "customers", "invoice_items", "posts", "carts", "events", "price_list"),
    "secs": f.decimal(1.0, 9.4, 6),
    "rows": f.skewed(900, 1.1),
    "exam": f.skewed(240000, 0.9),
    "n": f.integer(1, 60),
    "ms": f.integer(4100, 9800),
    "file": f.shaped("binlog.000###"),
    "pos": f.counter(200000, 9000),
    "gtid": f.shaped("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-#######"),
    "sp": f.integer(120, 4000),
    "page": f.integer(3, 90000),
    "bad": f.address("91.240."),
    "guess": f.ranked("root", "admin", "mysql", "test", "backup", "wordpress", "dba"),
    "id": f.integer(1000, 999999),
    "trx": f.counter(4210000, 30),
    "lag": f.ramp(30, 1.6),
    "gb": f.decimal(0.1, 1.9, 1),
}

_FLOWS = (
    flow("client", 6, """
        Connect general | {user}@{host} on {db} using SSL/TLS
        Query general | SET NAMES utf8mb4
        *1-3 Query general | SELECT * FROM {~table} WHERE customer_id = {~id} ORDER BY created_at DESC LIMIT 20
        ?0.3 Query general | INSERT INTO {table} (customer_id, total, created_at) VALUES ({id}, {rows}, NOW())
        ?0.2 Query general | UPDATE carts SET updated_at = NOW() WHERE id = {id}
        Quit general |
    """),
    flow("prepared", 5, """
        Prepare general | SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ?
        *1-3 Execute general | SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = {~id}
        ?0.5 Reset general | stmt
    """),
    flow("transaction", 3, """
        Query general | BEGIN
        Query general | SELECT stock FROM price_list WHERE sku = {id} FOR UPDATE
        Query general | UPDATE price_list SET stock = stock - {n} WHERE sku = {id}
        ?0.05 Query general | ROLLBACK
        / Query general | COMMIT
    """),
    flow("report", 1, """
        Query general | SELECT DATE(created_at), SUM(total) FROM orders GROUP BY 1 ORDER BY 1 DESC LIMIT {n}
        ?0.3 Note {th} | [MY-013360] [Server] Slow query: {secs} s, rows examined {exam}, user {user}
    """),
    flow("cleanup", 0.6, """
        Query general | DELETE FROM events WHERE created_at < NOW() - INTERVAL 30 DAY LIMIT 10000
        ?0.5 Query general | OPTIMIZE TABLE events
    """),
    flow("aborted", 3, """
        Note {th} | [MY-010914] [Server] Aborted connection {th} to db: '{db}' user: '{user}' host: '{host}' (Got an error reading communication packets).
    """),
    flow("idle_timeout", 2, """
        Note {th} | [MY-010914] [Server] Aborted connection {th} to db: '{db}' user: '{user}' host: '{host}' (The client was disconnected by the server because of inactivity.).
    """),
    flow("access_denied", 0.7, """
        Note {th} | [MY-010926] [Server] Access denied for user '{user}'@'{host}' (using password: YES)
    """),
    flow("name_lookup", 0.6, """
        Warning {th} | [MY-010055] [Server] IP address '{host}' could not be resolved: Name or service not known
    """),
    flow("page_cleaner", 1.2, """
        Note 0 | [MY-011953] [InnoDB] Page cleaner took {ms}ms to flush {rows} and evict {n} pages
    """),
    flow("replica_attach", 0.5, """
        Note {th} | [MY-010462] [Repl] Start binlog_dump to source_thread_id({th}) replica_server({n}), pos({file}, {pos})
        ?0.3 Note {th} | [MY-010014] [Repl] While initializing dump thread for replica with UUID <0b1c8f3a-52de-11ee-8c99-0242ac120002>, found a zombie dump thread with the same UUID. Source is killing the zombie dump thread({th}).
    """),
    flow("replica_progress", 1, """
        System {io} | [MY-014002] [Repl] Replica receiver thread for channel '': connected to source 'repl@{host}:3306' with server_uuid=3e11fa47-71ca-11e1-9e33-c80aa9429562, server_id=1. Starting GTID-based replication.
    """),
    flow("replica_reconnect", 0.2, """
        Error {io} | [MY-010557] [Repl] Error reading packet from server for channel '': Lost connection to MySQL server during query (server_errno=2013)
        +900-4000 Warning {io} | [MY-010897] [Repl] Storing MySQL user name or password information in the connection metadata repository is not secure and is therefore not recommended.
        System {io} | [MY-010592] [Repl] Replica I/O thread: connected to source 'repl@{host}:3306', replication resumed in log '{file}' at position {pos}
    """),
    flow("deadlock_single", 0.2, """
        Note {th} | [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.
        Note {th} | [MY-012469] [InnoDB] *** (1) TRANSACTION:
        |TRANSACTION {trx}, ACTIVE {n} sec starting index read
        |mysql tables in use 1, locked 1
        |LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s)
        Note {th} | [MY-012469] [InnoDB] *** WE ROLL BACK TRANSACTION (1)
    """),
    flow("ddl", 0.5, """
        Note {th} | [MY-000000] [Server] DDL log: ALTER TABLE `{db}`.`{table}` finished in {secs} seconds
        ?0.3 Warning {th} | [MY-013360] [Server] Plugin sha256_password reported: ''sha256_password' is deprecated and will be removed in a future release. Please use caching_sha2_password instead'
        ?0.3 Warning {th} | [MY-011300] [Server] Plugin mysqlx reported: 'Unable to use user mysql.session account when connecting the server for internal plugin requests.'
    """),
    flow("binlog_rotate", 0.8, """
        Note 0 | [MY-011065] [Server] Binary log rotated to '{file}', position 4
        ?0.5 Note 0 | [MY-010048] [Server] Purged binary logs up to '{file}'
    """),
    flow("buffer_pool_dump", 0.2, """
        Note 0 | [MY-011880] [InnoDB] Buffer pool(s) dump started, dumping to ib_buffer_pool
        Note 0 | [MY-011880] [InnoDB] Buffer pool(s) dump completed, {exam} pages
    """),
    flow("backup", 0.05, """
        Note {th} | [MY-011825] [Xtrabackup] recognized server arguments: --datadir=/var/lib/mysql --server-id=1
        Note {th} | [MY-011825] [Xtrabackup] Connecting to MySQL server host: localhost, user: backup
        *3-6 Note {th} | [MY-011825] [Xtrabackup] >> log scanned up to ({~pos})
        Note {th} | [MY-011825] [Xtrabackup] Executing FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS...
        Note {th} | [MY-011825] [Xtrabackup] completed OK!
    """, pace=(400, 4000)),
    flow("restart", 0.03, """
        System 0 | [MY-013172] [Server] Received SHUTDOWN from user root. Shutting down mysqld (Version: 8.0.39).
        System 0 | [MY-010910] [Server] /usr/sbin/mysqld: Shutdown complete (mysqld 8.0.39)  MySQL Community Server - GPL.
        +1500-4000 System 0 | [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.39) starting as process {n}
        System 1 | [MY-013576] [InnoDB] InnoDB initialization has started.
        System 1 | [MY-013577] [InnoDB] InnoDB initialization has ended.
        Warning 0 | [MY-010068] [Server] CA certificate ca.pem is self signed.
        System 0 | [MY-013602] [Server] Channel mysql_main configured to support TLS. Encrypted connections are now supported for this channel.
        System 0 | [MY-011323] [Server] X Plugin ready for connections. Bind-address: '::' port: 33060, socket: /var/run/mysqld/mysqlx.sock
        System 0 | [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.39'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.
    """),
    flow("event_scheduler", 0, """
        Note {th} | [MY-010051] [Server] Event Scheduler: [{db}].[purge_sessions] event completed, {n} rows affected
    """, every_s=300),
)  # fmt: skip

_FAULTS = (
    fault("disk_full", "disk_full", "数据盘写满，表与二进制日志无法写入", "The data disk is full: tables and binary log cannot be written", """
        *2-4 Error {~th} | [MY-012144] [InnoDB] posix_fallocate(): Failed to preallocate data for file ./{db}/{table}.ibd, desired size 4194304 bytes. Operating system error number 28. Check that the disk is not full or a disk quota exceeded.
        *2-4 Error {~th} | [MY-012639] [InnoDB] Write to file ./{db}/{~table}.ibd failed at offset {~pos}, 1048576 bytes should have been written, only 0 were written. Operating system error number 28. Check that your OS and file system support files of this size.
        *2-3 Error {~th} | [MY-013132] [Server] The table '{~table}' is full!
        *2-3 Warning {~th} | [MY-010907] [Server] Disk is full writing './{file}' (OS errno 28 - No space left on device). Waiting for someone to free space... Retry in 60 secs.
        Error {th} | [MY-011072] [Server] Binary logging not possible. Message: An error occurred during flush stage of the commit. 'binlog_error_action' is set to 'ABORT_SERVER'. Server is being stopped.
        System 0 | [MY-010910] [Server] /usr/sbin/mysqld: Shutdown complete (mysqld 8.0.39)  MySQL Community Server - GPL.
    """),
    fault("too_many_connections", "database_error", "连接数达到上限，新连接被拒", "max_connections is reached and clients are turned away", """
        *3-5 Note {~th} | [MY-010914] [Server] Aborted connection {~th} to db: '{db}' user: 'webapp' host: '{~host}' (Got timeout reading communication packets).
        *4-7 Warning {~th} | [MY-010041] [Server] Too many connections
        *2-4 Error {~th} | [MY-010283] [Server] Failed to create thread to handle new connection(errno= 11)
        *2-4 Warning {~th} | [MY-010041] [Server] Too many connections
    """),
    fault("corrupt_page", "data_corruption", "数据页损坏，校验和不符", "Pages are corrupt on disk; the server stops itself", """
        *2-3 Error {~th} | [MY-012153] [InnoDB] Database page corruption on disk or a failed file read of page [page id: space={sp}, page number={~page}]. You may have to recover from a backup.
        & Note {th} | [MY-011876] [InnoDB] Uncompressed page, stored checksum in field1 {id}, calculated checksums for field1: crc32 {id}, innodb 1774, none 3735928559
        *1-2 Error {th} | [MY-011906] [InnoDB] Database page corruption on disk or a failed file read of page [page id: space={sp}, page number={page}]. It is also possible that your operating system has corrupted its own file cache.
        *1-3 Error {~th} | [MY-013140] [Server] Table {table} is marked as crashed and should be repaired
        Error {th} | [MY-013183] [InnoDB] Assertion failure: btr0pcur.cc:311:btr_page_get_prev(next_page) == page_id.page_no() thread 14012{id}
        Error {th} | [MY-011937] [InnoDB] We intentionally generate a memory trap.
    """),
    fault("replication_stopped", "connection_failure", "复制线程断开且无法重连，延迟不断增大", "Replication breaks, cannot reconnect, and falls behind", """
        Error {io} | [MY-010557] [Repl] Error reading packet from server for channel '': Lost connection to MySQL server during query (server_errno=2013)
        *3-5 Error {io} | [MY-010584] [Repl] Replica I/O for channel '': error reconnecting to source 'repl@{host}:3306' - retry-time: 60 retries: {~n}, Error_code: MY-002003
        *2-4 Warning {io} | [MY-010956] [Repl] Replica is {~lag} seconds behind source
        Error {io} | [MY-010586] [Repl] Error running query, replica SQL thread aborted. Fix the problem, and restart the replica SQL thread with "START REPLICA". We stopped at log '{file}' position {pos}
        Error {io} | [MY-013114] [Repl] Replica I/O for channel '': Got fatal error 1236 from source when reading data from binary log: 'Could not find first log file name in binary log index file', Error_code: MY-013114
    """),
    fault("password_guessing", "authentication_attack", "外部地址猜测数据库口令", "An outside address guesses passwords", """
        *8-14 Note {~th} | [MY-010926] [Server] Access denied for user '{~guess}'@'{bad}' (using password: YES)
        *2-3 Warning {~th} | [MY-010055] [Server] IP address '{bad}' could not be resolved: Name or service not known
        ?0.7 Warning {th} | [MY-010914] [Server] Host '{bad}' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'
        *2-4 Note {~th} | [MY-010926] [Server] Access denied for user '{~guess}'@'{bad}' (using password: NO)
    """),
    fault("killed_by_oom", "memory_exhausted", "缓冲区分配失败，进程被杀后崩溃恢复", "Memory runs out; the server is killed and recovers", """
        *2-3 Error {~th} | [MY-012681] [InnoDB] Cannot allocate {~exam}000 bytes of memory after 60 tries over 60 seconds. OS error: Cannot allocate memory (12). Check if you should increase the swap file or ulimits of your operating system.
        *1-3 Error {~th} | [MY-010934] [Server] Out of memory (Needed {~exam}00 bytes)
        +1500-3500 System 0 | [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.39) starting as process {n}
        System 1 | [MY-013576] [InnoDB] InnoDB initialization has started.
        Note 1 | [MY-012551] [InnoDB] Database was not shutdown normally!
        Note 1 | [MY-012552] [InnoDB] Starting crash recovery.
        *2-3 Note 1 | [MY-012532] [InnoDB] Applying a batch of {~rows} redo log records, {~n}% done
        Note 1 | [MY-013018] [InnoDB] Rolling back trx with id {trx}, {n} rows to undo
        System 1 | [MY-013577] [InnoDB] InnoDB initialization has ended.
    """),
    fault("lock_pileup", "deadlock", "大事务持锁不放，其他事务连续死锁和锁超时", "A long transaction holds its locks; others deadlock and time out", """
        *3-5 Note {~th} | [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.
        & Note {th} | [MY-012469] [InnoDB] *** (1) TRANSACTION:
        |TRANSACTION {~trx}, ACTIVE {~n} sec starting index read
        |mysql tables in use 1, locked 1
        |LOCK WAIT {~n} lock struct(s), heap size 1128, {~n} row lock(s), undo log entries {n}
        & Note {th} | [MY-012469] [InnoDB] *** WE ROLL BACK TRANSACTION (2)
        *2-4 Warning {~th} | [MY-013360] [Server] Lock wait timeout exceeded; try restarting transaction, thread {~th}, table `{db}`.`orders`
        *1-2 Warning {th} | [MY-012111] [InnoDB] A long semaphore wait: --Thread 14012{id} has waited at row0ins.cc line 2456 for {~n}41 seconds the semaphore
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="mysql",
    language="en",
    headers={"general": "{time}\t{th:>5} {level}\t{message}", "": "{time} {source} [{level}] {message}"},
    clock=clocks.ISO_US,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=2,
)
