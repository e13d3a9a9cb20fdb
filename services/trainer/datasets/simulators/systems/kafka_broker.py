# ruff: noqa: E501 - a script row is a log line and stays whole
"""A Kafka broker's server.log (log4j ``[time] LEVEL message (logger)``): replicas, groups, segments, controller."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "b": f.integer(1, 3),
    "peer": f.one_of("2", "3", "4"),
    "topic": f.ranked("orders", "payments", "clicks", "inventory", "audit", "metrics", "__consumer_offsets"),
    "p": f.integer(0, 23),
    "off": f.counter(9000000, 8000),
    "group": f.ranked("billing", "shipping", "search-indexer", "fraud", "analytics"),
    "member": f.shaped("consumer-&&&&-#-????????-????-????-????-????????????"),
    "gen": f.counter(40, 1),
    "epoch": f.counter(12, 1),
    "ms": f.skewed(14, 0.8, least=1),
    "n": f.integer(1, 40),
    "size": f.skewed(1048576, 0.6, least=9000),
    "ip": f.address("10.16."),
    "port": f.integer(32768, 60999),
    "pid": f.integer(1000, 90000),
    "cid": f.ranked("producer-orders", "producer-clicks", "connect-s3", "admin-cli", "streams-fraud"),
    "dir": f.one_of("/data/kafka-1", "/data/kafka-2"),
    "lag": f.ramp(9000, 1.4),
    "urp": f.ramp(4, 1.3),
    "cor": f.counter(1000, 30),
    "user": f.ranked("svc-billing", "svc-search", "legacy-app", "unknown"),
}

_FLOWS = (
    flow("segment", 6, """
        INFO kafka.log.LocalLog | [LocalLog partition={topic}-{p}, dir={dir}] Rolled new log segment at offset {off} in {ms} ms.
        ?0.5 INFO kafka.log.ProducerStateManager | [ProducerStateManager partition={topic}-{p}] Wrote producer snapshot at offset {off} with {n} producer ids in {ms} ms.
        ?0.4 INFO kafka.log.UnifiedLog | [UnifiedLog partition={topic}-{p}, dir={dir}] Incremented log start offset to {off} due to segment deletion
        & INFO kafka.log.UnifiedLog | [UnifiedLog partition={topic}-{p}, dir={dir}] Deleting segment LogSegment(baseOffset={off}, size={size}, lastModifiedTime=1767225600000) due to retention time 604800000ms breach
        & INFO kafka.log.LocalLog$ | Deleted log {dir}/{topic}-{p}/000000000{off}.log.deleted.
        & INFO kafka.log.LocalLog$ | Deleted offset index {dir}/{topic}-{p}/000000000{off}.index.deleted.
    """),
    flow("group", 4, """
        INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Dynamic member with unknown member id joins group {group} in Stable state. Created a new member id {member} and request the member to rejoin with this id.
        INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Preparing to rebalance group {group} in state PreparingRebalance with old generation {gen} (__consumer_offsets-{p}) (reason: Adding new member {member} with group instance id None; client reason: rebalance failed due to MemberIdRequiredException)
        +900-3000 INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Stabilized group {group} generation {~gen} (__consumer_offsets-{p}) with {n} members
        INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Assignment received from leader {member} for group {group} for generation {gen}. The group has {n} members, 0 of which are static.
    """),
    flow("leave", 1, """
        INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Member {member} has left group {group} through explicit `LeaveGroup`; client reason: the consumer is being closed
        INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Preparing to rebalance group {group} in state PreparingRebalance with old generation {gen} (__consumer_offsets-{p}) (reason: explicit `LeaveGroup` request)
        +300-2000 INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Stabilized group {group} generation {~gen} (__consumer_offsets-{p}) with {n} members
    """),
    flow("offsets", 2, """
        INFO kafka.coordinator.group.GroupMetadataManager | [GroupMetadataManager brokerId={@b}] Removed {n} expired offsets in {ms} milliseconds.
    """),
    flow("cleaner", 2.5, """
        INFO kafka.log.LogCleaner | [kafka-log-cleaner-thread-0]: Beginning cleaning of log __consumer_offsets-{p}.
        INFO kafka.log.LogCleaner | [kafka-log-cleaner-thread-0]: Building offset map for __consumer_offsets-{p}...
        INFO kafka.log.LogCleaner | [kafka-log-cleaner-thread-0]: Cleaning log __consumer_offsets-{p} (cleaning prior to Mon Mar 02 08:00:00 UTC 2026, discarding tombstones prior to upper bound deletion horizon 0)...
        INFO kafka.log.LogCleaner | [kafka-log-cleaner-thread-0]: Log cleaner thread 0 cleaned log __consumer_offsets-{p} (dirty section = [{off}, {off}])
    """),
    flow("isr_blip", 0.5, """
        INFO kafka.cluster.Partition | [Partition {topic}-{p} broker={@b}] Shrinking ISR from 1,2,3 to 1,{peer}. Leader: (highWatermark: {off}, endOffset: {off}). Out of sync replicas: (brokerId: 3, endOffset: {off}, lastCaughtUpTimeMs: 1767225600000).
        +900-4000 INFO kafka.cluster.Partition | [Partition {topic}-{p} broker={@b}] Expanding ISR from 1,{peer} to 1,2,3.
        ?0.4 INFO kafka.cluster.Partition | [Partition {topic}-{p} broker={@b}] ISR updated to 1,2,3 and version updated to {n}
    """),
    flow("topic_create", 0.3, """
        INFO kafka.log.LogManager | Created log for partition {topic}-{p} in {dir}/{topic}-{p} with properties {}
        INFO kafka.cluster.Partition | [Partition {topic}-{p} broker={@b}] No checkpointed highwatermark is found for partition {topic}-{p}
        INFO kafka.cluster.Partition | [Partition {topic}-{p} broker={@b}] Log loaded for partition {topic}-{p} with initial high watermark 0
        INFO kafka.server.ReplicaFetcherManager | [ReplicaFetcherManager on broker {@b}] Added fetcher to broker {peer} for partitions Set({topic}-{p})
    """),
    flow("fetcher", 1.5, """
        INFO kafka.server.ReplicaFetcherThread | [ReplicaFetcher replicaId={@b}, leaderId={peer}, fetcherId=0] Truncating partition {topic}-{p} with TruncationState(offset={off}, completed=true) due to local high watermark {off}
        ?0.2 INFO kafka.server.ReplicaFetcherThread | [ReplicaFetcher replicaId={@b}, leaderId={peer}, fetcherId=0] Partition {topic}-{p} has an older epoch ({epoch}) than the current leader. Will await the new LeaderAndIsr state before resuming fetching.
    """),
    flow("client_gone", 1, """
        INFO org.apache.kafka.common.network.Selector | [SocketServer listenerType=ZK_BROKER, nodeId={@b}] Failed authentication with /{ip} (channelId=10.16.0.4:9093-{ip}:{port}-{n}) (SSL handshake failed)
        /?0.5 INFO kafka.server.KafkaApis | [KafkaApi-{@b}] Closing idle connection of client {cid} after 600000 ms
    """),
    flow("controller", 0.4, """
        INFO kafka.controller.KafkaController | [Controller id={@b}] Processing automatic preferred replica leader election
        ?0.6 DEBUG kafka.controller.KafkaController | [Controller id={@b}] Topics not in preferred replica for broker {peer} Map()
        ?0.2 INFO kafka.controller.KafkaController | [Controller id={@b}] Starting replica leader election (PREFERRED) for partitions {topic}-{p} triggered by AutoTriggered
    """),
    flow("quota", 0.6, """
        INFO kafka.server.ClientQuotaManager | [ThrottledChannelReaper-Produce]: throttled client {cid} for {ms} ms
    """),
    flow("transaction", 1, """
        INFO kafka.coordinator.transaction.TransactionCoordinator | [TransactionCoordinator id={@b}] Initialized transactionalId streams-fraud-{n} with producerId {pid} and producer epoch {epoch} on partition __transaction_state-{p}
        ?0.05 INFO kafka.coordinator.transaction.TransactionCoordinator | [TransactionCoordinator id={@b}] Completed rollback of ongoing transaction for transactionalId streams-fraud-{n} due to timeout
    """),
    flow("config", 0.15, """
        INFO kafka.server.DynamicConfigManager | Processing override for entityPath: topics/{topic} with config: HashMap(retention.ms -> 604800000)
    """),
    flow("produce_oddity", 0.2, """
        WARN kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Received request for partition {topic}-{p} with stale leader epoch {epoch}, correlation id {cor} from client {cid}
        /?0.4 INFO kafka.log.UnifiedLog | [UnifiedLog partition={topic}-{p}, dir={dir}] Duplicate batch from producerId {pid} ignored
    """),
    flow("restart", 0.02, """
        INFO kafka.server.KafkaServer | [KafkaServer id={@b}] shutting down
        INFO kafka.server.KafkaServer | [KafkaServer id={@b}] Starting controlled shutdown
        INFO kafka.server.KafkaServer | [KafkaServer id={@b}] Controlled shutdown request returned successfully after {ms}ms
        INFO kafka.server.KafkaServer | [KafkaServer id={@b}] shut down completed
        +1500-5000 INFO kafka.server.KafkaServer | starting
        *2-4 INFO kafka.log.LogLoader | [LogLoader partition={~topic}-{~p}, dir={dir}] Recovering unflushed segment {~off}. 0/1 recovered for {topic}-{p}.
        INFO kafka.log.LogManager | Loaded {n} logs in {ms}0ms
        INFO kafka.network.SocketServer | [SocketServer listenerType=ZK_BROKER, nodeId={@b}] Started data-plane acceptor and processor(s) for endpoint : ListenerName(PLAINTEXT)
        INFO org.apache.kafka.common.utils.AppInfoParser | Kafka version: 3.7.1
        INFO kafka.server.KafkaServer | [KafkaServer id={@b}] started
    """),
    flow("metadata", 0, """
        INFO kafka.server.BrokerMetadataPublisher | Published metadata up to offset {off}, epoch {epoch}
    """, every_s=60),
)  # fmt: skip

_FAULTS = (
    fault("disk_failed", "hardware_error", "日志目录磁盘故障，目录下线", "A log directory's disk fails and the directory goes offline", """
        *1-3 ERROR kafka.server.LogDirFailureChannel | Error while appending records to {~topic}-{~p} in dir {dir}
        |java.io.IOException: Input/output error
        |\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)
        |\tat org.apache.kafka.common.record.FileRecords.append(FileRecords.java:188)
        |\tat kafka.log.LogSegment.append(LogSegment.scala:163)
        WARN kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Stopping serving replicas in dir {dir}
        WARN kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Broker {@b} stopped fetcher for partitions {topic}-{p} and stopped moving logs for partitions because they are in the failed log directory {dir}.
        WARN kafka.log.LogManager | Stopping serving logs in dir {dir}
        *2-3 ERROR kafka.server.KafkaApis | [KafkaApi-{@b}] Error when handling request: clientId={~cid}, correlationId={~cor}, api=PRODUCE, error=KAFKA_STORAGE_ERROR
        FATAL kafka.log.LogManager | Shutdown broker because all log dirs in {dir} have failed
    """),
    fault("disk_full", "disk_full", "磁盘写满，无法滚动日志段", "The disk is full and segments cannot be rolled", """
        *2-4 ERROR kafka.server.LogDirFailureChannel | Error while rolling log segment for {~topic}-{~p} in dir {dir}
        |java.io.IOException: No space left on device
        |\tat java.base/java.io.RandomAccessFile.setLength(Native Method)
        |\tat kafka.log.AbstractIndex.$anonfun$resize$1(AbstractIndex.scala:193)
        *1-2 ERROR kafka.server.LogDirFailureChannel | Error while writing to checkpoint file {dir}/replication-offset-checkpoint
        |java.io.IOException: No space left on device
        |\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
        WARN kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Stopping serving replicas in dir {dir}
        *2-3 WARN kafka.cluster.Partition | [Partition {~topic}-{~p} broker={@b}] Failed to update ISR: KAFKA_STORAGE_ERROR
    """, {"segment": ""}),
    fault("isr_collapse", "network_partition", "副本同步中断，ISR收缩且写入不足副本数", "Replicas lose contact; the ISR shrinks below the minimum", """
        *3-5 INFO kafka.cluster.Partition | [Partition {~topic}-{~p} broker={@b}] Shrinking ISR from 1,2,3 to 1. Leader: (highWatermark: {off}, endOffset: {~off}). Out of sync replicas: (brokerId: 2, endOffset: {off}, lastCaughtUpTimeMs: 1767225600000) (brokerId: 3, endOffset: {off}, lastCaughtUpTimeMs: 1767225600000).
        *2-4 WARN kafka.server.ReplicaFetcherThread | [ReplicaFetcher replicaId={@b}, leaderId={~peer}, fetcherId=0] Error in response for fetch request (type=FetchRequest, replicaId={@b}, maxWait=500, minBytes=1)
        |java.io.IOException: Connection to {peer} was disconnected before the response was read
        |\tat org.apache.kafka.clients.NetworkClientUtils.sendAndReceive(NetworkClientUtils.java:99)
        *2-4 ERROR kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Error processing append operation on partition {~topic}-{~p}
        |org.apache.kafka.common.errors.NotEnoughReplicasException: The size of the current ISR Set(1) is insufficient to satisfy the min.isr requirement of 2 for partition {topic}-{p}
        *1-2 WARN kafka.controller.KafkaController | [Controller id={@b}] {~urp} partitions are under-replicated
        INFO kafka.controller.KafkaController | [Controller id={@b}] Broker failure callback for {peer}
    """),
    fault("rebalance_storm", "queue_backlog", "消费组反复重平衡，消费延迟猛增", "A group keeps rebalancing and its lag soars", """
        *4-6 INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Member {~member} in group {group} has failed, removing it from the group
        & INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Preparing to rebalance group {group} in state PreparingRebalance with old generation {~gen} (__consumer_offsets-{p}) (reason: removing member {member} on heartbeat expiration)
        *1-2 INFO kafka.coordinator.group.GroupCoordinator | [GroupCoordinator {@b}]: Group {group} with generation {~gen} is now empty (__consumer_offsets-{p})
        *2-3 WARN kafka.server.LagReporter | Group {group} lags {~lag} records behind on topic orders
    """, {"group": ""}),
    fault("auth_failures", "authentication_attack", "未授权客户端反复认证失败", "An unknown client fails authentication again and again", """
        *5-8 INFO org.apache.kafka.common.network.Selector | [SocketServer listenerType=ZK_BROKER, nodeId={@b}] Failed authentication with /{ip} (channelId=10.16.0.4:9093-{ip}:{~port}-{~n}) (Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512)
        *2-4 INFO kafka.authorizer.logger | Principal = User:{user} is Denied Operation = Read from host = {ip} on resource = Topic:LITERAL:payments for request = Fetch with resourceRefCount = 1
        *1-2 INFO kafka.authorizer.logger | Principal = User:{user} is Denied Operation = Alter from host = {ip} on resource = Cluster:LITERAL:kafka-cluster for request = AlterConfigs with resourceRefCount = 1
    """),
    fault("controller_lost", "timeout", "与元数据服务会话超时，控制器反复切换", "The metadata session expires and the controller moves around", """
        *2-3 WARN org.apache.zookeeper.ClientCnxn | Client session timed out, have not heard from server in {~ms}004ms for session id 0x{cor}
        & INFO kafka.zookeeper.ZooKeeperClient | [ZooKeeperClient Kafka server] Session expired.
        & INFO kafka.zookeeper.ZooKeeperClient | [ZooKeeperClient Kafka server] Initializing a new session to zk-1:2181,zk-2:2181,zk-3:2181.
        *1-2 INFO kafka.controller.KafkaController | [Controller id={@b}] Resigned
        WARN kafka.controller.ControllerChannelManager | [RequestSendThread controllerId={@b}] Controller {@b} epoch {epoch} fails to send request to broker {peer}
        *1-2 ERROR kafka.server.KafkaServer | [KafkaServer id={@b}] Error while creating ephemeral at /brokers/ids/{@b}, node already exists and owner does not match current session
        INFO kafka.controller.KafkaController | [Controller id={@b}] {@b} successfully elected as the controller. Epoch incremented to {epoch}
    """),
    fault("corrupt_segment", "data_corruption", "日志段损坏，消息校验失败", "A segment is corrupt and records fail their checksum", """
        *2-3 ERROR kafka.server.ReplicaManager | [ReplicaManager broker={@b}] Error processing fetch with max size 1048576 from consumer on partition {topic}-{p}
        |org.apache.kafka.common.errors.CorruptRecordException: Record size {~n} is less than the minimum record overhead (14)
        *1-2 WARN kafka.server.ReplicaFetcherThread | [ReplicaFetcher replicaId={@b}, leaderId={peer}, fetcherId=0] Partition {topic}-{p} marked as failed
        *2-3 WARN kafka.log.LogLoader | [LogLoader partition={topic}-{p}, dir={dir}] Found a corrupted index file corresponding to log file {dir}/{topic}-{p}/000000000{~off}.log due to Corrupt index found, recovering segment and rebuilding index files...
        ERROR kafka.log.LogCleaner | [kafka-log-cleaner-thread-0]: Uncleanable partition {topic}-{p} in dir {dir}: Record is corrupt (stored crc = {cor}, computed crc = {pid})
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="kafka_broker",
    language="en",
    headers={"": "[{time}] {level} {message} ({source})"},
    clock=clocks.LOG4J,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=3,
)
