"""A PostgreSQL server with an order system in it: clients, reports, maintenance, restarts. No system of its own."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, own, stop

_BIN = Path("/usr/lib/postgresql/15/bin")
_SCHEMA = """
CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE report LOGIN PASSWORD 'report';
CREATE DATABASE shop OWNER app;
\\c shop
SET ROLE app;
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, stock int CHECK (stock >= 0), price numeric(10, 2));
CREATE TABLE orders (id serial PRIMARY KEY, item int REFERENCES items, amount int NOT NULL, paid timestamptz);
INSERT INTO items SELECT n, 'item ' || n, 100000, n * 1.5 FROM generate_series(1, 300) n;
"""
_ORDER = """BEGIN; UPDATE items SET stock = stock - 1 WHERE id = :item;
INSERT INTO orders (item, amount) VALUES (:item, :amount); COMMIT;"""
_SETTINGS = {
    "log_line_prefix": "%m [%p] %q%u@%d ", "log_connections": "on", "log_disconnections": "on", "log_temp_files": "0",
    "log_min_duration_statement": "30", "log_lock_waits": "on", "deadlock_timeout": "200ms", "log_checkpoints": "on",
    "log_autovacuum_min_duration": "0", "autovacuum_naptime": "4s", "checkpoint_timeout": "30s", "work_mem": "256kB",
    "listen_addresses": "127.0.0.1", "max_connections": "12", "min_wal_size": "32MB", "max_wal_size": "32MB",
    "superuser_reserved_connections": "2", "unix_socket_directories": "/run", "shared_buffers": "16MB",
    "log_statement": "ddl", "fsync": "off", "autovacuum_vacuum_scale_factor": "0.02", "restart_after_crash": "on",
}  # fmt: skip


@dataclass(slots=True)
class Cluster:
    lab: Lab
    stream: str
    port: int
    language: str
    server: subprocess.Popen[bytes] = field(init=False)

    @property
    def data(self) -> Path:
        return Path("/var/lib/postgresql") / self.stream

    def create(self) -> None:
        own(self.data, "postgres")
        words: list[str | Path] = [
            "-D",
            self.data,
            "-E",
            "UTF8",
            f"--lc-messages={self.language}",
            "--locale=C.UTF-8",
            "-A",
            "scram-sha-256",
        ]
        Path("/srv/password").write_text("postgres\n")
        self.lab.run([_BIN / "initdb", *words, "-U", "postgres", "--pwfile=/srv/password", "-N"], user="postgres")
        settings = {**_SETTINGS, "port": self.port, "lc_messages": self.language}
        with (self.data / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()
        self.ask(_SCHEMA, "postgres", "postgres")

    def start(self, wait_s: float = 8) -> None:
        self.server = self.lab.start(
            [_BIN / "postgres", "-D", self.data], stream=self.stream, user="postgres", env={"LANG": "zh_CN.UTF-8"}
        )
        await_port(self.port, wait_s=wait_s)
        self.lab.pause(0.2)

    def _psql(self, user: str, database: str, password: str) -> tuple[list[str], dict[str, str]]:
        words = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database]
        return words, {"PGPASSWORD": password or user, "PGAPPNAME": "shop", "PGCONNECT_TIMEOUT": "4"}

    def ask(self, statements: str, user: str = "app", database: str = "shop", password: str = "") -> str:
        words, env = self._psql(user, database, password)
        return self.lab.run(words, feed=statements, env=env, timeout_s=12)

    def begin(self, statements: str, user: str = "app") -> subprocess.Popen[bytes]:
        words, env = self._psql(user, "shop", "")
        return self.lab.start([*words, *(word for s in statements.split(";") for word in ("-c", s))], env=env)

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            item, choice = rng.randrange(1, 301), rng.random()
            if choice < 0.6:
                self.ask(f"\\set item {item}\n\\set amount {rng.randrange(1, 9)}\n" + _ORDER)
            elif choice < 0.75:
                self.ask("SELECT item, sum(amount) FROM orders GROUP BY 1 ORDER BY 2 DESC LIMIT 5;")
            elif choice < 0.82:
                self.ask("SELECT pg_sleep(0.04), count(*) FROM orders;", "app")
            elif choice < 0.88:
                self.ask(
                    "SELECT count(DISTINCT a * b % 7919) FROM generate_series(1, 200) a, generate_series(1, 90) b;"
                )
            elif choice < 0.92:
                self.ask("INSERT INTO orders (item, amount) SELECT n % 300 + 1, n FROM generate_series(1, 400) n;")
            elif choice < 0.94:
                self.ask("CREATE TEMP TABLE report AS SELECT * FROM orders; DROP TABLE report;")
            elif choice < 0.96:
                self.ask("DELETE FROM orders WHERE id % 50 = floor(random() * 50);")
            elif choice < 0.975:
                self.ask("SELECT * FROM ordres;" if rng.random() < 0.5 else "INSERT INTO items VALUES (5, 'x', 1);")
            else:
                self.ask(
                    rng.choice(["VACUUM ANALYZE orders;", "CHECKPOINT;", "SELECT pg_reload_conf();"]), "postgres"
                )
            if step % 150 == 0:
                self.restart()

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        stop(self.server, how)
        self.start()

    def revive(self) -> None:
        """Start the server if need be, wait until it has recovered, and use it a little."""
        for _ in range(20):
            if self.server.poll() is not None:
                self.start()
            if "ready" in self.ask("SELECT 'ready';", "postgres"):
                break
            time.sleep(1)
        self.everyday(5)
