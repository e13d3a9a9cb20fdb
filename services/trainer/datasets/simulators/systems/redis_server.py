# ruff: noqa: E501 - a script row is a log line and stays whole
"""Redis 7 primary with a replica and Sentinel-style failover: ``pid:role date mark message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "pid": f.integer(1, 9),
    "child": f.counter(40, 12),
    "n": f.integer(1, 90),
    "keys": f.gauge(20000, 48000),
    "clients": f.gauge(20, 110),
    "bytes": f.gauge(60000000, 140000000),
    "mb": f.integer(1, 12),
    "secs": f.decimal(0.01, 1.9, 3),
    "ip": f.address("10.6."),
    "port": f.integer(32768, 60999),
    "repl": f.one_of("10.6.1.12:6379", "10.6.1.13:6379"),
    "id": f.shaped("????????????????????????????????????????"),
    "off": f.counter(88000000, 5000),
    "slots": f.one_of("1024"),
    "bad": f.address("103.75."),
    "omem": f.ramp(16000000, 1.4),
    "gap": f.integer(2, 40),
    "cron": f.integer(120, 900),
    "ver": f.one_of("7.2.5"),
    "db": f.integer(0, 3),
    "hz": f.integer(600, 900),
    "bits": f.one_of("64"),
}

_FLOWS = (
    flow("bgsave", 5, """
        * {@pid}:M | {n}00 changes in 60 seconds. Saving...
        * {@pid}:M | Background saving started by pid {child}
        +200-1500 * {child}:C | DB saved on disk
        * {child}:C | Fork CoW for RDB: current {mb} MB, peak {mb} MB, average {mb} MB
        * {@pid}:M | Background saving terminated with success
    """, pace=(5, 120)),
    flow("aof_rewrite", 1.5, """
        * {@pid}:M | Starting automatic rewriting of AOF on {n}% growth
        * {@pid}:M | Creating AOF incr file appendonly.aof.{n}.incr.aof on background rewrite
        * {@pid}:M | Background append only file rewriting started by pid {child}
        +300-2000 * {child}:C | Successfully created the temporary AOF base file temp-rewriteaof-bg-{child}.aof
        * {child}:C | Fork CoW for AOF rewrite: current {mb} MB, peak {mb} MB, average {mb} MB
        * {@pid}:M | Background AOF rewrite terminated with success
        * {@pid}:M | Successfully renamed the temporary AOF base file temp-rewriteaof-bg-{child}.aof into appendonly.aof.{n}.base.rdb
        * {@pid}:M | Removing the history file appendonly.aof.{n}.incr.aof in the background
        * {@pid}:M | Background AOF rewrite finished successfully
    """, pace=(5, 120)),
    flow("stats", 8, """
        - {@pid}:M | DB {db}: {keys} keys ({n} volatile) in 65536 slots HT.
        - {@pid}:M | {clients} clients connected (2 replicas), {bytes} bytes in use
    """),
    flow("clients", 6, """
        - {@pid}:M | Accepted {ip}:{port}
        +100-9000 - {@pid}:M | Client closed connection id={n} addr={ip}:{port} laddr=10.6.1.11:6379 fd={gap} name=web age={n} idle=0 flags=N db={db} sub=0 psub=0 multi=-1 qbuf=0 obl=0 oll=0 omem=0 cmd=get user=default
    """),
    flow("client_error", 0.8, """
        - {@pid}:M | Reading from client: Connection reset by peer
    """),
    flow("expire_cycle", 2, """
        . {@pid}:M | Expired {n} keys in db {db} during active cycle, {secs} ms
        ?0.3 . {@pid}:M | Rehashing main dictionary, {n} of 100 steps
    """),
    flow("replica_sync", 0.6, """
        * {@pid}:M | Replica {repl} asks for synchronization
        ?0.6 * {@pid}:M | Partial resynchronization request from {repl} accepted. Sending {n}00 bytes of backlog starting from offset {off}.
        / * {@pid}:M | Full resync requested by replica {repl}
        & * {@pid}:M | Starting BGSAVE for SYNC with target: replicas sockets using: normal sync
        & * {@pid}:M | Background RDB transfer started by pid {child}
        & +200-900 * {@pid}:M | Streamed replica synchronization with replica {repl} succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming
        * {@pid}:M | Synchronization with replica {repl} succeeded
    """),
    flow("replica_blip", 0.25, """
        # {@pid}:M | Connection with replica {repl} lost.
        +200-1500 * {@pid}:M | Replica {repl} asks for synchronization
        * {@pid}:M | Partial resynchronization request from {repl} accepted. Sending {n}00 bytes of backlog starting from offset {off}.
        * {@pid}:M | Synchronization with replica {repl} succeeded
    """),
    flow("slow_fsync", 0.2, """
        * {@pid}:M | Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.
    """),
    flow("big_client_buffer", 0.08, """
        # {@pid}:M | Client id={n} addr={ip}:{port} laddr=10.6.1.11:6379 fd={gap} name=worker age={n} idle=0 flags=P db={db} sub=1 psub=0 multi=-1 qbuf=0 obl=0 oll={n} omem={bytes} cmd=subscribe user=default scheduled to be closed ASAP for overcoming of output buffer limits.
    """),
    flow("config", 0.3, """
        - {@pid}:M | CONFIG SET maxmemory {bytes} from {ip}:{port}
        ?0.3 * {@pid}:M | CONFIG REWRITE executed with success.
    """),
    flow("acl", 0.1, """
        * {@pid}:M | ACL LOAD: {n} users loaded from /etc/redis/users.acl
    """),
    flow("restart", 0.03, """
        * {@pid}:S | User requested shutdown...
        * {@pid}:M | Calling fsync() on the AOF file.
        * {@pid}:M | Saving the final RDB snapshot before exiting.
        * {@pid}:M | DB saved on disk
        * {@pid}:M | Removing the pid file.
        # {@pid}:M | Redis is now ready to exit, bye bye...
        +800-2500 * {@pid}:C | oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
        * {@pid}:C | Redis version={@ver}, bits={@bits}, commit=00000000, modified=0, pid={@pid}, just started
        * {@pid}:C | Configuration loaded
        * {@pid}:M | monotonic clock: POSIX clock_gettime
        * {@pid}:M | Running mode=standalone, port=6379.
        ?0.4 # {@pid}:M | WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition.
        * {@pid}:M | Server initialized
        * {@pid}:M | Loading RDB produced by version {@ver}
        * {@pid}:M | RDB age {n} seconds
        * {@pid}:M | DB loaded from base file appendonly.aof.{n}.base.rdb: {secs} seconds
        * {@pid}:M | Ready to accept connections tcp
    """),
    flow("memory_doctor", 0, """
        - {@pid}:M | Active defrag cycle finished: {n} keys moved, fragmentation 1.0{db}
    """, every_s=300),
)  # fmt: skip

_FAULTS = (
    fault("fork_fails", "memory_exhausted", "内存不足，后台保存的fork失败，写入被拒绝", "Memory runs out: the save cannot fork and writes are refused", """
        *3-5 * {@pid}:M | {~n}00 changes in 60 seconds. Saving...
        & # {@pid}:M | Can't save in background: fork: Cannot allocate memory
        *2-3 # {@pid}:M | MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled
        *2-3 # {@pid}:M | OOM command not allowed when used memory > 'maxmemory', client addr={~ip}:{~port} cmd=set
        *1-2 # {@pid}:M | Client id={~n} addr={~ip}:{~port} laddr=10.6.1.11:6379 fd={gap} name=worker age={n} idle=0 flags=N db={db} sub=0 psub=0 multi=-1 qbuf=0 obl=0 oll={n} omem={~omem} cmd=lrange user=default scheduled to be closed ASAP for overcoming of output buffer limits.
    """, {"bgsave": ""}),
    fault("disk_full", "disk_full", "磁盘写满，AOF与RDB写入失败", "The disk fills up: AOF and RDB writes fail", """
        *2-3 # {@pid}:M | Error writing to the AOF file: No space left on device
        *1-2 # {@pid}:M | Short write while writing to the AOF file: (nwritten={~n}, expected={~n}00)
        *2-3 # {~child}:C | Write error saving DB on disk(rdbSaveRio): No space left on device
        & # {@pid}:M | Background saving error
        # {@pid}:M | AOF write error looks solved, Redis can write again.
        *1-2 # {@pid}:M | Error writing to the AOF file: No space left on device
        # {@pid}:M | Error moving temp append only file on the final destination: No space left on device
    """, {"bgsave": ""}),
    fault("replicas_lost", "network_partition", "与所有副本的链路中断，反复全量同步失败", "Links to the replicas break; full resyncs fail again and again", """
        *2-3 # {@pid}:M | Connection with replica {~repl} lost.
        *2-3 # {@pid}:M | Disconnecting timedout replica (streaming sync): {~repl}
        *2-4 * {@pid}:M | Replica {~repl} asks for synchronization
        & * {@pid}:M | Unable to partial resync with replica {repl} for lack of backlog (Replica request was: {off}).
        & # {@pid}:M | Connection with replica client id #{n} lost.
        & # {@pid}:M | Diskless rdb transfer, last replica dropped, killing fork child.
        # {@pid}:M | NOREPLICAS Not enough good replicas to write.
    """),
    fault("failover_flap", "service_crash", "主节点被判下线，哨兵反复切换", "The primary is judged down and Sentinel fails over back and forth", """
        # {@pid}:X | +sdown master mymaster 10.6.1.11 6379
        # {@pid}:X | +odown master mymaster 10.6.1.11 6379 #quorum 2/2
        # {@pid}:X | +new-epoch {n}
        # {@pid}:X | +try-failover master mymaster 10.6.1.11 6379
        # {@pid}:X | +vote-for-leader {id} {n}
        # {@pid}:X | +elected-leader master mymaster 10.6.1.11 6379
        # {@pid}:X | +selected-slave slave {repl} 10.6.1.12 6379 @ mymaster 10.6.1.11 6379
        # {@pid}:X | -failover-abort-slave-timeout master mymaster 10.6.1.11 6379
        *1-2 # {@pid}:X | +try-failover master mymaster 10.6.1.11 6379
        * {@pid}:X | +switch-master mymaster 10.6.1.11 6379 10.6.1.12 6379
        * {@pid}:S | Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to synchronize with the new master with just a partial transfer.
        * {@pid}:S | Connecting to MASTER 10.6.1.12:6379
        *2-3 # {@pid}:S | Error condition on socket for SYNC: Connection refused
    """),
    fault("attack_on_open_port", "injection_attempt", "公网主机对Redis端口的跨协议与写文件攻击", "Hosts from outside attack the port with cross-protocol and file-writing commands", """
        *3-5 # {@pid}:M | Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection from {bad}:{~port} aborted.
        *3-5 - {@pid}:M | Accepted {bad}:{~port}
        *2-3 # {@pid}:M | CONFIG SET dir /var/spool/cron from {bad}:{~port}
        # {@pid}:M | Failed opening the temp RDB file root (in server root dir /var/spool/cron) for saving: Permission denied
        *1-2 * {@pid}:M | REPLICAOF {bad}:8888 enabled (user request from 'id={~n} addr={bad}:{port}')
    """),
    fault("rdb_corrupt", "data_corruption", "重启时数据文件损坏，加载失败", "On restart the data file is corrupt and cannot be loaded", """
        # {@pid}:M | Redis {@ver} crashed by signal: 11, si_code: 1
        # {@pid}:M | Accessing address: 0x{n}
        +500-1500 * {@pid}:C | oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
        * {@pid}:M | Loading RDB produced by version {@ver}
        # {@pid}:M | Internal error in RDB reading offset {off}, function at rdb.c:2829 -> Unexpected EOF reading RDB file
        # {@pid}:M | Terminating server after rdb file reading failure.
        *2-3 # {@pid}:M | Bad file format reading the append only file appendonly.aof.{n}.incr.aof: make a backup of your AOF file, then use ./redis-check-aof --fix <filename>
    """),
    fault("slow_disk", "hardware_error", "磁盘响应极慢，fsync持续阻塞", "The disk barely answers: every fsync blocks", """
        *4-7 * {@pid}:M | Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.
        *2-3 # {@pid}:M | Synchronous write to AOF stalled for {~cron} ms
        *1-2 # {@pid}:M | Fail to fsync the AOF file: Input/output error
        *2-3 # {@pid}:M | Event loop blocked for {~cron} ms, clients may time out
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="redis_server",
    language="en",
    headers={"": "{source} {time} {level} {message}"},
    clock=clocks.pattern("%d %b %Y %H:%M:%S.", 3),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=1.5,
)
