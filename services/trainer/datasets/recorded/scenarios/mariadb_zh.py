"""MariaDB with Chinese messages: its error log and its audit log, under an account-book load."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, fill, own, small_disk, stop

PROGRAMS = ("mariadbd", "mariadb", "mariadb-install-db", "/usr/lib/mysql/plugin/server_audit.so")
PACKAGES = ("mariadb-server",)
_DATA = Path("/var/lib/mysql")
_SCHEMA = """
CREATE DATABASE bank; USE bank;
CREATE USER app@'%' IDENTIFIED BY 'app'; GRANT ALL ON bank.* TO app@'%';
CREATE USER report@'%' IDENTIFIED BY 'report';
CREATE TABLE accounts (id INT PRIMARY KEY, owner VARCHAR(40), cents BIGINT CHECK (cents >= 0)) ENGINE=InnoDB;
CREATE TABLE moves (id INT AUTO_INCREMENT PRIMARY KEY, account INT, cents BIGINT, FOREIGN KEY (account)
  REFERENCES accounts (id)) ENGINE=InnoDB;
CREATE TABLE visits (id INT, note VARCHAR(200)) ENGINE=Aria;
INSERT INTO accounts SELECT seq, CONCAT('owner ', seq), 5000000 FROM seq_1_to_300;
GRANT SELECT ON bank.accounts TO report@'%';
"""
_OPTIONS = [
    "--no-defaults", "--bind-address=127.0.0.1", "--port=3306", "--socket=/run/mysqld.sock",
    "--pid-file=/run/mysqld.pid", "--log-warnings=9", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
    "--max-connections=14", "--innodb-lock-wait-timeout=2", "--lc-messages=zh_CN", "--wait-timeout=4",
    "--lc-messages-dir=/usr/share/mysql", "--innodb-print-all-deadlocks=ON", "--skip-name-resolve",
    "--plugin-load-add=server_audit", "--server-audit-logging=ON", "--max-allowed-packet=1M",
    "--server-audit-file-path=/var/log/mysql/audit.log", "--innodb-data-file-path=ibdata1:12M:autoextend",
]  # fmt: skip


def play(lab: Lab) -> None:
    lab.run(["chmod", "0777", "/run"])
    own("/var/log/mysql", "mysql")
    small_disk(_DATA, "230m")
    own(_DATA, "mysql")
    lab.run(["mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={_DATA}"], timeout_s=60)
    lab.watch("mariadb-audit", "/var/log/mysql/audit.log")
    ledger = _Ledger(lab, _start(lab))
    lab.run(["mariadb", "--no-defaults", "--socket=/run/mysqld.sock", "-umysql", "mysql"], feed=_SCHEMA, user="mysql")
    faults = (
        ledger.wrong_password, ledger.bad_statements, ledger.deadlock, ledger.lock_timeout, ledger.too_many_clients,
        ledger.clients_gone, ledger.kill, ledger.disk_full, ledger.port_conflict, ledger.configuration_error,
        ledger.permission_denied, ledger.data_corruption,
    )  # fmt: skip
    lab.live(ledger.everyday, 700, faults)
    stop(ledger.server, signal.SIGKILL)


def _start(lab: Lab, *more: str, wait_s: float = 15) -> subprocess.Popen[bytes]:
    words = ["mariadbd", *_OPTIONS, f"--datadir={_DATA}", *more]
    server = lab.start(words, stream="mariadb-error-zh", user="mysql")
    await_port(3306, wait_s=wait_s)
    return server


@dataclass(slots=True)
class _Ledger:
    lab: Lab
    server: subprocess.Popen[bytes]

    def _client(self, user: str, password: str, database: str) -> list[str]:
        return ["mariadb", "--no-defaults", "-h127.0.0.1", f"-u{user}", f"-p{password}", "--force", database]

    def ask(self, statements: str, user: str = "app", password: str | None = None) -> None:
        """As this user, whose password is its name unless said otherwise."""
        self.lab.run(self._client(user, password or user, "bank"), feed=statements, timeout_s=10)

    def _begin(self, statements: str) -> subprocess.Popen[bytes]:
        return self.lab.start([*self._client("app", "app", "bank"), "-e", statements])

    def everyday(self, steps: int) -> None:
        rng = self.lab.rng
        for step in range(1, steps + 1):
            account, choice = rng.randrange(1, 301), rng.random()
            if choice < 0.55:
                self.ask(f"SET @a = {account}, @c = {rng.randrange(1, 9000)};\n" + _MOVE)
            elif choice < 0.75:
                self.ask(f"SET @a = {account};\n" + "SELECT cents FROM accounts WHERE id = @a;")  # noqa: S608
            elif choice < 0.85:
                self.ask("SELECT account, SUM(cents) FROM moves GROUP BY account ORDER BY 2 DESC LIMIT 5;")
            elif choice < 0.9:
                self.ask("SELECT COUNT(*) FROM accounts;", "report")
            elif choice < 0.95:
                self.ask("INSERT INTO visits SELECT seq, REPEAT('v', 90) FROM seq_1_to_50;")
            elif choice < 0.975:
                self.ask("SELEKT 1;" if choice < 0.96 else "SELECT balance FROM accounts;")
            else:
                self.ask(rng.choice(["ANALYZE TABLE moves;", "FLUSH STATUS;", "DELETE FROM visits WHERE id < 10;"]))
            if step % 75 == 0:
                self._restart()

    def _restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        stop(self.server, how, wait_s=30)
        self.server = _start(self.lab)

    def _revive(self) -> None:
        if self.server.poll() is not None:
            self.server = _start(self.lab)
        self.everyday(5)

    def wrong_password(self) -> None:
        for user in ("root", "app", "admin", "test") * 15:
            self.ask("SELECT 1;", user, "123456")

    def bad_statements(self) -> None:
        for statement in _BAD * 3:
            self.ask(statement, "report" if "DELETE" in statement else "app")

    def deadlock(self) -> None:
        for _ in range(5):
            first, second = self.lab.rng.sample(range(1, 300), 2)
            change = "SET @a = {}; UPDATE accounts SET cents = cents + 1 WHERE id = @a;"
            pair = [(first, second), (second, first)]
            sessions = [
                self._begin(f"BEGIN; {change.format(a)} SELECT SLEEP(0.5); {change.format(b)} COMMIT;")
                for a, b in pair
            ]
            for session in sessions:
                session.wait(15)

    def lock_timeout(self) -> None:
        for _ in range(3):
            holder = self._begin("BEGIN; UPDATE accounts SET cents = cents + 1; SELECT SLEEP(3.5); ROLLBACK;")
            self.lab.pause(0.2)
            self.everyday(2)
            self.ask("UPDATE accounts SET cents = 7 WHERE id = 3;")
            holder.wait(10)

    def too_many_clients(self) -> None:
        held = [self._begin("SELECT SLEEP(9);") for _ in range(16)]
        self.lab.pause(0.5)
        self.everyday(30)
        for session in held:
            session.wait(20)

    def clients_gone(self) -> None:
        for _ in range(10):
            session = self._begin("SELECT SLEEP(5);")
            self.lab.pause(0.2)
            stop(session, signal.SIGKILL)
            self.lab.run(["nc", "-w", "1", "127.0.0.1", "3306"], feed="\x03\x00\x00\x01abc", timeout_s=2)
        self.ask("INSERT INTO visits VALUES (1, '%s');" % ("x" * 1_200_000))  # noqa: S608
        self.lab.start(["nc", "-w", "6", "127.0.0.1", "3306"])
        self.lab.pause(5)

    def kill(self) -> None:
        for _ in range(3):
            writer = self._begin("INSERT INTO moves (account, cents) SELECT 1 + seq % 300, seq FROM seq_1_to_90000;")
            self.lab.pause(0.4)
            self._restart(signal.SIGKILL)
            stop(writer)
            self._revive()

    def disk_full(self) -> None:
        filler = fill(_DATA)
        for _ in range(3):
            self.ask("INSERT INTO moves (account, cents) SELECT 1 + seq % 300, seq FROM seq_1_to_300000;")
            self.ask("INSERT INTO visits SELECT seq, REPEAT('x', 190) FROM seq_1_to_9000;")
            self.ask("CREATE TABLE copy AS SELECT * FROM moves;")
            self.everyday(2)
        filler.unlink()
        self._restart(signal.SIGKILL)
        self._revive()

    def port_conflict(self) -> None:
        for _ in range(2):
            self.lab.run(
                ["mariadbd", *_OPTIONS, f"--datadir={_DATA}"], stream="mariadb-error-zh", user="mysql", timeout_s=8
            )

    def configuration_error(self) -> None:
        stop(self.server, wait_s=30)
        for spoiled in (
            "--innodb-buffer-pool-size=many",
            "--no-such-option=1",
            "--collation-server=utf9",
            "--plugin-load=none",
        ):
            server = _start(self.lab, spoiled, wait_s=3)
            stop(server)
        self.server = _start(self.lab)

    def permission_denied(self) -> None:
        for path in (_DATA / "bank" / "accounts.ibd", _DATA / "ibdata1"):
            stop(self.server, wait_s=30)
            self.lab.run(["chown", "root:root", path])
            self.lab.run(["chmod", "0600", path])
            self.server = _start(self.lab, wait_s=4)
            self.everyday(6)
            stop(self.server, signal.SIGKILL)
            self.lab.run(["chown", "mysql:mysql", path])
            self.server = _start(self.lab)
        self._revive()

    def data_corruption(self) -> None:
        stop(self.server, wait_s=30)
        for name in ("visits.MAD", "moves.ibd"):
            path = _DATA / "bank" / name
            whole = path.read_bytes()
            middle = len(whole) // 2
            path.write_bytes(whole[:middle] + b"\xa5" * 30_000 + whole[middle + 30_000 :])
        self.server = _start(self.lab)
        for _ in range(4):
            self.ask("SELECT COUNT(*), MAX(note) FROM visits; CHECK TABLE visits; SELECT SUM(cents) FROM moves;")
            self.everyday(2)


_MOVE = """BEGIN; UPDATE accounts SET cents = cents - @c WHERE id = @a;
INSERT INTO moves (account, cents) VALUES (@a, -@c); COMMIT;"""
_BAD = (
    "INSERT INTO moves (account, cents) VALUES (99999, 1);",
    "INSERT INTO accounts VALUES (5, '重复', 1);",
    "UPDATE accounts SET cents = -5 WHERE id = 1;",
    "DELETE FROM accounts;",
    "SELECT * FROM no_table;",
    "KILL 99999;",
    "CREATE TABLE accounts (id INT);",
    "CALL settle();",
    "SET GLOBAL max_connections = 5;",
)
