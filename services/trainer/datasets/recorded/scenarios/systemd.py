"""The units of a small shop under systemd: services, timers, sockets, paths, mounts, jobs; and how units break."""

from __future__ import annotations

from services.trainer.datasets.recorded.lab import Lab, fill
from services.trainer.datasets.recorded.scenarios.systemd_machine import Machine
from services.trainer.datasets.recorded.scenarios.systemd_shop import Shop
from services.trainer.datasets.recorded.scenarios.systemd_units import (
    BROKEN,
    FORBIDDEN,
    IMPOSSIBLE,
    LEDGER,
    SPOOL,
    UNITS,
    WORKER,
    listener,
    mount,
    service,
)  # fmt: skip

PROGRAMS = ("/lib/systemd/systemd", "journalctl", "nsenter", "redis-server", "/usr/bin/python3", "localedef")
PACKAGES = ("systemd", "dbus", "redis-server", "python3", "locales")


def play(lab: Lab) -> None:
    shop = _BreakableShop(Machine(lab))
    shop.machine.furnish(UNITS)
    shop.machine.follow_journal()
    lab.normal()
    shop.open()
    shop.everyday(30)
    for _ in range(2):
        shop.close()
        shop.open()
        shop.everyday(30)
    faults = (
        shop.program_missing, shop.crash_loop, shop.watchdog, shop.memory_limit, shop.dependency_failed,
        shop.wrong_permissions, shop.disk_full, shop.mount_failed, shop.stop_timeout, shop.port_taken,
        shop.job_fails, shop.start_timeout, shop.segmentation_fault, shop.bad_unit_files, shop.killed,
        shop.sandbox_impossible, shop.ordering_cycle, shop.journal_killed,
    )  # fmt: skip
    lab.live(shop.everyday, 100, faults)
    shop.machine.shut_down()


class _BreakableShop(Shop):
    def program_missing(self) -> None:
        again = ("Restart=on-failure", "RestartSec=200ms")
        for start in (
            "/opt/shop/bin/serve --port 9000",
            "/usr/local/bin/gunicorn app:app",
            "/usr/bin/java -jar shop.jar",
        ):
            self.attempt("shop-api.service", service(start, *again, about="Shop API"), 2)
        self.attempt("shop-api.service", service("/opt/app/mail_sink.py", about="Shop API"))

    def crash_loop(self) -> None:
        again = ("Restart=always", "RestartSec=100ms")
        limit = ("StartLimitIntervalSec=30", "StartLimitBurst=5")
        for end in ("exit 3", "kill -ABRT $$$$", "exit 0"):
            script = f"echo 'connecting to ledger'; sleep 0.1; echo 'cannot read ledger' >&2; {end}"
            text = service(f'/bin/sh -c "{script}"', *again, unit=limit, about="Shop payments")
            self.attempt("shop-payments.service", text, 3)

    def watchdog(self) -> None:
        for _ in range(2):
            self.order("stuck")
            self.machine.lab.pause(0.1)
            self.wait(5)
            self.machine.place(f"{SPOOL}/stuck").unlink(missing_ok=True)
            self.wait(5)

    def memory_limit(self) -> None:
        drop_in = self.machine.place("/etc/systemd/system/shop-orders.service.d")
        drop_in.mkdir(parents=True, exist_ok=True)
        (drop_in / "memory.conf").write_text("[Service]\nLimitAS=220M\n")
        self.ctl("daemon-reload")
        self.ctl("restart", "shop-orders")
        for _ in range(2):
            self.order("greedy")
            self.wait(3)
            self.machine.place(f"{SPOOL}/greedy").unlink(missing_ok=True)
        (drop_in / "memory.conf").unlink()
        self.ctl("daemon-reload")
        self.ctl("restart", "shop-orders")

    def dependency_failed(self) -> None:
        self.machine.write_unit("shop-database.service", service("/bin/false", "Type=oneshot", about="Shop database"))
        for name in ("api", "search"):
            needs = ("Requires=shop-database.service", "After=shop-database.service")
            self.attempt(f"shop-{name}.service", service("/bin/sleep 60", unit=needs, about=f"Shop {name}"))
        missing = ("Requires=shop-nothing.service", "After=shop-nothing.service")
        self.attempt("shop-api.service", service("/bin/sleep 60", unit=missing, about="Shop api"))
        bound = ("BindsTo=shop-web.service", "After=shop-web.service")
        self.machine.write_unit("shop-proxy.service", service("/bin/sleep 60", unit=bound, about="Shop proxy"))
        self.ctl("start", "shop-proxy")
        self.ctl("kill", "--signal", "KILL", "shop-web")
        self.wait(1)
        self.machine.remove_unit("shop-proxy.service")
        self.machine.remove_unit("shop-database.service")

    def wrong_permissions(self) -> None:
        for more in FORBIDDEN:
            self.attempt("shop-mailer.service", service(f"{WORKER} {SPOOL} {LEDGER}", more, about="Shop mailer"))

    def disk_full(self) -> None:
        shop = self.machine.place("/var/lib/shop")
        self.machine.run("mkdir", "-p", "/var/lib/shop")
        self.machine.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/var/lib/shop")
        self.ctl("restart", "shop-orders")
        self.order()
        self.wait(0.5)
        self.order()
        filler = fill(shop)
        self.wait(2)
        for unit in ("shop-backup", "shop-report", "redis-server"):
            self.ctl("start", unit)
        self.wait(2)
        filler.unlink()
        self.wait(1)
        self.ctl("stop", "shop-orders", "shop-inbox.path")
        self.machine.run("umount", "/var/lib/shop")
        self.ctl("start", "shop-orders", "shop-inbox.path")

    def mount_failed(self) -> None:
        for what, kind in (
            ("/dev/sdz1", "ext4"),
            ("tmpfs", "nosuchfs"),
            ("192.0.2.10:/export", "nfs"),
            ("none", "xfs"),
        ):
            self.machine.write_unit("srv-data.mount", mount(what, kind))
            needs = ("RequiresMountsFor=/srv/data",)
            self.attempt("shop-archive.service", service("/bin/sleep 60", unit=needs, about="Shop archive"), 0.3)
            self.ctl("start", "srv-data.mount")
            self.machine.remove_unit("srv-data.mount")

    def stop_timeout(self) -> None:
        deaf = "/usr/bin/python3 -c 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(900)'"
        for more in ("", "KillMode=mixed", "SendSIGKILL=yes\nFinalKillSignal=SIGABRT"):
            unit = service(deaf, "TimeoutStopSec=1", more, about="Shop indexer")
            self.machine.write_unit("shop-indexer.service", unit)
            self.ctl("start", "shop-indexer")
            self.wait(0.6)
            self.ctl("stop", "shop-indexer")
            self.machine.remove_unit("shop-indexer.service")

    def port_taken(self) -> None:
        worker = f"{WORKER} {SPOOL}-b {LEDGER}-b"
        limit = ("StartLimitIntervalSec=20", "StartLimitBurst=3")
        text = service(f"{worker} 8080", "Restart=on-failure", "RestartSec=200ms", unit=limit, about="Shop admin")
        self.attempt("shop-admin.service", text, 4)
        self.machine.write_unit("shop-prices.service", service("/bin/cat", about="Shop prices"))
        self.attempt("shop-prices.socket", listener("ListenStream=127.0.0.1:8080"))
        self.attempt("shop-prices.socket", listener("ListenStream=192.0.2.200:80"))
        self.attempt("shop-prices.socket", listener("ListenFIFO=/usr/lib/shop.fifo"))
        self.machine.remove_unit("shop-prices.service")

    def job_fails(self) -> None:
        script = '/bin/sh -c "echo fetching rates; echo rates.example: no route to host >&2; exit 7"'
        self.machine.write_unit("shop-rates.service", service(script, "Type=oneshot", about="Exchange rates"))
        every = (
            "[Unit]\nDescription=Exchange rates\n[Timer]\nOnActiveSec=300ms\nOnUnitInactiveSec=1s\nAccuracySec=50ms\n"
        )
        self.attempt("shop-rates.timer", every, 6)
        self.machine.place("/var/lib/shop/report.csv").unlink(missing_ok=True)
        self.ctl("start", "shop-backup")
        late = service("/bin/sleep 60", "Type=oneshot", "TimeoutStartSec=1", about="Exchange rates")
        self.attempt("shop-rates.service", late)

    def start_timeout(self) -> None:
        for kind in ("notify", "forking\nPIDFile=/run/shop-cart.pid", "dbus\nBusName=example.shop.Cart"):
            text = service("/bin/sleep 60", f"Type={kind}", "TimeoutStartSec=1500ms", "Restart=no", about="Shop cart")
            self.attempt("shop-cart.service", text)
        pid_gone = service(
            '/bin/sh -c "sleep 30 & exit 0"', "Type=forking", "PIDFile=/run/shop-cart.pid", "TimeoutStartSec=2"
        )
        self.attempt("shop-cart.service", pid_gone)

    def segmentation_fault(self) -> None:
        for _ in range(2):
            self.order("fault")
            self.wait(1.5)
            self.machine.place(f"{SPOOL}/fault").unlink(missing_ok=True)
            self.order("crash")
            self.wait(1.5)
            self.machine.place(f"{SPOOL}/crash").unlink(missing_ok=True)
            self.wait(1)

    def bad_unit_files(self) -> None:
        for text in BROKEN:
            self.attempt("shop-broken.service", text, 0.2)
        self.attempt("shop-broken.timer", "[Timer]\nOnCalendar=sometime\nUnit=shop-nothing.service\n", 0.2)
        self.ctl("start", "shop-absent.service")
        self.ctl("mask", "shop-web")
        self.ctl("restart", "shop-web")
        self.ctl("unmask", "shop-web")
        self.ctl("start", "shop-web")

    def killed(self) -> None:
        for unit in ("shop-orders", "redis-server", "shop-web"):
            self.ctl("kill", "--signal", "KILL", unit)
            self.wait(1)
            self.ctl("kill", "--signal", "ABRT", unit)
            self.wait(1)

    def sandbox_impossible(self) -> None:
        for more in IMPOSSIBLE:
            self.attempt("shop-vault.service", service("/usr/bin/python3 -c 'print(1)'", more, about="Shop vault"))

    def ordering_cycle(self) -> None:
        for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
            order = (f"After=shop-{other}.service", f"Requires=shop-{other}.service")
            self.machine.write_unit(
                f"shop-{one}.service", service("/bin/sleep 60", unit=order, about=f"Shop part {one}")
            )
        self.ctl("start", "shop-a")
        self.ctl("start", "shop-c")
        for one in "abc":
            self.machine.remove_unit(f"shop-{one}.service")

    def journal_killed(self) -> None:
        for _ in range(2):
            self.ctl("kill", "--signal", "KILL", "systemd-journald")
            self.wait(1)
            self.everyday(3)
        for path in self.machine.place("/var/log/journal").glob("*/system.journal"):
            with path.open("r+b") as journal:
                journal.seek(4096)
                journal.write(b"\0" * 40_000)
        self.ctl("restart", "systemd-journald")
        self.everyday(3)
