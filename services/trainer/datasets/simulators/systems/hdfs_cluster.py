# ruff: noqa: E501 - a script row is a log line and stays whole
"""A storage cluster in the manner of HDFS: name node and data nodes, block pipelines; ``yyMMdd HHmmss pid LEVEL logger: message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "pid": f.integer(13, 9400),
    "blk": f.shapes("blk_###################", "blk_-###################"),
    "a": f.address("10.250."),
    "b": f.address("10.251."),
    "c": f.address("10.251."),
    "port": f.integer(32768, 60999),
    "size": f.one_of("67108864", "67108864", "67108864", "3551842", "91178", "28494211"),
    "off": f.integer(0, 67000000),
    "file": f.shapes(
        "/user/etl/out/part-#####",
        "/data/events/2026-03-0#/part-000##",
        "/mnt/stage/_temporary/_task_2026030210_#####_r_000###_0/part-000##",
    ),
    "task": f.shaped("attempt_2026030210_####_m_0000##_0"),
    "job": f.shaped("job_2026030210_####"),
    "n": f.integer(2, 60),
    "ms": f.skewed(30, 0.8, least=1),
    "gs": f.counter(1000, 2),
    "vol": f.one_of("/mnt/disk1", "/mnt/disk2", "/mnt/disk3", "/mnt/disk4"),
    "sid": f.shaped("DS-##########"),
    "lag": f.integer(300, 1900),
    "under": f.ramp(40, 1.5),
    "pct": f.ramp(96.2, 1.003, 1),
    "user": f.ranked("etl", "hive", "spark", "analyst"),
    "slow": f.integer(1100, 9000),
    "gb": f.integer(40, 900),
}

_FLOWS = (
    flow("write_block", 8, """
        INFO dfs.FSNamesystem | BLOCK* NameSystem.allocateBlock: {file}. {blk}
        INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{a}:{port} dest: /{a}:50010
        INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{a}:{port} dest: /{b}:50010
        INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{b}:{port} dest: /{c}:50010
        +200-1800 INFO dfs.DataNode$PacketResponder | PacketResponder 2 for block {blk} terminating
        INFO dfs.DataNode$PacketResponder | Received block {blk} of size {size} from /{a}
        INFO dfs.DataNode$PacketResponder | PacketResponder 1 for block {blk} terminating
        INFO dfs.DataNode$PacketResponder | Received block {blk} of size {size} from /{b}
        INFO dfs.DataNode$PacketResponder | PacketResponder 0 for block {blk} terminating
        INFO dfs.DataNode$PacketResponder | Received block {blk} of size {size} from /{b}
        *3 INFO dfs.FSNamesystem | BLOCK* NameSystem.addStoredBlock: blockMap updated: {~c}:50010 is added to {blk} size {size}
    """, pace=(3, 90)),
    flow("read_block", 6, """
        ?0.5 INFO dfs.DataNode$DataXceiver | {a}:50010 Served block {blk} to /{b}
        / INFO dfs.DataNode$DataXceiver | {a}:50010 Served block {blk} to /{c}
        ?0.05 WARN dfs.DataNode$DataXceiver | {a}:50010:Got exception while serving {blk} to /{b}:
    """),
    flow("verify", 3, """
        INFO dfs.DataBlockScanner | Verification succeeded for {blk}
        ?0.03 INFO dfs.DataBlockScanner | Rescheduling verification of {blk}: {vol} is busy
    """),
    flow("delete", 2, """
        INFO dfs.FSNamesystem | BLOCK* NameSystem.delete: {blk} is added to invalidSet of {a}:50010
        INFO dfs.FSNamesystem | BLOCK* ask {a}:50010 to delete  {blk}
        +200-3000 INFO dfs.FSDataset | Deleting block {blk} file {vol}/dfs/data/current/subdir{n}/{blk}
    """),
    flow("replicate", 1.2, """
        INFO dfs.FSNamesystem | BLOCK* ask {a}:50010 to replicate {blk} to datanode(s) {b}:50010
        INFO dfs.DataNode | {a}:50010 Starting thread to transfer block {blk} to {b}:50010
        INFO dfs.DataNode$DataTransfer | {a}:50010:Transmitted block {blk} to /{b}:50010
        INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{a}:{port} dest: /{b}:50010
        INFO dfs.DataNode$DataXceiver | Received block {blk} src: /{a}:{port} dest: /{b}:50010 of size {size}
        INFO dfs.FSNamesystem | BLOCK* NameSystem.addStoredBlock: blockMap updated: {b}:50010 is added to {blk} size {size}
    """),
    flow("redundant", 0.3, """
        WARN dfs.FSNamesystem | BLOCK* NameSystem.addStoredBlock: Redundant addStoredBlock request received for {blk} on {a}:50010 size {size}
    """),
    flow("client_left", 0.3, """
        INFO dfs.DataNode$DataXceiver | writeBlock {blk} received exception java.io.IOException: Could not read from stream
        INFO dfs.DataNode$BlockReceiver | Exception in receiveBlock for block {blk} java.io.IOException: Connection reset by peer
        +200-900 INFO dfs.FSNamesystem | BLOCK* NameSystem.allocateBlock: {file}. {blk}
    """),
    flow("job", 1.5, """
        INFO mapred.JobTracker | Adding task '{task}' to tip, for tracker 'tracker_{a}:{port}'
        +300-5000 INFO mapred.JobInProgress | Task '{task}' has completed successfully.
        ?0.1 INFO mapred.JobInProgress | Job {job} has completed successfully.
        ?0.04 INFO mapred.TaskInProgress | Error from {task}: Task reported no progress, speculative attempt scheduled
    """),
    flow("lease", 0.6, """
        INFO dfs.FSNamesystem | Number of transactions: {n}1 Total time for transactions(ms): {ms} Number of syncs: {n} SyncTimes(ms): {ms}
        ?0.3 INFO dfs.LeaseManager | Lease [Lease. Holder: DFSClient_{sid}, pendingcreates: 1] renewed
        ?0.1 INFO dfs.FSNamesystem | Recovering lease=[Lease. Holder: DFSClient_{sid}, pendingcreates: 1], src={file}
    """),
    flow("audit", 3, """
        INFO FSNamesystem.audit | ugi={user} ip=/{a} cmd=open src={file} dst=null perm=null
        /?0.5 INFO FSNamesystem.audit | ugi={user} ip=/{a} cmd=create src={file} dst=null perm={user}:supergroup:rw-r--r--
        /?0.3 INFO FSNamesystem.audit | ugi={user} ip=/{a} cmd=rename src={file} dst=/user/{user}/done perm={user}:supergroup:rw-r--r--
        / INFO FSNamesystem.audit | ugi={user} ip=/{a} cmd=listStatus src=/user/{user} dst=null perm=null
    """),
    flow("heartbeat", 0.5, """
        INFO dfs.DataNode | BlockReport of {n}000 blocks got processed in {ms} msecs
        ?0.2 INFO dfs.DataNode | Sent {n} blockreports, processed command: finalize upgrade
    """),
    flow("slow_pipeline", 0.2, """
        WARN dfs.DataNode$BlockReceiver | Slow BlockReceiver write packet to mirror took {lag}ms (threshold=300ms)
    """),
    flow("checkpoint", 0, """
        INFO dfs.SecondaryNameNode | Checkpoint started
        INFO dfs.FSImage | Image file of size {size} loaded in {n} seconds.
        INFO dfs.FSImage | Edits file /mnt/namesecondary/current/edits of size {off} edits # {n}0 loaded in 0 seconds.
        INFO dfs.SecondaryNameNode | Checkpoint done. New Image Size: {size}
        INFO dfs.FSNamesystem | Roll Edit Log from {a}
    """, every_s=300),
    flow("join", 0.05, """
        INFO dfs.FSNamesystem | BLOCK* NameSystem.registerDatanode: node registration from {a}:50010 storage {sid}
        INFO net.NetworkTopology | Adding a new node: /rack{n}/{a}:50010
    """),
    flow("balancer", 0.15, """
        INFO balancer.Balancer | Decided to move {gb} MB bytes from {a}:50010 to {b}:50010
        INFO balancer.Balancer | Moving block {blk} from {a}:50010 to {b}:50010 through {c}:50010 is succeeded.
    """),
)  # fmt: skip

_FAULTS = (
    fault("datanode_dead", "network_partition", "数据节点失联，大量块副本不足", "Data nodes drop out; many blocks lack replicas", """
        *2-4 WARN dfs.DataNode$DataTransfer | {~b}:50010:Failed to transfer {~blk} to {a}:50010 got java.net.SocketException: No route to host
        *2-3 WARN dfs.DFSClient | DFSOutputStream ResponseProcessor exception  for block {~blk}java.io.IOException: Bad response 1 for block {blk} from datanode {a}:50010
        & WARN dfs.DFSClient | Error Recovery for block {blk} bad datanode[1] {a}:50010
        INFO dfs.StateChange | BLOCK* NameSystem.heartbeatCheck: lost heartbeat from {a}:50010
        INFO net.NetworkTopology | Removing a node: /rack4/{a}:50010
        *1-2 WARN dfs.FSNamesystem | PendingReplicationMonitor timed out block {~blk}
        *2-4 INFO dfs.FSNamesystem | BLOCK* ask {~b}:50010 to replicate {~blk} to datanode(s) {~c}:50010
        WARN dfs.FSNamesystem | {under} blocks are under-replicated
    """),
    fault("disk_error", "hardware_error", "数据盘读写错误，卷被移除", "A data disk errs and its volume is removed", """
        *2-3 WARN dfs.DataNode | checkDiskError: exception: java.io.IOException: Input/output error
        |\tat java.io.FileOutputStream.writeBytes(Native Method)
        |\tat org.apache.hadoop.hdfs.server.datanode.BlockReceiver.receivePacket(BlockReceiver.java:562)
        *1-2 INFO dfs.DataNode$BlockReceiver | Exception in receiveBlock for block {~blk} java.io.IOException: Input/output error
        *1-3 WARN dfs.FSDataset | Unexpected error trying to delete block {~blk}. BlockInfo not found in volumeMap.
        WARN dfs.FSDataset | Removing failed volume {vol}/dfs/data/current
        WARN dfs.DataNode | DataNode.handleDiskError: Keep Running: true
        *1-2 INFO dfs.FSNamesystem | BLOCK* NameSystem.addStoredBlock: addStoredBlock request received for {~blk} on {~a}:50010 size {size} But it does not belong to any file.
    """),
    fault("corrupt_blocks", "data_corruption", "块校验失败，副本损坏且读取失败", "Blocks fail their checksum; replicas are corrupt and reads fail", """
        *2-3 WARN dfs.DataBlockScanner | Verification failed for {~blk}. Its ok since it not in datanode dataset any more.
        *2-3 WARN dfs.DFSClient | Found Checksum error for {~blk} from {~a}:50010 at {~off}
        & INFO dfs.DFSClient | Could not obtain block {blk} from any node:  java.io.IOException: No live nodes contain current block
        *2-3 INFO dfs.FSNamesystem | BLOCK NameSystem.addToCorruptReplicasMap: {~blk} added as corrupt on {~a}:50010 by /{~b}
        ERROR mapred.TaskTracker | {task}: org.apache.hadoop.fs.ChecksumException: Checksum error: {file} at {off}
        WARN dfs.FSNamesystem | The number of corrupt blocks exceeds 10: {under}
    """, {"verify": "WARN dfs.DataBlockScanner | First Verification failed for {blk}. Exception : java.io.IOException: Block is not valid"}),
    fault("no_space", "disk_full", "数据节点磁盘写满，写入管道失败", "Data nodes run out of space and write pipelines fail", """
        *3-5 INFO dfs.DataNode$DataXceiver | writeBlock {~blk} received exception org.apache.hadoop.util.DiskChecker$DiskOutOfSpaceException: Out of space: The volume with the most available space is less than the block size
        *2-3 WARN dfs.DataNode | {~a}:50010 disk usage {~pct}% on {~vol}
        *2-3 WARN dfs.FSNamesystem | Not able to place enough replicas, still in need of {~n}
        *1-2 INFO dfs.FSNamesystem | {~file}: File could only be replicated to 0 nodes, instead of 1
        ERROR mapred.JobInProgress | Job {job} failed: could only be replicated to 0 nodes
    """, {"write_block": """
        INFO dfs.FSNamesystem | BLOCK* NameSystem.allocateBlock: {file}. {blk}
        INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{a}:{port} dest: /{a}:50010
        INFO dfs.DataNode$DataXceiver | writeBlock {blk} received exception java.io.IOException: No space left on device
    """}),
    fault("incomplete_pipelines", "service_crash", "写入管道中途夭折，块既未完成也未清理", "Pipelines die half-way: blocks are neither finished nor removed", """
        *5-8 INFO dfs.FSNamesystem | BLOCK* NameSystem.allocateBlock: {~file}. {~blk}
        & INFO dfs.DataNode$DataXceiver | Receiving block {blk} src: /{~a}:{~port} dest: /{a}:50010
        & INFO dfs.DataNode$PacketResponder | PacketResponder 1 for block {blk} Interrupted.
        *1-2 INFO dfs.FSNamesystem | Recovering lease=[Lease. Holder: DFSClient_{~sid}, pendingcreates: {~n}], src={~file}
        INFO dfs.FSNamesystem | BLOCK* internalReleaseCreate: file {file} in incomplete state for too long
    """),
    fault("namenode_gc", "memory_exhausted", "名称节点长时间停顿，心跳处理不过来", "The name node pauses for long and cannot handle heartbeats", """
        *2-4 WARN util.JvmPauseMonitor | Detected pause in JVM or host machine (eg GC): pause of approximately {~slow}ms
        *2-3 WARN ipc.Server | IPC Server handler {~n} on 8020, call heartbeat from {~a}:{~port}: output error
        *2-3 INFO ipc.Client | Retrying connect to server: namenode/{c}:8020. Already tried {~n} time(s).
        *1-2 ERROR ipc.Server | Out of Memory in server select: java.lang.OutOfMemoryError: GC overhead limit exceeded
        *1-2 INFO dfs.FSNamesystem | NameNode entered safe mode: {~under} blocks are missing
    """),
    fault("permission_sweep", "permission_denied", "某用户批量访问无权限目录", "A user walks through directories it may not read", """
        *6-10 INFO FSNamesystem.audit | ugi=analyst ip=/{a} cmd=open src=/user/hr/payroll/part-{~n} dst=null perm=null allowed=false
        & ?0.5 INFO ipc.Server | IPC Server handler {n} on 8020, call getBlockLocations from {a}:{port}: error: org.apache.hadoop.security.AccessControlException: Permission denied: user=analyst, access=READ, inode="payroll":hr:hr:rwx------
        *2-3 INFO FSNamesystem.audit | ugi=analyst ip=/{a} cmd=setPermission src=/user/hr dst=null perm=null allowed=false
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="hdfs_cluster",
    language="en",
    headers={"": "{time} {^pid} {level} {source}: {message}"},
    clock=clocks.pattern("%y%m%d %H%M%S"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=10,
)
