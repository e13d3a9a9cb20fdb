# ruff: noqa: E501 - a script row is a log line and stays whole
"""A RabbitMQ node: connections, channels, queues, policies, alarms; ``time [level] <pid> message``."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "erl": f.shapes("<0.####.0>", "<0.#####.0>"),
    "node": f.one_of("rabbit@mq1", "rabbit@mq-a", "rabbit@broker-0"),
    "peer": f.one_of("rabbit@mq2", "rabbit@mq3", "rabbit@mq-b"),
    "ip": f.address("10.14."),
    "bad": f.address("92.118."),
    "port": f.integer(32768, 60999),
    "user": f.ranked("orders", "shipping", "billing", "mailer", "monitoring"),
    "vhost": f.ranked("/", "shop", "billing"),
    "queue": f.ranked("orders.created", "mail.outgoing", "billing.invoices", "audit.events", "orders.dead"),
    "app": f.ranked("order-service", "mailer-worker", "celery@worker1", "billing-api"),
    "n": f.integer(1, 60),
    "ms": f.skewed(40, 0.8, least=1),
    "tag": f.shaped("ctag#.????????????????"),
    "mb": f.ramp(1650, 1.06),
    "limit": f.one_of("1638"),
    "free": f.ramp(2100, 0.85),
    "idx": f.counter(90000, 40),
    "term": f.integer(2, 14),
    "depth": f.ramp(12000, 1.45),
    "guess": f.ranked("guest", "admin", "test", "rabbit", "root"),
    "chan": f.integer(1, 9),
}

_FLOWS = (
    flow("connection", 7, """
        info {erl} | accepting AMQP connection {erl} ({ip}:{port} -> 10.14.0.5:5672)
        ?0.6 info {erl} | connection {erl} ({ip}:{port} -> 10.14.0.5:5672): has a client-provided name: {app}
        info {erl} | connection {erl} ({ip}:{port} -> 10.14.0.5:5672 - {app}): user '{user}' authenticated and granted access to vhost '{vhost}'
        +900-20000 info {erl} | closing AMQP connection {erl} ({ip}:{port} -> 10.14.0.5:5672 - {app}, vhost: '{vhost}', user: '{user}')
    """),
    flow("channel", 4, """
        debug {erl} | Channel {chan} of connection {erl} opened, prefetch {n}
        ?0.5 debug {erl} | Consumer {tag} on channel {chan} subscribed to queue '{queue}' in vhost '{vhost}'
        ?0.4 +300-5000 debug {erl} | Consumer {tag} cancelled on queue '{queue}'
    """),
    flow("dropped_client", 0.8, """
        warning {erl} | closing AMQP connection {erl} ({ip}:{port} -> 10.14.0.5:5672 - {app}, vhost: '{vhost}', user: '{user}'):
        |client unexpectedly closed TCP connection
    """),
    flow("missed_heartbeat", 0.3, """
        error {erl} | closing AMQP connection {erl} ({ip}:{port} -> 10.14.0.5:5672 - {app}):
        |missed heartbeats from client, timeout: 60s
    """),
    flow("queue_declare", 2, """
        debug {erl} | Queue '{queue}' in vhost '{vhost}' declared, durable, type quorum
        ?0.3 debug {erl} | Binding from exchange 'events' to queue '{queue}' with routing key '{queue}' added
        ?0.1 info {erl} | queue '{queue}' in vhost '{vhost}': purged {n} messages
    """),
    flow("precondition", 0.2, """
        error {erl} | Channel error on connection {erl} ({ip}:{port} -> 10.14.0.5:5672, vhost: '{vhost}', user: '{user}'), channel {chan}:
        |operation queue.declare caused a channel exception precondition_failed: inequivalent arg 'durable' for queue '{queue}' in vhost '{vhost}': received 'false' but current is 'true'
    """),
    flow("not_found", 0.2, """
        error {erl} | Channel error on connection {erl} ({ip}:{port} -> 10.14.0.5:5672, vhost: '{vhost}', user: '{user}'), channel {chan}:
        |operation basic.publish caused a channel exception not_found: no exchange 'events-old' in vhost '{vhost}'
    """),
    flow("quorum", 1.5, """
        debug {erl} | queue '{queue}' in vhost '{vhost}': ra segment written, {n} entries, index {idx}
        ?0.4 debug {erl} | queue '{queue}' in vhost '{vhost}': snapshot taken at index {idx}, {ms} ms
        ?0.1 info {erl} | queue '{queue}' in vhost '{vhost}': follower did not have entry at {idx} in {term}. Requesting from {idx}
    """),
    flow("gc", 1, """
        debug {erl} | msg_store_persistent: compacted {n} segment files in {ms} ms
        ?0.3 debug {erl} | Background garbage collection finished for {n} processes
    """),
    flow("management", 3, """
        debug {erl} | HTTP access: 10.14.0.9 - {user} "GET /api/queues HTTP/1.1" 200 {idx}
        ?0.2 debug {erl} | HTTP access: 10.14.0.9 - {user} "GET /api/overview HTTP/1.1" 200 {idx}
    """),
    flow("policy", 0.2, """
        info {erl} | Set policy 'ha-{user}' in vhost '{vhost}' with pattern '^{user}'
        ?0.4 info {erl} | Asked to set user tags for user '{user}' to [monitoring]
        ?0.3 info {erl} | Successfully set permissions for '{user}' in virtual host '{vhost}' to '.*', '.*', '.*'
    """),
    flow("shovel", 0.6, """
        info {erl} | Shovel 'audit' in virtual host '{vhost}' connected to destination amqp://{ip}
        ?0.1 warning {erl} | Shovel 'audit' lost connection to source, reconnecting in 5 s
        & +400-2500 info {erl} | Shovel 'audit' in virtual host '{vhost}' connected to destination amqp://{ip}
    """),
    flow("peer_up", 0.08, """
        info {erl} | node '{peer}' down: connection_closed
        +900-4000 info {erl} | node '{peer}' up
        info {erl} | rabbit on node '{peer}' up
        info {erl} | queue '{queue}' in vhost '{vhost}': granting pre-vote for {peer} with last indexterm {idx},{term}
    """),
    flow("ssl", 0.3, """
        notice {erl} | TLS server: In state hello received CLIENT ALERT: Fatal - Protocol Version
        ?0.3 warning {erl} | Peer certificate of {ip} expires in {n} days
    """),
    flow("restart", 0.02, """
        info {erl} | RabbitMQ is asked to stop...
        info {erl} | Successfully stopped RabbitMQ and its dependencies
        +900-3000 info {erl} | Starting RabbitMQ 3.13.6 on Erlang 26.2.5.2 [jit]
        info {erl} | node           : {@node}
        info {erl} | Memory high watermark set to 1638 MiB (1717986918 bytes) of 4096 MiB (4294967296 bytes) total
        info {erl} | Enabled free disk space monitoring
        info {erl} | Running boot step {n} defined by app rabbit
        *2-4 info {erl} | Starting message stores for vhost '{~vhost}'
        info {erl} | started TCP listener on [::]:5672
        info {erl} | Server startup complete; 4 plugins started.
    """),
    flow("definitions", 0, """
        info {erl} | Definitions backup written, {n} queues
    """, every_s=600),
)  # fmt: skip

_FAULTS = (
    fault("memory_alarm", "memory_exhausted", "内存超过水位线，阻塞所有发布者", "Memory passes the watermark and all publishers are blocked", """
        *2-3 debug {~erl} | queue '{queue}' in vhost '{vhost}': ready {~depth}, consumers 0
        info {erl} | vm_memory_high_watermark set. Memory used:{mb}000000 allowed:1717986918
        warning {erl} | memory resource limit alarm set on node {@node}.
        |
        |**********************************************************
        |*** Publishers will be blocked until this alarm clears ***
        |**********************************************************
        *3-5 warning {~erl} | Connection {~erl} ({~ip}:{~port} -> 10.14.0.5:5672 - {~app}) is blocked by resource alarm: memory
        *2-3 error {~erl} | closing AMQP connection {erl} ({~ip}:{~port} -> 10.14.0.5:5672 - {~app}):
        |missed heartbeats from client, timeout: 60s
        ?0.5 info {erl} | memory resource limit alarm cleared on node {@node}
    """, {"channel": ""}),
    fault("disk_alarm", "disk_full", "剩余磁盘低于下限，节点停止接收消息", "Free disk space falls below its limit and the node stops accepting", """
        *2-4 info {~erl} | Free disk space is {~free}0000 bytes. Limit is at 2147483648 bytes
        warning {erl} | disk resource limit alarm set on node {@node}.
        |
        |********************************************************************
        |*** Publishers will be blocked until this alarm clears ***
        |********************************************************************
        *2-4 warning {~erl} | Connection {~erl} ({~ip}:{~port} -> 10.14.0.5:5672 - {~app}) is blocked by resource alarm: disk
        *1-2 error {~erl} | queue '{~queue}' in vhost '{vhost}': failed to write segment: enospc
        error {erl} | ** Generic server {erl} terminating
        |** Reason for termination ==
        |** {{badmatch,{error,enospc}},[{rabbit_msg_store,append,4,[]}]}
    """),
    fault("partition", "network_partition", "集群出现网络分区，节点互相失联", "The cluster splits; nodes lose sight of one another", """
        *1-3 info {~erl} | node '{peer}' down: net_tick_timeout
        error {erl} | Mnesia('{@node}'): ** ERROR ** mnesia_event got {inconsistent_database, running_partitioned_network, '{peer}'}
        error {erl} | Partial partition detected:
        | * We saw DOWN from {peer}
        | * We can still see {@node} which can see {peer}
        *2-4 warning {~erl} | queue '{~queue}' in vhost '{vhost}': leader saw down of {peer}, no quorum
        *2-3 error {~erl} | queue '{~queue}' in vhost '{vhost}': election called for in term {~term}
        *1-2 warning {~erl} | Cluster minority/secondary status detected - awaiting recovery
    """),
    fault("queue_backlog", "queue_backlog", "消费者全部断开，队列持续堆积", "All consumers are gone and queues pile up", """
        *2-3 warning {~erl} | closing AMQP connection {erl} ({~ip}:{~port} -> 10.14.0.5:5672 - mailer-worker, vhost: 'shop', user: 'mailer'):
        |client unexpectedly closed TCP connection
        *4-6 warning {~erl} | queue 'mail.outgoing' in vhost 'shop': ready {~depth}, consumers 0
        *1-2 error {~erl} | Consumer {~tag} on channel {chan} has timed out waiting for delivery acknowledgement. Timeout used: 1800000 ms
        *1-2 warning {~erl} | queue 'mail.outgoing' in vhost 'shop': ready {~depth}, consumers 0
        warning {erl} | queue 'mail.outgoing' in vhost 'shop': max-length reached, dead-lettering to 'orders.dead'
    """),
    fault("login_probing", "authentication_attack", "外部地址猜测账号密码", "An outside address guesses user names and passwords", """
        *6-9 info {~erl} | accepting AMQP connection {erl} ({bad}:{~port} -> 10.14.0.5:5672)
        & error {erl} | Error on AMQP connection {erl} ({bad}:{port} -> 10.14.0.5:5672, state: starting):
        |PLAIN login refused: user '{~guess}' - invalid credentials
        *2-3 warning {~erl} | HTTP access denied: user '{~guess}' - invalid credentials
        *1-2 error {~erl} | Error on AMQP connection {erl} ({bad}:{~port} -> 10.14.0.5:5672):
        |{bad_header,<<"GET / HT">>}
    """),
    fault("crashing_queue", "service_crash", "队列进程反复崩溃并被监督者重启", "A queue process crashes again and again under its supervisor", """
        *3-4 error {~erl} | ** Generic server {erl} terminating
        |** Last message in was {'$gen_cast',{deliver,{delivery,false,true,{erl}}}}
        |** Reason for termination ==
        |** {function_clause,[{rabbit_variable_queue,maybe_update_rates,[undefined],[{file,"rabbit_variable_queue.erl"},{line,1012}]}]}
        & error {erl} | Supervisor: {{erl},rabbit_amqqueue_sup} errorContext: child_terminated reason: function_clause
        & warning {erl} | Restarting crashed queue '{queue}' in vhost '{vhost}'.
        *1-2 error {~erl} | Channel error on connection {erl} ({~ip}:{~port} -> 10.14.0.5:5672, vhost: '{vhost}', user: '{user}'), channel {chan}:
        |operation basic.get caused a channel exception not_found: queue '{queue}' in vhost '{vhost}' process is stopped by supervisor
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="rabbitmq",
    language="en",
    headers={"": "{time} [{level}] {source} {message}"},
    clock=clocks.pattern("%Y-%m-%d %H:%M:%S.", 6, "+00:00"),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=3,
)
