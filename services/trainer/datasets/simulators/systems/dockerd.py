# ruff: noqa: E501 - a script row is a log line and stays whole
"""Docker daemon and containerd in logfmt: images, containers, networks, health checks, swarm."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "cid": f.shaped("????????????????????????????????????????????????????????????????"),
    "short": f.shaped("????????????"),
    "sha": f.shaped("sha256:????????????????????????????????????????????????????????????????"),
    "img": f.ranked(
        "shop/web:2.4",
        "shop/api:2.4",
        "postgres:16",
        "redis:7",
        "nginx:1.27",
        "shop/worker:2.4",
        "grafana/grafana:11.1.0",
    ),
    "reg": f.ranked("registry-1.docker.io", "registry.shop.io", "ghcr.io"),
    "name": f.ranked("shop_web_1", "shop_api_1", "shop_worker_1", "db", "cache", "proxy"),
    "net": f.ranked("shop_default", "bridge", "ingress", "monitoring"),
    "ip": f.address("172.18."),
    "ms": f.decimal(0.4, 980.0, 6),
    "secs": f.decimal(0.1, 29.0, 9),
    "n": f.integer(1, 60),
    "pid": f.counter(9000, 11),
    "mb": f.integer(2, 900),
    "layer": f.shaped("????????????"),
    "svc": f.shaped("&&&&#&&#&&&&#&&&&&&&&&#&&"),
    "span": f.shaped("????????????????"),
    "trace": f.shaped("????????????????????????????????"),
    "node": f.shaped("&&&&&&&&&&&&#&&&&&&&&&&&&"),
}

_FLOWS = (
    flow("run", 5, """
        debug dockerd | Calling POST /v1.47/containers/create?name={name} || spanID={span} traceID={trace}
        debug dockerd | container mounted via layerStore: /var/lib/docker/overlay2/{layer}/merged || container={cid}
        debug dockerd | Calling POST /v1.47/containers/{short}/start || spanID={span} traceID={trace}
        debug dockerd | Assigning addresses for endpoint {name}'s interface on network {net}
        debug dockerd | RequestAddress(LocalDefault/172.18.0.0/16, {ip}, map[])
        debug dockerd | bundle dir created || bundle=/var/run/docker/containerd/{cid} module=libcontainerd namespace=moby root=/var/lib/docker/overlay2/{layer}/merged
        info containerd | connecting to shim {cid} || address=unix:///run/containerd/s/{cid} namespace=moby protocol=ttrpc version=3
        debug dockerd | event || container={cid} module=libcontainerd namespace=moby topic=/tasks/create
        debug dockerd | event || container={cid} module=libcontainerd namespace=moby topic=/tasks/start
        ?0.3 info dockerd | Container {short} is now healthy || container={cid} status=healthy
    """),
    flow("stop", 4, """
        debug dockerd | Calling POST /v1.47/containers/{short}/stop || spanID={span} traceID={trace}
        debug dockerd | Sending kill signal 15 to container {cid}
        ?0.15 +9000-10000 info dockerd | Container failed to exit within 10s of signal 15 - using the force || container={cid}
        debug dockerd | event || container={cid} module=libcontainerd namespace=moby topic=/tasks/exit
        info containerd | shim disconnected || id={cid} namespace=moby
        info dockerd | ignoring event || container={cid} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"
        info containerd | cleaning up dead shim || namespace=moby
        debug dockerd | Releasing addresses for endpoint {name}'s interface on network {net}
    """),
    flow("pull", 2, """
        debug dockerd | Calling POST /v1.47/images/create?fromImage={img} || spanID={span} traceID={trace}
        debug dockerd | hostDir: /etc/docker/certs.d/{reg}
        debug dockerd | Trying to pull {img} from https://{reg}
        *1-4 debug dockerd | Pulling blob {~layer}, {~mb} MB
        & debug dockerd | Downloaded {layer} to tempfile /var/lib/docker/tmp/GetImageBlob{pid}
        ?0.08 warning dockerd | Download failed, retrying (1/5): read tcp 10.0.0.4:51992->104.18.121.25:443: read: connection reset by peer
        & +900-4000 debug dockerd | Downloaded {layer} to tempfile /var/lib/docker/tmp/GetImageBlob{pid}
        *1-3 debug dockerd | Applied tar {~sha} to {~layer}, size: {~n}4718592
        info dockerd | image pulled || digest="{sha}" remote="docker.io/{img}"
    """, pace=(20, 700)),
    flow("api", 6, """
        debug dockerd | Calling GET /v1.47/containers/json || spanID={span} traceID={trace}
        ?0.5 debug dockerd | Calling GET /v1.47/containers/{short}/stats?stream=false || spanID={span} traceID={trace}
        ?0.3 debug dockerd | Calling GET /v1.47/info || spanID={span} traceID={trace}
        ?0.2 debug dockerd | Calling GET /_ping || spanID={span} traceID={trace}
        ?0.03 error dockerd | Handler for GET /v1.47/containers/{short}/json returned error: No such container: {short} || spanID={span} traceID={trace}
    """),
    flow("healthcheck", 5, """
        debug dockerd | starting exec command {cid} in container {short}
        debug dockerd | attach: stdout: begin
        debug dockerd | attach: stdout: end
        debug dockerd | Health check for container {short} done (exitCode=0)
        ?0.02 debug dockerd | Health check for container {short} done (exitCode=1)
    """),
    flow("network", 0.8, """
        debug dockerd | Calling POST /v1.47/networks/create || spanID={span} traceID={trace}
        debug dockerd | RequestPool(LocalDefault, , , , map[], false)
        debug dockerd | Assigned bridge address 172.18.0.1/16 to {net}
        ?0.4 info dockerd | Deleting nftables IPv6 rules || error="exit status 1"
    """),
    flow("dns", 2, """
        debug dockerd | [resolver] query {name}. (A) from {ip}:53, forwarding to udp:10.0.0.2
        ?0.03 error dockerd | [resolver] failed to query external DNS server || client-addr="udp:{ip}:5{n}33" dns-server="udp:10.0.0.2:53" error="read udp {ip}:5{n}33->10.0.0.2:53: i/o timeout" question=";api.example.com. IN A"
        & +20-300 debug dockerd | [resolver] query {name}. (A) from {ip}:53, forwarding to udp:10.0.0.3
    """),
    flow("prune", 0, """
        info dockerd | image prune started || filter="dangling=true"
        *1-4 debug dockerd | Image layer {~layer} removed
        info dockerd | Layer {sha} cleaned up
        info dockerd | image prune finished || reclaimed={mb}MB
    """, every_s=1800),
    flow("build", 0.7, """
        debug dockerd | new buildkit solve {svc} || spanID={span} traceID={trace}
        *2-6 debug dockerd | snapshot {~svc} committed || duration={~ms}ms
        ?0.2 warning dockerd | failed to read oom_kill event || error="open /sys/fs/cgroup/buildkit/{svc}/memory.events: no such file or directory"
        info dockerd | build finished || duration={secs}s id={svc}
    """),
    flow("swarm", 1, """
        debug dockerd | heartbeat sent || method="(*session).heartbeat" module=node/agent node.id={node} session.id={svc} sessionID={svc}
        ?0.2 debug dockerd | memberlist: Stream connection from=10.0.0.6:4{n}92
        ?0.1 info dockerd | NetworkDB stats {@node} - netID:{svc} leaving:false netPeers:3 entries:{n} Queue qLen:0 netMsg/s:0
    """),
    flow("orphans", 0.1, """
        warning dockerd | failed to remove runc container || namespace=moby
        warning containerd | cleaning up after shim disconnected || id={cid} namespace=moby
    """),
    flow("reload", 0.02, """
        info dockerd | Got signal to reload configuration, reloading from: /etc/docker/daemon.json
        info dockerd | Reloaded configuration: {\\"storage-driver\\":\\"overlay2\\",\\"live-restore\\":true}
    """),
    flow("restart", 0.01, """
        info dockerd | Processing signal 'terminated'
        info dockerd | Daemon shutdown complete
        +500-2000 info dockerd | Starting up
        info dockerd | [graphdriver] using prior storage driver: overlay2
        info dockerd | Loading containers: start.
        info dockerd | Default bridge (docker0) is assigned with an IP address 172.17.0.0/16. Daemon option --bip can be used to set a preferred IP address
        info dockerd | Loading containers: done.
        info dockerd | Docker daemon || commit=de5c9cf containerd-snapshotter=false storage-driver=overlay2 version=27.2.0
        info dockerd | Daemon has completed initialization
        info dockerd | API listen on /run/docker.sock
    """),
)  # fmt: skip

_FAULTS = (
    fault("no_space", "disk_full", "存储目录写满，拉取镜像与创建容器失败", "The storage directory is full: pulls and creates fail", """
        *2-4 error dockerd | Download failed, retrying ({n}/5): write /var/lib/docker/tmp/GetImageBlob{~pid}: no space left on device
        *1-2 error dockerd | Not continuing with pull after error: write /var/lib/docker/tmp/GetImageBlob{~pid}: no space left on device
        *2-3 error dockerd | Handler for POST /v1.47/containers/create returned error: mkdir /var/lib/docker/overlay2/{~layer}-init: no space left on device || spanID={~span} traceID={~trace}
        *2-4 error dockerd | Failed to log message for logger json-file: error writing log entry: write /var/lib/docker/containers/{cid}/{cid}-json.log: no space left on device || container={~cid}
        error dockerd | Error saving dying container to disk: open /var/lib/docker/containers/{cid}/.tmp-config.v2.json: no space left on device || container={cid}
    """),
    fault("oom_kill", "memory_exhausted", "容器超出内存上限被杀并反复重启", "A container exceeds its memory limit, is killed and restarts", """
        *2-4 debug dockerd | event || container={cid} module=libcontainerd namespace=moby topic=/tasks/oom
        & info containerd | shim disconnected || id={cid} namespace=moby
        & info dockerd | Container {short} exited with code 137, oomKilled=true || container={cid} restartCount={~n}
        & debug dockerd | restarting container after {~ms}ms || container={cid}
        warning dockerd | Health check for container {short} error: context deadline exceeded
    """),
    fault("registry_down", "dependency_unavailable", "镜像仓库无法访问，拉取持续失败", "The registry cannot be reached; every pull fails", """
        *2-4 warning dockerd | Error getting v2 registry: Get \\"https://{reg}/v2/\\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)
        & info dockerd | Attempting next endpoint for pull after error: Get \\"https://{reg}/v2/\\": net/http: request canceled while waiting for connection
        & error dockerd | Handler for POST /v1.47/images/create returned error: Get \\"https://{reg}/v2/\\": context deadline exceeded || spanID={~span} traceID={~trace}
        *1-3 error dockerd | toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading
    """, {"pull": ""}),
    fault("dns_broken", "dns_failure", "内置DNS转发失败，容器无法解析外部域名", "The embedded resolver cannot reach DNS; containers resolve nothing", """
        *5-8 error dockerd | [resolver] failed to query external DNS server || client-addr="udp:{~ip}:5{~n}33" dns-server="udp:10.0.0.2:53" error="read udp {ip}:5{n}33->10.0.0.2:53: i/o timeout" question=";{name}.shop.internal. IN A"
        *2-4 error dockerd | [resolver] failed to query external DNS server || client-addr="udp:{~ip}:5{~n}33" dns-server="udp:10.0.0.3:53" error="read udp {ip}:5{n}33->10.0.0.3:53: connect: network is unreachable" question=";db.shop.internal. IN AAAA"
        *1-2 debug dockerd | Health check for container {~short} done (exitCode=6)
        warning dockerd | [resolver] external DNS query limit reached, dropping || limit=1024
    """),
    fault("shim_failure", "service_crash", "容器运行时崩溃，容器无法启动", "The runtime crashes and containers do not start", """
        *2-3 error containerd | failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: open /proc/sys/net/ipv4/ip_unprivileged_port_start: permission denied
        & error dockerd | Handler for POST /v1.47/containers/{~short}/start returned error: failed to create task for container: ttrpc: closed: unknown || spanID={~span} traceID={~trace}
        & error dockerd | stream copy error: reading from a closed fifo
        *1-2 fatal containerd | panic: runtime error: slice bounds out of range [:8] with capacity 0
        *2-3 error dockerd | failed to get event: rpc error: code = Unavailable desc = error reading from server: EOF || error="rpc error: code = Unavailable desc = error reading from server: EOF" module=libcontainerd namespace=moby
        warning dockerd | grpc: addrConn.createTransport failed to connect to /run/containerd/containerd.sock. Err: connection error: desc = \\"transport: error while dialing: dial unix:///run/containerd/containerd.sock: timeout\\"
    """),
    fault("swarm_split", "network_partition", "集群节点失联，失去管理者多数", "Swarm nodes lose one another and the managers lose quorum", """
        *2-4 warning dockerd | memberlist: Suspect {node} has failed, no acks received
        *1-2 info dockerd | Node {node}/10.0.0.6, left gossip cluster
        *2-3 error dockerd | error sending message to peer || error="rpc error: code = Unavailable desc = connection error: desc = transport: Error while dialing: dial tcp 10.0.0.6:2377: i/o timeout" module=raft node.id={@node}
        *2-3 error dockerd | agent: session failed || backoff={~secs}s error="rpc error: code = Unavailable desc = all SubConns are in TransientFailure" module=node/agent node.id={@node}
        error dockerd | Handler for GET /v1.47/services returned error: rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. || spanID={span} traceID={trace}
    """),
    fault("port_conflict", "configuration_error", "端口被占用且挂载错误，容器反复启动失败", "A port is taken and a mount is wrong: containers fail to start again and again", """
        *3-5 error dockerd | Handler for POST /v1.47/containers/{~short}/start returned error: driver failed programming external connectivity on endpoint {name} ({~cid}): failed to bind port 0.0.0.0:8080/tcp: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use || spanID={~span} traceID={~trace}
        & warning dockerd | failed to cleanup container || container={~cid} error="endpoint not found"
        *1-3 error dockerd | Handler for POST /v1.47/containers/{~short}/start returned error: invalid mount config for type \\"bind\\": bind source path does not exist: /srv/shop/config || spanID={~span} traceID={~trace}
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="dockerd",
    language="en",
    headers={
        "": 'time="{time}" level={level} msg="{message}" {extra}',
        "containerd": 'time="{time}" level={level} msg="{message}" runtime=io.containerd.runc.v2 {extra}',
    },
    clock=clocks.iso_nanos(),
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=5,
)
