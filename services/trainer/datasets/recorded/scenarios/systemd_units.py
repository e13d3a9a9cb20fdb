"""Unit files of a small shop: those that work, and those that cannot."""

from __future__ import annotations

WORKER = "/usr/bin/python3 /opt/app/shop_worker.py"
SPOOL, LEDGER = "/var/lib/shop/spool", "/var/lib/shop/ledger"
UNITS = {
    "shop-orders.service": f"""[Unit]
Description=Shop order worker
After=redis-server.service
StartLimitIntervalSec=0
[Service]
Type=notify
ExecStartPre=/bin/mkdir -p {SPOOL}
ExecStart={WORKER} {SPOOL} {LEDGER}
ExecReload=/bin/kill -CONT $MAINPID
WatchdogSec=3
TimeoutStopSec=3
Restart=on-failure
RestartSec=300ms
[Install]
WantedBy=multi-user.target
""",
    "shop-web.service": """[Unit]
Description=Shop web front
Wants=network.target
[Service]
ExecStart=/usr/bin/python3 -u -m http.server 8080 --bind 127.0.0.1 --directory /opt/app
Restart=always
RestartSec=500ms
[Install]
WantedBy=multi-user.target
""",
    "shop-report.service": """[Unit]
Description=Hourly sales report
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "report: $(ls /var/lib/shop | wc -l) files, ledger $(stat -c %%s /var/lib/shop/ledger)"'
ExecStart=/bin/sh -c 'sleep 0.1; echo "report: written to /var/lib/shop/report.csv"; date > /var/lib/shop/report.csv'
""",
    "shop-report.timer": """[Unit]
Description=Hourly sales report
[Timer]
OnActiveSec=5s
OnUnitActiveSec=9s
AccuracySec=100ms
[Install]
WantedBy=timers.target
""",
    "shop-backup.service": """[Unit]
Description=备份订单数据
StartLimitIntervalSec=0
[Service]
Type=oneshot
Nice=10
SuccessExitStatus=1
ExecStartPre=/bin/touch /var/lib/shop/ledger /var/lib/shop/report.csv
ExecStart=/bin/tar czf /var/lib/shop/backup.tar.gz -C /var/lib/shop ledger report.csv
ExecStartPost=/bin/sh -c 'echo "备份完成，大小 $(stat -c %%s /var/lib/shop/backup.tar.gz) 字节"'
""",
    "shop-inbox.path": """[Unit]
Description=Files for the shop
[Path]
DirectoryNotEmpty=/var/lib/shop/inbox
MakeDirectory=yes
[Install]
WantedBy=multi-user.target
""",
    "shop-inbox.service": """[Unit]
Description=Import of files for the shop
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for f in /var/lib/shop/inbox/*; do echo "imported $f"; rm "$f"; done'
""",
    "shop-echo.socket": """[Unit]
Description=Price enquiries
[Socket]
ListenStream=127.0.0.1:7007
Accept=yes
[Install]
WantedBy=sockets.target
""",
    "shop-echo@.service": """[Unit]
Description=Price enquiry
[Service]
ExecStart=/bin/cat
StandardInput=socket
StandardError=journal
""",
    "srv-cache.mount": """[Unit]
Description=Cache of pictures
[Mount]
What=tmpfs
Where=/srv/cache
Type=tmpfs
Options=size=4m
""",
}
ENABLED = ("redis-server", "shop-orders", "shop-web", "shop-report.timer", "shop-inbox.path", "shop-echo.socket")
# One setting at a time that keeps a service from starting: users and files that are not there, then its sandbox.
FORBIDDEN = (
    "User=shopper", "Group=shoppers", "WorkingDirectory=/srv/shop", "User=nobody\nWorkingDirectory=/root",
    "EnvironmentFile=/etc/shop.env", "RootDirectory=/srv/nowhere", "User=nobody", "StandardInput=file:/srv/in",
)  # fmt: skip
IMPOSSIBLE = (
    "ReadWritePaths=/srv/absent", "BindPaths=/srv/absent:/srv/there", "StateDirectory=../shop", "CPUAffinity=900",
    "RuntimeDirectory=shop\nUser=nobody\nExecStartPre=/bin/touch /etc/shop",
    "CapabilityBoundingSet=\nPrivateUsers=maybe", "TTYPath=/dev/tty77\nStandardInput=tty",
    "LoadCredential=key:/etc/shop.key", "SystemCallFilter=~openat",
)  # fmt: skip
BROKEN = (
    "[Unit]\nDescription=Broken\n[Service]\nExecStart=bin/serve\n",
    "[Unit]\nDescription=Broken\n[Service]\nType=quick\nExecStart=/bin/true\nRestart=sometimes\n",
    "[Unit]\nDescription=Broken\n[Service]\nRestartSec=1s\n",
    "[Unit\nDescription=Broken\nExecStart=/bin/true\n",
    "[Service]\nExecStart=/bin/true\nMemoryMax=plenty\nNoSuchSetting=1\nUser=bad name\n",
    '[Service]\nExecStart=/bin/sh -c "unbalanced\nEnvironment=1A=2\nLimitNOFILE=-4\n',
    "[Service]\nType=oneshot\nExecStart=/bin/true\nRestart=always\n",
)


def service(start: str, *more: str, unit: tuple[str, ...] = (), about: str = "Trial") -> str:
    """The text of a service's unit file; ``more`` are lines of [Service], ``unit`` of [Unit]."""
    return "\n".join(["[Unit]", f"Description={about}", *unit, "[Service]", f"ExecStart={start}", *more, ""])


def mount(what: str, kind: str) -> str:
    """The text of the unit file of /srv/data."""
    about = "[Unit]\nDescription=Shop data\nDefaultDependencies=no\n"
    return f"{about}[Mount]\nWhat={what}\nWhere=/srv/data\nType={kind}\nTimeoutSec=2\n"


def listener(where: str) -> str:
    """The text of a socket's unit file."""
    return f"[Unit]\nDescription=Prices\n[Socket]\n{where}\n"
