# ruff: noqa: E501 - a script row is a log line and stays whole
"""Kubernetes node: kubelet in klog format with structured keys, kube-proxy and the scheduler beside it."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "tid": f.one_of("2214", "1187", "1", "3061"),
    "app": f.ranked("checkout", "catalog", "payments", "search", "frontend", "mailer", "ledger"),
    "ns": f.ranked("shop", "payments", "kube-system", "monitoring", "default"),
    "rs": f.shaped("??????????-&&&&&"),
    "uid": f.uuid(),
    "cid": f.shaped("????????????????????????????????????????????????????????????????"),
    "vol": f.ranked("config", "kube-api-access-x7k2p", "data", "tls", "tmp"),
    "node": f.shaped("ip-10-0-##-1##"),
    "ms": f.skewed(180, 0.7, 6, least=2),
    "secs": f.decimal(0.4, 9.9, 9),
    "img": f.ranked(
        "registry.shop.io/checkout:1.18.3",
        "registry.shop.io/catalog:4.2.0",
        "registry.shop.io/payments:2.9.1",
        "busybox:1.36",
    ),
    "n": f.integer(2, 60),
    "ip": f.address("10.244."),
    "port": f.integer(8080, 8090),
    "gc": f.integer(85, 97),
    "bytes": f.integer(900000000, 4800000000),
    "cm": f.ranked("app-config", "kube-root-ca.crt", "feature-flags"),
    "ver": f.integer(1000000, 9999999),
    "back": f.one_of("10s", "20s", "40s", "1m20s", "2m40s", "5m0s"),
    "up": f.moment(clocks.ISO_MS),
}

_FLOWS = (
    flow("pod_start", 4, """
        I kubelet.go:2422 | "SyncLoop ADD" source="api" pods=["{ns}/{app}-{rs}"]
        I topology_manager.go:215 | "Topology Admit Handler" podUID="{uid}" podNamespace="{ns}" podName="{app}-{rs}"
        *1-3 I reconciler_common.go:258 | "operationExecutor.VerifyControllerAttachedVolume started for volume \\"{~vol}\\" (UniqueName: \\"kubernetes.io/projected/{uid}-{vol}\\") pod \\"{app}-{rs}\\" (UID: \\"{uid}\\") " pod="{ns}/{app}-{rs}"
        & I operation_generator.go:721 | "MountVolume.SetUp succeeded for volume \\"{vol}\\" (UniqueName: \\"kubernetes.io/projected/{uid}-{vol}\\") pod \\"{app}-{rs}\\" (UID: \\"{uid}\\") " pod="{ns}/{app}-{rs}"
        I util.go:30 | "No sandbox for pod can be found. Need to start a new one" pod="{ns}/{app}-{rs}"
        ?0.5 I provider.go:82 | "Docker config file not found" path="/var/lib/kubelet/config.json"
        ?0.5 I kuberuntime_image.go:42 | "Pulling image without credentials" image="{img}"
        I kubelet.go:2454 | "SyncLoop (PLEG): event for pod" pod="{ns}/{app}-{rs}" event={"ID":"{uid}","Type":"ContainerStarted","Data":"{cid}"}
        I pod_startup_latency_tracker.go:104 | "Observed pod startup duration" pod="{ns}/{app}-{rs}" podStartSLOduration={secs} podStartE2EDuration="{secs}s"
        I kubelet.go:2429 | "SyncLoop (probe)" probe="readiness" status="" pod="{ns}/{app}-{rs}"
        I kubelet.go:2429 | "SyncLoop (probe)" probe="readiness" status="ready" pod="{ns}/{app}-{rs}"
    """, pace=(10, 400)),
    flow("pod_stop", 3, """
        I kubelet.go:2438 | "SyncLoop DELETE" source="api" pods=["{ns}/{app}-{rs}"]
        I kuberuntime_container.go:808 | "Killing container with a grace period" pod="{ns}/{app}-{rs}" podUID="{uid}" containerName="{app}" containerID="containerd://{cid}" gracePeriod=30
        I kubelet.go:2454 | "SyncLoop (PLEG): event for pod" pod="{ns}/{app}-{rs}" event={"ID":"{uid}","Type":"ContainerDied","Data":"{cid}"}
        I pod_container_deletor.go:80 | "Container not found in pod's containers" containerID="{cid}"
        I reconciler_common.go:172 | "operationExecutor.UnmountVolume started for volume \\"{vol}\\" (UniqueName: \\"kubernetes.io/projected/{uid}-{vol}\\") pod \\"{uid}\\" (UID: \\"{uid}\\") "
        I operation_generator.go:803 | UnmountVolume.TearDown succeeded for volume "kubernetes.io/projected/{uid}-{vol}" (OuterVolumeSpecName: "{vol}") pod "{uid}" (UID: "{uid}"). InnerVolumeSpecName "{vol}". PluginName "kubernetes.io/projected", VolumeGidValue ""
        I reconciler_common.go:300 | "Volume detached for volume \\"{vol}\\" (UniqueName: \\"kubernetes.io/projected/{uid}-{vol}\\") on node \\"{@node}\\" DevicePath \\"\\""
        I kubelet.go:2443 | "SyncLoop REMOVE" source="api" pods=["{ns}/{app}-{rs}"]
        ?0.4 I kubelet_volumes.go:161 | "Cleaned up orphaned pod volumes dir" podUID="{uid}" path="/var/lib/kubelet/pods/{uid}/volumes"
    """, pace=(10, 400)),
    flow("job_done", 1.5, """
        I kubelet.go:2454 | "SyncLoop (PLEG): event for pod" pod="{ns}/nightly-{app}-{rs}" event={"ID":"{uid}","Type":"ContainerDied","Data":"{cid}"}
        I util.go:48 | "No ready sandbox for pod can be found. Need to start a new one" pod="{ns}/nightly-{app}-{rs}"
        I generic.go:334 | "Generic (PLEG): container finished" podID="{uid}" containerID="{cid}" exitCode=0
        I scope.go:117 | "RemoveContainer" containerID="{cid}"
    """),
    flow("status", 6, """
        I status_manager.go:853 | "Failed to get status for pod" podUID="{uid}" pod="{ns}/{app}-{rs}" err="pods \\"{app}-{rs}\\" not found"
        /?0.5 I kubelet_getters.go:218 | "Pod status updated" pod="kube-system/kube-proxy-{n}" status="Running"
    """),
    flow("probes", 5, """
        ?0.08 I prober.go:107 | "Probe failed" probeType="Readiness" pod="{ns}/{app}-{rs}" podUID="{uid}" containerName="{app}" probeResult="failure" output="HTTP probe failed with statuscode: 503"
        & +900-2500 I kubelet.go:2429 | "SyncLoop (probe)" probe="readiness" status="ready" pod="{ns}/{app}-{rs}"
        / I kubelet.go:2429 | "SyncLoop (probe)" probe="liveness" status="healthy" pod="{ns}/{app}-{rs}"
    """),
    flow("update", 3, """
        I kubelet.go:2426 | "SyncLoop UPDATE" source="api" pods=["{ns}/{app}-{rs}"]
        ?0.3 I kubelet.go:2432 | "SyncLoop RECONCILE" source="api" pods=["{ns}/{app}-{rs}"]
    """),
    flow("configmap", 2, """
        I reflector.go:351 | Caches populated for *v1.ConfigMap from object-"{ns}"/"{cm}"
        ?0.4 I reflector.go:351 | Caches populated for *v1.Secret from object-"{ns}"/"{app}-tls"
        ?0.1 W reflector.go:547 | object-"{ns}"/"{cm}": watch of *v1.ConfigMap ended with: an error on the server ("unable to decode an event from the watch stream: http2: client connection lost") has prevented the request from succeeding
    """),
    flow("scheduler", 2, """
        I schedule_one.go:286 | "Successfully bound pod to node" pod="{ns}/{app}-{rs}" node="{@node}" evaluatedNodes={n} feasibleNodes=3
        ?0.1 I schedule_one.go:1055 | "Unable to schedule pod; no fit; waiting" pod="{ns}/{app}-{rs}" err="0/{n} nodes are available: {n} Insufficient cpu."
    """),
    flow("proxy", 1, """
        I service.go:416 | "Updating existing service port" portName="{ns}/{app}:http" clusterIP="{ip}" port={port}/TCP
        I proxier.go:796 | "SyncProxyRules complete" ipFamily="IPv4" elapsed="{ms}ms"
        ?0.2 I proxier.go:1508 | "Reloading service iptables data" ipFamily="IPv4" numServices={n} numEndpoints={n} numFilterChains=6 numFilterRules=5 numNATChains={n} numNATRules={n}
    """),
    flow("image_gc", 0.3, """
        I image_gc_manager.go:312 | "Disk usage on image filesystem is over the high threshold, trying to free bytes down to the low threshold" usage={gc} highThreshold=85 amountToFree={bytes} lowThreshold=80
        *1-3 I image_gc_manager.go:387 | "Removing image to free bytes" imageID="sha256:{~cid}" size={~bytes} runtimeHandler=""
    """),
    flow("slow_trace", 0.4, """
        I trace.go:236 | Trace[{ver}]: "Calculate volume metrics of {vol} for pod {ns}/{app}-{rs}" ({up}) (total time: {n}12ms):
        |Trace[{ver}]: [{ms}ms] [{ms}ms] END
    """),
    flow("lease_blip", 0.15, """
        E controller.go:195 | "Failed to update lease" err="Put \\"https://10.0.0.1:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{@node}?timeout=10s\\": context deadline exceeded"
        +900-4000 I controller.go:615 | quota admission added evaluator for: leases.coordination.k8s.io
    """),
    flow("cert_rotation", 0.05, """
        I certificate_manager.go:356 | kubernetes.io/kubelet-serving: Rotating certificates
        I certificate_manager.go:562 | kubernetes.io/kubelet-serving: Certificate expiration is 2027-03-01 08:00:00 +0000 UTC, rotation deadline is 2026-11-{n} 04:12:33.418 +0000 UTC
        I csr.go:261 | certificate signing request csr-{n}xk9p is approved, waiting to be issued
        I csr.go:257 | certificate signing request csr-{n}xk9p is issued
    """),
    flow("eviction_check", 0, """
        I kubelet_node_status.go:497 | "Fast updating node status as it just became ready"
        ?0.3 I eviction_manager.go:189 | "Eviction manager: no resources are starved"
    """, every_s=120),
)  # fmt: skip

_FAULTS = (
    fault("crash_loop", "service_crash", "容器反复崩溃，进入CrashLoopBackOff", "A container keeps crashing: CrashLoopBackOff", """
        *3-5 I generic.go:334 | "Generic (PLEG): container finished" podID="{uid}" containerID="{~cid}" exitCode=1
        & I kubelet.go:2454 | "SyncLoop (PLEG): event for pod" pod="shop/{app}-{rs}" event={"ID":"{uid}","Type":"ContainerDied","Data":"{cid}"}
        & I scope.go:117 | "RemoveContainer" containerID="{cid}"
        & E pod_workers.go:1298 | "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{app}\\" with CrashLoopBackOff: \\"back-off {~back} restarting failed container={app} pod={app}-{rs}_shop({uid})\\"" pod="shop/{app}-{rs}" podUID="{uid}"
    """),
    fault("image_pull", "dependency_unavailable", "镜像仓库不可用，拉取镜像失败", "The registry is unavailable and images cannot be pulled", """
        *2-4 E remote_image.go:167 | "PullImage from image service failed" err="rpc error: code = Unknown desc = failed to pull and unpack image \\"{img}\\": failed to resolve reference \\"{img}\\": failed to do request: Head \\"https://registry.shop.io/v2/\\": dial tcp 10.0.7.9:443: i/o timeout" image="{img}"
        & E kuberuntime_image.go:55 | "Failed to pull image" err="failed to pull and unpack image \\"{img}\\"" image="{img}"
        & E pod_workers.go:1298 | "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{app}\\" with ErrImagePull: \\"failed to pull and unpack image\\"" pod="{ns}/{app}-{rs}" podUID="{uid}"
        *2-3 E pod_workers.go:1298 | "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{app}\\" with ImagePullBackOff: \\"Back-off pulling image \\\\\\"{img}\\\\\\"\\"" pod="{ns}/{app}-{rs}" podUID="{uid}"
    """),
    fault("disk_pressure", "disk_full", "节点磁盘压力，镜像回收失败并驱逐Pod", "The node is under disk pressure and evicts pods", """
        I image_gc_manager.go:312 | "Disk usage on image filesystem is over the high threshold, trying to free bytes down to the low threshold" usage={gc} highThreshold=85 amountToFree={bytes} lowThreshold=80
        *2-3 E kubelet.go:1436 | "Image garbage collection failed multiple times in a row" err="failed to garbage collect required amount of images. Attempted to free {~bytes} bytes, but only found 0 bytes eligible to free"
        W eviction_manager.go:348 | "Eviction manager: attempting to reclaim" resourceName="ephemeral-storage"
        I eviction_manager.go:359 | "Eviction manager: must evict pod(s) to reclaim" resourceName="ephemeral-storage"
        *2-4 I eviction_manager.go:577 | "Eviction manager: pod is evicted successfully" pod="{~ns}/{~app}-{~rs}"
        I kubelet_node_status.go:729 | "Recording event message for node" node="{@node}" event="NodeHasDiskPressure"
        *1-2 E cri_stats_provider.go:448 | "Failed to get the info of the filesystem with mountpoint" err="unable to find data in memory cache" mountpoint="/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs"
    """, {"pod_start": ""}),
    fault("oom_killed", "memory_exhausted", "容器超出内存限制被反复OOM杀死", "Containers exceed their memory limit and are OOM-killed", """
        *2-4 I generic.go:334 | "Generic (PLEG): container finished" podID="{uid}" containerID="{~cid}" exitCode=137
        & I kubelet.go:2454 | "SyncLoop (PLEG): event for pod" pod="{ns}/{app}-{rs}" event={"ID":"{uid}","Type":"ContainerDied","Data":"{cid}"}
        & W watcher.go:93 | Error while processing event ("/sys/fs/cgroup/kubepods.slice/kubepods-burstable-pod{uid}.slice"): inotify_add_watch: no such file or directory
        W eviction_manager.go:348 | "Eviction manager: attempting to reclaim" resourceName="memory"
        I eviction_manager.go:359 | "Eviction manager: must evict pod(s) to reclaim" resourceName="memory"
        *1-2 I eviction_manager.go:577 | "Eviction manager: pod is evicted successfully" pod="{~ns}/{~app}-{~rs}"
        I kubelet_node_status.go:729 | "Recording event message for node" node="{@node}" event="NodeHasInsufficientMemory"
    """),
    fault("api_unreachable", "network_partition", "节点与API服务器失联，状态无法上报", "The node cannot reach the API server", """
        *3-5 E controller.go:195 | "Failed to update lease" err="Put \\"https://10.0.0.1:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{@node}?timeout=10s\\": dial tcp 10.0.0.1:6443: connect: no route to host"
        *2-4 E kubelet_node_status.go:540 | "Error updating node status, will retry" err="error getting node \\"{@node}\\": Get \\"https://10.0.0.1:6443/api/v1/nodes/{@node}?resourceVersion=0&timeout=10s\\": dial tcp 10.0.0.1:6443: connect: no route to host"
        E kubelet_node_status.go:527 | "Unable to update node status" err="update node status exceeds retry count"
        *2-4 E reflector.go:150 | k8s.io/client-go/informers/factory.go:160: Failed to watch *v1.Service: failed to list *v1.Service: Get "https://10.0.0.1:6443/api/v1/services?limit=500&resourceVersion=0": dial tcp 10.0.0.1:6443: connect: no route to host
        *1-2 E event.go:355 | "Unable to write event (may retry after sleeping)" err="Post \\"https://10.0.0.1:6443/api/v1/namespaces/{ns}/events\\": dial tcp 10.0.0.1:6443: connect: no route to host"
    """, {"update": "", "configmap": ""}),
    fault("runtime_hung", "timeout", "容器运行时无响应，PLEG不健康", "The container runtime hangs; PLEG is not healthy", """
        *2-4 E remote_runtime.go:407 | "ListContainers with filter from runtime service failed" err="rpc error: code = DeadlineExceeded desc = context deadline exceeded" filter="nil"
        *2-3 E generic.go:238 | "GenericPLEG: Unable to retrieve pods" err="rpc error: code = DeadlineExceeded desc = context deadline exceeded"
        *2-3 E kubelet.go:2361 | "Skipping pod synchronization" err="PLEG is not healthy: pleg was last seen active 3m{~n}.8s ago; threshold is 3m0s"
        I setters.go:600 | "Node became not ready" node="{@node}" condition={"type":"Ready","status":"False","lastHeartbeatTime":"{up}","reason":"KubeletNotReady","message":"PLEG is not healthy"}
        *1-2 E kubelet.go:2840 | "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
    """, {"pod_start": "", "pod_stop": ""}),
    fault("certificate_expired", "certificate_expired", "kubelet客户端证书过期，请求被拒绝", "The kubelet's client certificate has expired and is refused", """
        *3-5 E transport.go:123 | "No valid client certificate is found but the server is not responsive. A restart may be necessary to retrieve new initial credentials." lastCertificateAvailabilityTime="{up}" shutdownThreshold="5m0s"
        *2-4 E reflector.go:150 | k8s.io/client-go/informers/factory.go:160: Failed to watch *v1.Node: failed to list *v1.Node: Unauthorized
        *2-3 E server.go:310 | "Unable to authenticate the request due to an error" err="verifying certificate SN={ver}, SKID=, AKID= failed: x509: certificate has expired or is not yet valid: current time {up} is after 2026-01-01T00:00:00Z"
        E certificate_manager.go:562 | kubernetes.io/kube-apiserver-client-kubelet: Failed while requesting a signed certificate from the control plane: cannot create certificate signing request: Unauthorized
    """),
    fault("volume_stuck", "configuration_error", "卷挂载因缺少ConfigMap和密钥反复失败", "Volumes cannot be mounted: a ConfigMap and a Secret are missing", """
        *3-5 E configmap.go:193 | Couldn't get configMap {ns}/{cm}-v2: configmap "{cm}-v2" not found
        & E nestedpendingoperations.go:348 | Operation for "{volumeName:kubernetes.io/configmap/{uid}-{vol} podName:{uid} nodeName:}" failed. No retries permitted until {up} (durationBeforeRetry {~back}). Error: MountVolume.SetUp failed for volume "{vol}" (UniqueName: "kubernetes.io/configmap/{uid}-{vol}") pod "{app}-{rs}" (UID: "{uid}") : configmap "{cm}-v2" not found
        *1-3 E kubelet.go:1921 | "Unable to attach or mount volumes for pod; skipping pod" err="unmounted volumes=[{vol}], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition" pod="{ns}/{app}-{rs}"
        *1-2 E secret.go:194 | Couldn't get secret {ns}/{app}-tls: secret "{app}-tls" not found
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="kubelet",
    language="en",
    headers={"": "{level}{time} {@tid:>7} {source}] {message}"},
    clock=clocks.KLOG,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=2,
)
