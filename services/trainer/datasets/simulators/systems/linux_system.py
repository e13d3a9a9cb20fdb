# ruff: noqa: E501 - a script row is a log line and stays whole
"""``/var/log/syslog`` of a Linux server: systemd, kernel, NetworkManager, chrony, rsyslog, snap and timers."""

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import Simulator, fault, flow

_FIELDS = {
    "host": f.one_of("srv-db-02", "web03", "build-7", "node14", "files1"),
    "up": f.moment(lambda at: f"{at / 1000 % 9_000_000:.6f}"),
    "pid": f.counter(2400, 8),
    "unit": f.ranked("nginx", "app-worker", "node-exporter", "docker", "postfix", "redis-server"),
    "timer": f.ranked("logrotate", "apt-daily", "man-db", "fstrim", "phpsessionclean", "motd-news", "e2scrub_all"),
    "desc": f.ranked(
        "Rotate log files",
        "Daily apt download activities",
        "Daily man-db regeneration",
        "Discard unused filesystem blocks",
        "Clean php session files",
        "Message of the Day",
    ),
    "ms": f.integer(12, 980),
    "secs": f.decimal(0.1, 9.8, 3),
    "mb": f.decimal(1.1, 480.0, 1),
    "sess": f.counter(700, 2),
    "user": f.ranked("deploy", "root", "backup", "anna"),
    "uid": f.integer(1000, 1012),
    "ip": f.address("192.168.10."),
    "iface": f.ranked("eth0", "ens192", "enp3s0", "docker0"),
    "veth": f.shaped("veth???????"),
    "port": f.integer(1, 4),
    "ntp": f.one_of("ntp1.example.net", "ntp2.example.net", "time.cloudflare.com"),
    "off": f.decimal(0.000001, 0.004, 6),
    "proc": f.ranked("java", "postgres", "python3", "node", "chrome", "mysqld"),
    "kb": f.integer(400000, 7900000),
    "cpu": f.integer(0, 15),
    "addr": f.shaped("0000:0#:00.#"),
    "disk": f.one_of("sda", "sdb", "nvme0n1", "sdc"),
    "sector": f.integer(1000000, 900000000),
    "inode": f.integer(100000, 9000000),
    "blk": f.integer(10000, 90000000),
    "temp": f.integer(34, 61),
    "hot": f.integer(96, 104),
    "pkg": f.ranked("openssl", "curl", "linux-image-amd64", "libc6", "vim", "python3.11"),
    "ver": f.shaped("#.##.#-#+deb12u#"),
    "snap": f.ranked("core22", "lxd", "snapd", "certbot"),
    "rev": f.integer(800, 2400),
    "n": f.integer(1, 40),
    "ctr": f.counter(1, 1),
    "dst": f.address("10.44."),
    "src": f.address("185.11."),
    "dpt": f.integer(1, 65000),
    "stuck": f.integer(21, 24),
}

_FLOWS = (
    flow("timer", 5, """
        - systemd[1] | Starting {timer}.service - {desc}...
        ?0.4 - {timer}[{pid}] | processed {n} entries
        +50-2500 - systemd[1] | {timer}.service: Deactivated successfully.
        - systemd[1] | Finished {timer}.service - {desc}.
        ?0.4 - systemd[1] | {timer}.service: Consumed {secs}s CPU time.
    """),
    flow("session", 3, """
        - systemd-logind[598] | New session {sess} of user {user}.
        - systemd[1] | Started session-{sess}.scope - Session {sess} of User {user}.
        +3000-60000 - systemd[1] | session-{sess}.scope: Deactivated successfully.
        - systemd-logind[598] | Removed session {sess}.
    """),
    flow("user_manager", 1, """
        - systemd[1] | Created slice user-{uid}.slice - User Slice of UID {uid}.
        - systemd[1] | Starting user@{uid}.service - User Manager for UID {uid}...
        - systemd[{pid}] | Queued start job for default target default.target.
        - systemd[{pid}] | Reached target default.target - Main User Target.
        - systemd[1] | Started user@{uid}.service - User Manager for UID {uid}.
        +2000-20000 - systemd[1] | Stopping user@{uid}.service - User Manager for UID {uid}...
        - systemd[1] | Stopped user@{uid}.service - User Manager for UID {uid}.
    """),
    flow("cron", 4, """
        - CRON[{pid}] | (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)
        ?0.3 - CRON[{pid}] | (www-data) CMD ([ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean)
    """),
    flow("container_net", 2, """
        - kernel | docker0: port {port}({veth}) entered blocking state
        - kernel | docker0: port {port}({veth}) entered disabled state
        - kernel | device {veth} entered promiscuous mode
        - kernel | eth0: renamed from {veth}
        - kernel | IPv6: ADDRCONF(NETDEV_CHANGE): {veth}: link becomes ready
        - kernel | docker0: port {port}({veth}) entered forwarding state
        ?0.5 - systemd-networkd[412] | {veth}: Link UP
        & - systemd-networkd[412] | {veth}: Gained carrier
        & - systemd-networkd[412] | {veth}: Gained IPv6LL
    """),
    flow("dhcp", 1.5, """
        - dhclient[731] | DHCPREQUEST for {ip} on eth0 to 192.168.10.1 port 67
        - dhclient[731] | DHCPACK of {ip} from 192.168.10.1
        - dhclient[731] | bound to {ip} -- renewal in {blk} seconds.
    """),
    flow("time", 1, """
        ?0.5 - chronyd[640] | Selected source {ip} ({ntp})
        / - chronyd[640] | System clock wrong by {off} seconds
        ?0.1 - chronyd[640] | Source {ip} replaced with {dst} ({ntp})
    """),
    flow("resolver", 0.7, """
        - systemd-resolved[420] | Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 192.168.10.1.
        ?0.5 - systemd-resolved[420] | Clock change detected. Flushing caches.
    """),
    flow("firewall", 3, """
        - kernel | [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:1b:22:07 SRC={src} DST=192.168.10.14 LEN=44 TOS=0x00 PREC=0x00 TTL=243 ID={dpt} PROTO=TCP SPT=51884 DPT={dpt} WINDOW=1024 RES=0x00 SYN URGP=0
    """),
    flow("unit_restart", 0.6, """
        - systemd[1] | Stopping {unit}.service - {unit}...
        - systemd[1] | {unit}.service: Deactivated successfully.
        - systemd[1] | Stopped {unit}.service - {unit}.
        ?0.5 - systemd[1] | {unit}.service: Consumed {secs}s CPU time, {mb}M memory peak.
        - systemd[1] | Starting {unit}.service - {unit}...
        - systemd[1] | Started {unit}.service - {unit}.
    """),
    flow("unit_recovers", 0.15, """
        - systemd[1] | {unit}.service: Main process exited, code=exited, status=1/FAILURE
        - systemd[1] | {unit}.service: Failed with result 'exit-code'.
        +900-1500 - systemd[1] | {unit}.service: Scheduled restart job, restart counter is at 1.
        - systemd[1] | Started {unit}.service - {unit}.
    """),
    flow("packages", 0.3, """
        - systemd[1] | Starting apt-daily-upgrade.service - Daily apt upgrade and clean activities...
        *1-3 - dpkg[{pid}] | status installed {~pkg}:amd64 {~ver}
        ?0.5 - needrestart[{pid}] | Restarting services: {unit}.service
        - systemd[1] | Reloading requested from client PID {pid} ('systemctl') (unit apt-daily-upgrade.service)...
        - systemd[1] | Finished apt-daily-upgrade.service - Daily apt upgrade and clean activities.
    """, pace=(100, 3000)),
    flow("snap", 0.2, """
        - snapd[902] | storehelpers.go:1005: cannot refresh: snap has no updates available: "{snap}"
        ?0.4 - systemd[1] | Mounting snap-{snap}-{rev}.mount - Mount unit for {snap}, revision {rev}...
        & - systemd[1] | Mounted snap-{snap}-{rev}.mount - Mount unit for {snap}, revision {rev}.
    """),
    flow("usb_and_smart", 0.5, """
        - smartd[655] | Device: /dev/{disk} [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from {temp} to {temp}
        ?0.1 - kernel | usb 1-{port}: new high-speed USB device number {n} using xhci_hcd
        & - kernel | usb 1-{port}: New USB device found, idVendor=0781, idProduct=5581, bcdDevice= 1.00
    """),
    flow("rsyslog", 0.2, """
        - rsyslogd | [origin software="rsyslogd" swVersion="8.2302.0" x-pid="611" x-info="https://www.rsyslog.com"] rsyslogd was HUPed
    """),
    flow("perf", 0.2, """
        - kernel | perf: interrupt took too long ({ms}1 > 2500), lowering kernel.perf_event_max_sample_rate to {blk}
    """),
    flow("audit", 0.5, """
        - kernel | audit: type=1400 audit({up}:{n}): apparmor="STATUS" operation="profile_replace" profile="unconfined" name="/usr/bin/man" pid={pid} comm="apparmor_parser"
    """),
    flow("nightly_backup", 0.02, """
        - systemd[1] | Starting backup.service - Nightly backup...
        - backup[{pid}] | snapshot created: {n} files, {mb} MiB added to the repository
        ?0.3 - backup[{pid}] | warning: /var/lib/app/tmp/{pid}: file changed as we read it
        - systemd[1] | backup.service: Consumed {secs}s CPU time.
        - systemd[1] | Finished backup.service - Nightly backup.
    """, every_s=86400),
)  # fmt: skip

_FAULTS = (
    fault("oom_killer", "memory_exhausted", "内存耗尽，内核反复杀进程", "Memory is exhausted and the kernel kills processes", """
        *1-2 - systemd-journald[298] | Under memory pressure, flushing caches.
        - kernel | {proc} invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
        - kernel | CPU: {cpu} PID: {pid} Comm: {proc} Not tainted 6.1.0-26-amd64 #1  Debian 6.1.112-1
        - kernel | Mem-Info:
        - kernel | active_anon:{kb} inactive_anon:{kb} isolated_anon:0
        - kernel | oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/{unit}.service,task={proc},pid={pid},uid=0
        *1-2 - kernel | Out of memory: Killed process {~pid} ({proc}) total-vm:{~kb}kB, anon-rss:{~kb}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:{~n}12kB oom_score_adj:0
        - systemd[1] | {unit}.service: A process of this unit has been killed by the OOM killer.
        - systemd[1] | {unit}.service: Main process exited, code=killed, status=9/KILL
        - systemd[1] | {unit}.service: Failed with result 'oom-kill'.
        ?0.6 - kernel | oom_reaper: reaped process {pid} ({proc}), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
    """),
    fault("disk_dying", "hardware_error", "磁盘读写错误，文件系统被重新挂载为只读", "A disk returns I/O errors until the file system goes read-only", """
        *1-2 - smartd[655] | Device: /dev/{disk} [SAT], {~n} Currently unreadable (pending) sectors
        *2-4 - kernel | ata{port}.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x0
        & - kernel | ata{port}.00: failed command: READ DMA EXT
        & - kernel | ata{port}.00: error: { UNC }
        *2-4 - kernel | blk_update_request: I/O error, dev {disk}, sector {~sector} op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2
        *1-2 - kernel | Buffer I/O error on dev {disk}1, logical block {~blk}, lost async page write
        - kernel | EXT4-fs error (device {disk}1): ext4_find_entry:1463: inode #{inode}: comm {proc}: reading directory lblock 0
        - kernel | Aborting journal on device {disk}1-8.
        - kernel | EXT4-fs ({disk}1): Remounting filesystem read-only
        *1-3 - {unit}[{~pid}] | open() failed: Read-only file system
    """),
    fault("root_full", "disk_full", "根分区写满，日志与服务写入失败", "The root file system is full; services cannot write", """
        *2-4 - {~unit}[{~pid}] | write failed: No space left on device
        - systemd-journald[298] | Failed to write entry to /var/log/journal/system.journal (9 items, 312 bytes), ignoring: No space left on device
        *1-2 - rsyslogd | file '/var/log/syslog'[9] write error - see https://www.rsyslog.com/solving-rsyslog-write-errors/ for help OS error: No space left on device [v8.2302.0 try https://www.rsyslog.com/e/2027 ]
        - logrotate[{pid}] | error: error creating output file /var/log/{unit}/access.log.1: No space left on device
        *1-2 - dockerd[871] | level=error msg="Handler for POST /containers/create returned error: mkdir /var/lib/docker/overlay2: no space left on device"
        - systemd[1] | {unit}.service: Failed with result 'exit-code'.
    """),
    fault("crash_loop", "service_crash", "服务反复段错误崩溃，超过重启上限", "A service keeps crashing until systemd gives up on it", """
        *3-5 - kernel | app-worker[{~pid}]: segfault at 0 ip 00007f2a{n}c3 sp 00007ffd{n}a0 error 4 in libapp.so[7f2a1c000000+9000]
        & - systemd[1] | app-worker.service: Main process exited, code=dumped, status=11/SEGV
        & - systemd[1] | app-worker.service: Failed with result 'core-dump'.
        & ?0.6 - systemd-coredump[{pid}] | Process {pid} (app-worker) of user 998 dumped core.
        & - systemd[1] | app-worker.service: Scheduled restart job, restart counter is at {~n}.
        - systemd[1] | app-worker.service: Start request repeated too quickly.
        - systemd[1] | Failed to start app-worker.service - Application worker.
    """),
    fault("cpu_stuck", "cpu_or_thread_exhausted", "CPU软锁死，任务长时间阻塞", "CPUs lock up and tasks hang", """
        *2-4 - kernel | watchdog: BUG: soft lockup - CPU#{~cpu} stuck for {~stuck}s! [{proc}:{pid}]
        - kernel | rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
        *1-2 - kernel | INFO: task {proc}:{~pid} blocked for more than 120 seconds.
        & - kernel | "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
        *1-2 - kernel | Call Trace:
        & - kernel |  <TASK> __schedule+0x2d1/0x830 schedule+0x5a/0xd0 io_schedule+0x42/0x70
        - systemd[1] | systemd-journald.service: Watchdog timeout (limit 3min)!
        - systemd[1] | systemd-journald.service: Killing process 298 (systemd-journal) with signal SIGABRT.
    """),
    fault("link_flap", "network_partition", "网卡链路反复断开，网络不可达", "The network link flaps and the host is cut off", """
        *3-4 - kernel | e1000e {addr} eth0: NIC Link is Down
        & - systemd-networkd[412] | eth0: Lost carrier
        & +200-900 - kernel | e1000e {addr} eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx
        & - systemd-networkd[412] | eth0: Gained carrier
        *1-2 - kernel | e1000e {addr} eth0: Detected Hardware Unit Hang
        *2-3 - dhclient[731] | send_packet: Network is unreachable
        & - chronyd[640] | Source {~dst} offline
        - chronyd[640] | Can't synchronise: no selectable sources
        - kernel | NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out
    """),
    fault("overheating", "hardware_error", "温度过高导致降频与内存纠错错误", "The machine overheats: throttling and machine check errors", """
        *2-4 - kernel | CPU{~cpu}: Core temperature is above threshold, cpu clock is throttled (total events = {~n}7)
        *2-3 - kernel | mce: [Hardware Error]: Machine check events logged
        & - kernel | EDAC MC0: {~n} CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x{inode} offset:0x0 grain:32 syndrome:0x0)
        *1-2 - kernel | CPU{~cpu}: Package temperature is above threshold, cpu clock is throttled (total events = {~n}2)
        ?0.5 - kernel | thermal thermal_zone0: critical temperature reached ({hot} C), shutting down
    """),
    fault("dns_broken", "dns_failure", "域名解析失败，依赖域名的服务全部出错", "Name resolution breaks and everything that needs a name fails", """
        *2-3 - systemd-resolved[420] | Server returned error SERVFAIL, mitigating potential DNS violation DVE-2018-0001, retrying transaction with reduced feature level UDP.
        *2-3 - chronyd[640] | Could not resolve address of {~ntp}
        *1-2 - postfix/smtp[{~pid}] | warning: host not found: mail.example.net: Temporary failure in name resolution
        *1-2 - snapd[902] | stateengine.go:149: state ensure error: Get "https://api.snapcraft.io/api/v1/snaps/sections": dial tcp: lookup api.snapcraft.io: Temporary failure in name resolution
        *2 - {unit}[{~pid}] | getaddrinfo: Temporary failure in name resolution
    """),
)  # fmt: skip

SIMULATOR = Simulator(
    name="linux_system",
    language="en",
    headers={"kernel": "{time} {@host} kernel: [{~up}] {message}", "": "{time} {@host} {source}: {message}"},
    clock=clocks.syslog,
    fields=_FIELDS,
    flows=_FLOWS,
    faults=_FAULTS,
    lines_per_s=0.8,
)
