"""PostgreSQL twice, with English and with Chinese messages: an order system, reports, maintenance, restarts."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from services.trainer.datasets.recorded.lab import Lab, children, fill, small_disk, stop
from services.trainer.datasets.recorded.scenarios.postgresql_cluster import Cluster

PROGRAMS = ("/usr/lib/postgresql/15/bin/postgres", "psql", "/usr/share/locale/zh_CN/LC_MESSAGES/postgres-15.mo")
PACKAGES = ("postgresql-15", "locales (with zh_CN.UTF-8 generated)")


def play(lab: Lab) -> None:
    lab.run(["chmod", "0777", "/run"])
    small_disk("/var/lib/postgresql", "420m")
    for stream, port, language in (("postgresql", 5432, "C"), ("postgresql-zh", 5433, "zh_CN.UTF-8")):
        cluster = _Fragile(lab, stream, port, language)
        cluster.create()
        faults = (
            cluster.wrong_password, cluster.bad_statements, cluster.deadlock, cluster.too_many_clients,
            cluster.timeouts, cluster.disk_full, cluster.kill_backend, cluster.kill, cluster.permission_denied,
            cluster.data_corruption, cluster.configuration_error, cluster.port_conflict, cluster.clients_gone,
        )  # fmt: skip
        lab.live(cluster.everyday, 420, faults)
        stop(cluster.server, signal.SIGQUIT)


@dataclass(slots=True)
class _Fragile(Cluster):
    def wrong_password(self) -> None:
        for user, database in (("app", "shop"), ("postgres", "postgres"), ("admin", "shop"), ("app", "billing")) * 12:
            self.ask("SELECT 1", user, database, "guess" if database != "billing" else "app")

    def bad_statements(self) -> None:
        for statement in _BAD * 3:
            self.ask(statement, "report" if "items" in statement else "app")

    def deadlock(self) -> None:
        for _ in range(5):
            first, second = self.lab.rng.sample(range(1, 300), 2)
            change = "UPDATE items SET stock = 9 WHERE id = {}"
            lock = f"BEGIN;{change};SELECT pg_sleep(0.4);{change}"
            pair = [self.begin(lock.format(first, second)), self.begin(lock.format(second, first))]
            for session in pair:
                session.wait(15)

    def too_many_clients(self) -> None:
        held = [self.begin("SELECT pg_sleep(6)") for _ in range(14)]
        self.lab.pause(0.5)
        self.everyday(40)
        for session in held:  # a server ends what it does for a client that is gone only when it is done
            session.wait(20)

    def timeouts(self) -> None:
        for _ in range(6):
            self.ask("SET statement_timeout = 150; SELECT pg_sleep(1);")
            holder = self.begin("BEGIN;LOCK TABLE items;SELECT pg_sleep(2)")
            self.lab.pause(0.3)
            self.ask("SET lock_timeout = 250; UPDATE items SET stock = 5 WHERE id = 1;")
            self.ask("SET idle_in_transaction_session_timeout = 100; BEGIN; SELECT 1; \\! sleep 0.4\nSELECT 2;")
            holder.wait(20)

    def disk_full(self) -> None:
        filler = fill("/var/lib/postgresql")
        big = "INSERT INTO orders (item, amount) SELECT 1, n FROM generate_series(1, 200000) n;"
        for statement in (big, "CREATE TABLE copy AS SELECT * FROM orders, items;", "CHECKPOINT;", big):
            self.ask(statement, "postgres")
            self.everyday(3)
        filler.unlink()
        self.lab.pause(0.5)
        self.revive()

    def kill_backend(self) -> None:
        for how in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
            session = self.begin("SELECT pg_sleep(8)")
            self.lab.pause(0.6)
            self.lab.run(["kill", f"-{how.value}", str(children(self.server)[-1])])
            session.wait(20)
            self.revive()

    def kill(self) -> None:
        for how in (signal.SIGKILL, signal.SIGQUIT):
            holder = self.begin("INSERT INTO orders (item, amount) SELECT 2, n FROM generate_series(1, 900000) n")
            self.lab.pause(0.5)
            stop(self.server, how)
            stop(holder)
            self.lab.pause(1)
            self.start()
            self.revive()

    def permission_denied(self) -> None:
        self.lab.run(["chmod", "-R", "0000", self.data / "base"])
        self.everyday(12)
        self.lab.run(["chmod", "-R", "u+rwX", self.data / "base"])
        self.lab.run(["chmod", "0777", self.data])
        self.restart()
        self.lab.run(["chmod", "0700", self.data])
        self.revive()

    def data_corruption(self) -> None:
        self.ask("VACUUM orders; CHECKPOINT;", "postgres")
        stop(self.server, signal.SIGINT)
        files = sorted((self.data / "base").glob("*/[0-9]*"), key=lambda path: path.stat().st_size)
        whole = files[-1].read_bytes()
        files[-1].write_bytes(whole[:8192] + b"\x7f" * 900 + whole[9092:-5000])
        self.start()
        self.everyday(25)
        self.ask("SELECT count(*) FROM orders; REINDEX TABLE orders;", "postgres")
        stop(self.server, signal.SIGINT)
        files[-1].write_bytes(whole)
        control = self.data / "global" / "pg_control"
        kept = control.read_bytes()
        control.write_bytes(kept[:100] + b"\0" * 40 + kept[140:])
        self.start(2)
        control.write_bytes(kept)
        self.start()
        self.revive()

    def configuration_error(self) -> None:
        config = self.data / "postgresql.conf"
        good = config.read_text()
        for spoiled in ("work_mem = 'lots'\n", "shared_bufers = 1MB\n", "port = 5499\n", "max_connections = 0\n"):
            config.write_text(good + spoiled)
            self.server.send_signal(signal.SIGHUP)
            self.lab.pause(0.4)
        stop(self.server, signal.SIGINT)
        self.start(1)
        config.write_text(good)
        rules = self.data / "pg_hba.conf"
        rules.write_text(rules.read_text() + "host all all nowhere scram\n")
        self.start(1)
        rules.write_text(rules.read_text().replace("host all all nowhere scram\n", ""))
        self.start()

    def port_conflict(self) -> None:
        stop(self.server, signal.SIGINT)
        squatter = self.lab.start(["nc", "-l", "-k", "-s", "127.0.0.1", "-p", str(self.port)])
        self.lab.pause(0.5)
        self.start(0.3)
        self.lab.pause(1)
        stop(squatter)
        self.start()

    def clients_gone(self) -> None:
        for _ in range(8):
            session = self.begin("BEGIN;SELECT repeat('x', 90000000);SELECT pg_sleep(3)")
            self.lab.pause(0.4)
            stop(session, signal.SIGKILL)
        self.lab.run(["nc", "-w", "1", "127.0.0.1", str(self.port)], feed="GET / HTTP/1.1\r\n\r\n", timeout_s=2)
        self.everyday(5)


_BAD = (
    "INSERT INTO orders (item, amount) VALUES (99999, 1);",
    "INSERT INTO orders (item, amount) VALUES (1, NULL);",
    "UPDATE items SET stock = -5 WHERE id = 1;",
    "DELETE FROM items;",
    "SELECT 1 / 0;",
    "SELEC id FROM orders;",
    "SELECT 'abc'::int;",
    "SELECT missing FROM orders;",
    "SELECT no_such_function(1);",
    "INSERT INTO orders (item, amount) VALUES (1, 99999999999);",
    "BEGIN; SELECT 1 / 0; SELECT 1; COMMIT;",
    "ALTER SYSTEM SET work_mem = '1MB';",
    "DROP TABLE orders_2019;",
    "SELECT to_date('2026-13-45', 'YYYY-MM-DD'), 'x'::timestamptz;",
    "SELECT * FROM orders WHERE item = (SELECT id FROM orders);",
    "COPY orders FROM '/srv/import.csv';",
    "SELECT '{broken'::json;",
)
