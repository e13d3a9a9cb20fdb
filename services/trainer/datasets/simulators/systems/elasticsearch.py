# ruff: noqa: E501 - a script row is a log line and stays whole
"""An Elasticsearch node: cluster service, indices, GC, slow logs, snapshots; ``[time][LEVEL][logger] [node] message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "node": f.one_of("es-data-1", "es-hot-2", "search-node-a", "elastic03"),
    "peer": f.one_of("es-data-5", "es-data-6", "es-master-2"),
    "nid": f.shaped("%%%%%%%%%%%%%%%%%%%%%%"),
    "ip": f.address("10.21."),
    "index": f.ranked(
        "logs-2026.03.02", "products-v7", "metrics-2026.03", "orders-2026", "audit-2026.03", ".kibana_8.14.0"
    ),
    "iid": f.shaped("%%%%%%%%%%%%%%%%%%%%%%"),
    "s": f.integer(0, 4),
    "ms": f.skewed(640, 0.6, least=90),
    "s_": f.decimal(1.0, 4.9, 1),
    "gcn": f.counter(900, 3),
    "used": f.decimal(2.1, 5.9, 1),
    "n": f.integer(1, 60),
    "ver": f.counter(20100, 2),
    "term": f.integer(4, 19),
    "snap": f.shaped("nightly-2026.03.##"),
    "uuid": f.shaped("%%%%%%%%%%%%%%%%%%%%%%"),
    "q": f.ranked("lamp", "red shoes", "status:500", "timeout", "user.id:4411"),
    "pct": f.decimal(3.1, 4.9, 1),
    "hits": f.skewed(1900, 1.2, least=1),
    "task": f.counter(88000, 9),
    "policy": f.ranked("logs", "metrics", "30-days-default", "audit-1y"),
    "heap": f.ramp(3.9, 1.07, 1),
    "wait": f.ramp(12, 1.3, 1),
    "field": f.ranked("price", "@timestamp", "status", "geo.location", "message"),
    "rej": f.ramp(90, 1.4),
    "size": f.decimal(0.2, 42.0, 1),
}

_FLOWS = (
    flow("create_index", 3, """
        INFO o.e.c.m.MetadataCreateIndexService | [{index}] creating index, cause [auto(bulk api)], templates [logs], shards [1]/[1]
        INFO o.e.c.r.a.AllocationService | current.health="GREEN" message="Cluster health status changed from [YELLOW] to [GREEN] (reason: [shards started [[{index}][{s}]]])." previous.health="YELLOW" reason="shards started [[{index}][{s}]]"
        ?0.5 INFO o.e.c.m.MetadataMappingService | [{index}/{iid}] update_mapping [_doc]
    """),
    flow("mapping", 3, """
        INFO o.e.c.m.MetadataMappingService | [{index}/{iid}] update_mapping [_doc]
    """),
    flow("gc", 5, """
        ?0.06 WARN o.e.m.j.JvmGcMonitorService | [gc][young][{gcn}][{n}] duration [{s_}s], collections [1]/[{s_}s], total [{s_}s]/[{n}m], memory [{used}gb]->[{used}gb]/[8gb], all_pools {[young] [{used}gb]->[0b]/[0b]}{[old] [{used}gb]->[{used}gb]/[8gb]}
        / INFO o.e.m.j.JvmGcMonitorService | [gc][{gcn}] overhead, spent [{ms}ms] collecting in the last [{s_}s]
    """),
    flow("slowlog", 5, """
        WARN i.s.s.query | [{index}][{s}] took[{s_}s], took_millis[{ms}], total_hits[{hits} hits], types[], stats[], search_type[QUERY_THEN_FETCH], total_shards[{n}], source["query":"match","text":"{q}"], id[{task}],
        ?0.3 INFO i.s.s.fetch | [{index}][{s}] took[{ms}ms], took_millis[{ms}], total_hits[{hits} hits], search_type[QUERY_THEN_FETCH], total_shards[{n}], id[{task}],
    """),
    flow("index_slowlog", 1.5, """
        INFO i.i.s.index | [{index}/{iid}] took[{s_}s], took_millis[{ms}], type[_doc], id[{uuid}], routing[], source["status":"ok"]
    """),
    flow("ilm", 2, """
        INFO o.e.x.i.IndexLifecycleTransition | moving index [{index}] from [null] to ["phase":"new","action":"complete","name":"complete"] in policy [{policy}]
        INFO o.e.x.i.IndexLifecycleTransition | moving index [{index}] from ["phase":"hot","action":"rollover","name":"check-rollover-ready"] to ["phase":"hot","action":"rollover","name":"attempt-rollover"] in policy [{policy}]
        ?0.3 INFO o.e.c.m.MetadataDeleteIndexService | [{index}/{iid}] deleting index
    """),
    flow("merge", 2, """
        INFO o.e.i.e.I.EngineMergeScheduler | [{index}][{s}] now throttling indexing: numMergesInFlight=9, maxNumMerges=8
        +300-2500 INFO o.e.i.e.I.EngineMergeScheduler | [{index}][{s}] stop throttling indexing: numMergesInFlight=7, maxNumMerges=8
    """),
    flow("snapshot", 0.8, """
        INFO o.e.s.SnapshotsService | snapshot [backup:{snap}/{uuid}] started
        +900-5000 INFO o.e.s.SnapshotsService | snapshot [backup:{snap}/{uuid}] completed with state [SUCCESS]
        INFO o.e.x.s.SnapshotLifecycleTask | snapshot lifecycle policy [nightly] completed successfully
        ?0.5 INFO o.e.x.s.SnapshotRetentionTask | starting snapshot retention deletion for [{n}] snapshots
    """),
    flow("recovery", 0.8, """
        INFO o.e.i.r.PeerRecoveryTargetService | [{index}][{s}] recovery from [{peer}] started, target generation {n}
        +200-2000 INFO o.e.i.r.PeerRecoveryTargetService | [{index}][{s}] recovery completed from [{peer}], took [{s_}s], {size}gb
    """),
    flow("rebalance", 0.6, """
        INFO o.e.c.r.a.a.BalancedShardsAllocator | rebalancing shard [{index}][{s}] from [{@node}] to [{peer}]
    """),
    flow("deprecation", 1, """
        WARN o.e.d.r.a.s.RestSearchAction | data_stream.dataset="deprecation.elasticsearch" elasticsearch.event.category="api" message="[types removal] Specifying types in search requests is deprecated."
        /?0.5 WARN o.e.d.i.m.MapperService | Field [{field}] uses deprecated parameter [boost] in index [{index}]
    """),
    flow("bad_query", 0.6, """
        INFO o.e.r.RestController | request [/products-v7/_search] rejected: parsing_exception, unknown query [matc] did you mean [match]?
        ?0.3 DEBUG o.e.a.s.TransportSearchAction | [{nid}][{index}][{s}]: Failed to execute [SearchRequest] lastShard [true]
        |org.elasticsearch.index.query.QueryShardException: failed to create query: For input string: "{q}"
        |\tat org.elasticsearch.index.query.SearchExecutionContext.toQuery(SearchExecutionContext.java:567)
    """),
    flow("mapping_conflict", 0.4, """
        DEBUG o.e.a.b.TransportShardBulkAction | [{index}][{s}] failed to execute bulk item (index) id [{uuid}]: mapper_parsing_exception: failed to parse field [{field}] of type [long]
    """),
    flow("license_watch", 0, """
        INFO o.e.l.ClusterStateLicenseService | license [{uuid}] mode [basic] - valid
    """, every_s=600),
    flow("monitor", 0, """
        INFO o.e.m.f.FsHealthService | health check took [{n}ms] on path [/usr/share/elasticsearch/data]
        ?0.3 INFO o.e.c.InternalClusterInfoService | disk usage refreshed for {n} nodes, free {size}gb
    """, every_s=60),
    flow("node_restart", 0.05, """
        INFO o.e.c.s.ClusterApplierService | removed [{peer}][{nid}][{ip}:9300], term: {term}, version: {ver}, reason: ApplyCommitRequest[term={term}, version={ver}]
        INFO o.e.c.r.DelayedAllocationService | scheduling reroute for delayed shards in [59.9s] ({n} delayed shards)
        +1500-6000 INFO o.e.c.s.ClusterApplierService | added [{peer}][{nid}][{ip}:9300], term: {term}, version: {ver}, reason: ApplyCommitRequest[term={term}, version={ver}]
        INFO o.e.c.r.a.AllocationService | current.health="GREEN" message="Cluster health status changed from [YELLOW] to [GREEN] (reason: [shards started [[{index}][{s}]]])." previous.health="YELLOW" reason="shards started [[{index}][{s}]]"
    """),
    flow("settings", 0.2, """
        INFO o.e.c.s.ClusterSettings | updating [cluster.routing.allocation.enable] from [all] to [primaries]
        +900-4000 INFO o.e.c.s.ClusterSettings | updating [cluster.routing.allocation.enable] from [primaries] to [all]
    """),
    flow("ingest_geo", 0.2, """
        INFO o.e.i.g.GeoIpDownloader | successfully downloaded geoip database [GeoLite2-City.mmdb]
        INFO o.e.i.g.DatabaseNodeService | successfully loaded geoip database file [GeoLite2-City.mmdb]
    """),
    flow("auth", 0.6, """
        INFO o.e.x.s.a.AuthenticationService | Authentication of [kibana_system] was terminated by realm [reserved] - failed to authenticate user [kibana_system]
        +100-900 INFO o.e.x.s.a.RealmsAuthenticator | Authenticated [kibana_system] by realm [native]
    """),
)  # fmt: skip

_FAULTS = (
    fault("watermark", "disk_full", "磁盘超过水位线，索引变为只读", "Disks pass the flood watermark and indices become read-only", """
        *1-3 INFO o.e.c.r.a.DiskThresholdMonitor | low disk watermark [85%] exceeded on [{nid}][{@node}][/usr/share/elasticsearch/data] free: {size}gb[1{pct}%], replicas will not be assigned to this node
        *1-2 WARN o.e.c.r.a.DiskThresholdMonitor | high disk watermark [90%] exceeded on [{nid}][{@node}][/usr/share/elasticsearch/data] free: {size}gb[{~pct}%], shards will be relocated away from this node; currently relocating away shards totalling [0] bytes
        *1-2 WARN o.e.c.r.a.DiskThresholdMonitor | flood stage disk watermark [95%] exceeded on [{nid}][{@node}][/usr/share/elasticsearch/data] free: {size}gb[{~pct}%], all indices on this node will be marked read-only
        *3-5 DEBUG o.e.a.b.TransportShardBulkAction | [{~index}][{~s}] failed to execute bulk item (index) id [{~uuid}]: cluster_block_exception: index [{index}] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];
        ?0.5 ERROR o.e.i.e.Engine | [{index}][{s}] failed engine [merge failed]: java.io.IOException: No space left on device
    """, {"create_index": "", "mapping": ""}),
    fault("circuit_breaker", "memory_exhausted", "堆内存逼近上限，熔断器拒绝请求，GC频繁", "The heap is nearly full: long collections, breakers refuse requests", """
        *3-4 WARN o.e.m.j.JvmGcMonitorService | [gc][old][{~gcn}][{~n}] duration [{~wait}s], collections [1]/[{wait}s], total [{wait}s]/[{n}m], memory [7.{s}gb]->[7.{s}gb]/[8gb], all_pools {[young] [0b]->[0b]/[0b]}{[old] [7.{s}gb]->[7.{s}gb]/[8gb]}
        *2-3 WARN o.e.m.j.JvmGcMonitorService | [gc][{~gcn}] overhead, spent [{~wait}s] collecting in the last [{wait}s]
        *2-4 WARN o.e.i.b.HierarchyCircuitBreakerService | attempting to trigger G1GC due to high heap usage [83{~task}0000]
        *2-3 DEBUG o.e.a.s.TransportSearchAction | [{~nid}][{~index}][{~s}]: Failed to execute [SearchRequest]: circuit_breaking_exception: [parent] Data too large, data for [<http_request>] would be [82{~task}000/7.8gb], which is larger than the limit of [81604378624/7.6gb]
        ?0.5 ERROR o.e.b.ElasticsearchUncaughtExceptionHandler | fatal error in thread [elasticsearch[{@node}][search][T#{n}]], exiting
        |java.lang.OutOfMemoryError: Java heap space
        |\tat org.apache.lucene.util.ArrayUtil.growExact(ArrayUtil.java:323)
    """),
    fault("master_lost", "network_partition", "与主节点失联，选举反复失败", "The node loses the master and elections keep failing", """
        *1-2 INFO o.e.c.c.Coordinator | master node [{peer}] disconnected, restarting discovery
        *3-5 WARN o.e.c.c.ClusterFormationFailureHelper | master not discovered or elected yet, an election requires at least 2 nodes with ids from [{nid}, {uuid}, {iid}], have only discovered non-quorum [{@node}]; discovery will continue using [{~ip}:9300, {~ip}:9300]
        *1-3 WARN o.e.t.TcpTransport | exception caught on transport layer [Netty4TcpChannel(localAddress=/{ip}:9300, remoteAddress={~ip}:9300)], closing connection
        |java.io.IOException: Connection reset by peer
        |\tat java.base/sun.nio.ch.SocketDispatcher.read0(Native Method)
        *2-3 WARN r.suppressed | path: /_bulk, params: {}, status: 503
        |org.elasticsearch.cluster.block.ClusterBlockException: blocked by: [SERVICE_UNAVAILABLE/2/no master];
        |\tat org.elasticsearch.cluster.block.ClusterBlocks.globalBlockedException(ClusterBlocks.java:180)
    """, {"create_index": "", "ilm": ""}),
    fault("rejections", "cpu_or_thread_exhausted", "写线程池队列已满，批量请求被拒绝", "The write pool's queue is full and bulk requests are rejected", """
        *3-5 DEBUG o.e.a.b.TransportBulkAction | rejected execution of primary operation [coordinating_and_primary_bytes={~task}000, replica_bytes=0, all_bytes={task}000, max_coordinating_and_primary_bytes=429496729]
        *2-4 WARN o.e.t.ThreadPool | [{@node}/write] queue capacity reached: EsThreadPoolExecutor[name = {@node}/write, queue capacity = 10000, active threads = 4, queued tasks = 10000, rejected tasks = {~rej}]
        *2-3 WARN i.s.s.query | [{~index}][{s}] took[{~wait}s], took_millis[{ms}000], total_hits[0 hits], search_type[QUERY_THEN_FETCH], total_shards[{n}], id[{~task}],
        *1-2 WARN o.e.t.InboundHandler | handling inbound transport message [InboundMessage[requestId={~task}, action=indices:data/write/bulk]] took [{~ms}7ms] which is above the warn threshold of [5000ms]
    """),
    fault("shard_corrupt", "data_corruption", "分片索引损坏，分配失败，集群变红", "A shard is corrupt, allocation fails and the cluster turns red", """
        *1-2 WARN o.e.i.c.IndicesClusterStateService | [{index}][{s}] marking and sending shard failed due to [failed recovery]
        |org.apache.lucene.index.CorruptIndexException: checksum failed (hardware problem?) : expected=7f2c actual=91aa (resource=BufferedChecksumIndexInput)
        |\tat org.apache.lucene.codecs.CodecUtil.checkFooter(CodecUtil.java:441)
        *1-2 WARN o.e.i.s.Store | [{index}][{s}] failed to open index or compute checksums, corrupted_{uuid}
        WARN o.e.c.r.a.AllocationService | failing shard [failed shard, shard [{index}][{s}], node[{nid}], [P], s[STARTED], message [shard failure, reason [corrupt file (source: [search])]], markAsStale [true]]
        WARN o.e.c.r.a.AllocationService | current.health="RED" message="Cluster health status changed from [GREEN] to [RED] (reason: [shards failed [[{index}][{s}]]])." previous.health="GREEN" reason="shards failed [[{index}][{s}]]"
        *2-3 DEBUG o.e.a.s.TransportSearchAction | All shards failed for phase: [query] index [{index}]
    """),
    fault("auth_probing", "authentication_attack", "对内置账号的密码猜测", "Built-in accounts are guessed from outside", """
        *5-9 INFO o.e.x.s.a.AuthenticationService | Authentication of [elastic] was terminated by realm [reserved] - failed to authenticate user [elastic]
        & ?0.5 INFO o.e.x.s.a.AuditTrail | type="audit" event.type="rest" event.action="authentication_failed" user.name="elastic" origin.address="{ip}" url.path="/_cat/indices"
        *2-3 INFO o.e.x.s.a.AuditTrail | type="audit" event.type="rest" event.action="access_denied" user.name="anonymous" origin.address="{ip}" url.path="/_search"
    """),
    fault("certificate_expired", "certificate_expired", "节点间证书过期，传输层握手失败", "The transport certificate has expired; nodes cannot shake hands", """
        *4-7 WARN o.e.x.c.s.t.n.SecurityNetty4Transport | client did not trust this server's certificate, closing connection Netty4TcpChannel(localAddress=/{ip}:9300, remoteAddress=/{~ip}:4{~n}12)
        *1-3 WARN o.e.c.s.DiagnosticTrustManager | failed to establish trust with server at [{~ip}]; the server provided a certificate with subject name [CN={peer}]; the certificate is expired [notAfter=2026-03-01T00:00:00Z]
        *1-2 INFO o.e.c.s.ClusterApplierService | removed [{peer}][{nid}][{ip}:9300], term: {term}, version: {~ver}, reason: ApplyCommitRequest[term={term}, version={ver}]
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="elasticsearch",
    language="en",
    headers={"": "[{time}][{level:<5}][{source:<25}] [{@node}] {message}"},
    clock=clocks.pattern("%Y-%m-%dT%H:%M:%S,", 3),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=1.5,
)
