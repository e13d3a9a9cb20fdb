"""``loglynx ship`` as a process of its own against a real front door, either of which is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from stored_lines import stored_events, stored_lines

REPOSITORY = Path(__file__).parents[4]


class Shipping:
    """The command, its state in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: object, url: str, key: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGLYNX_")}
        environment |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
        words = [*map(str, arguments), "--url", url, "--key", key, "--state", str(self.directory / "state.json")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "loglynx", "ship", *words], cwd=self.directory, env=environment,
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and what was said."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            _, said = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, said

    def wait(self) -> tuple[int, str]:
        assert self.process is not None
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said


@pytest.fixture
def shipping(tmp_path: Path) -> Iterator[Shipping]:
    one = Shipping(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.communicate()


def wait_until(is_true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_lines_written_while_the_front_door_is_away_arrive_once(
    start_ingest: Any, redis_servers: Any, shipping: Shipping, tmp_path: Path
) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    log, written = tmp_path / "app.log", []

    def write(lines: int) -> None:
        with log.open("a") as file:
            for _ in range(lines):
                written.append(f"2026-03-01 12:00:00 INFO order {len(written)} paid")
                file.write(f"{written[-1]}\n")

    write(3000)
    shipping.start("file", log, url=ingest.url, key=ingest.admin_key)
    wait_until(lambda: stored_events(server.url) >= 1000)
    ingest.process.kill()
    ingest.process.wait()
    for turn in range(3):
        write(700)
        log.rename(log.with_name(f"app.log.{3 - turn}"))
        write(300)
        time.sleep(1)
    again = start_ingest(server.url, port=ingest.port)
    assert again.port == ingest.port
    write(50)
    wait_until(lambda: stored_events(server.url) >= len(written))
    time.sleep(1)
    code, said = shipping.end()
    assert code == 0, said
    assert stored_lines(server.url) == {"app.log": written}, said
    assert "takes lines again" in said


def test_shipper_killed_again_and_again_ships_each_line_once(
    start_ingest: Any, redis_servers: Any, shipping: Shipping, tmp_path: Path
) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    log = tmp_path / "app.log"
    written = [f"2026-03-01 12:00:00 INFO order {number} paid" for number in range(200_000)]
    log.write_text("".join(f"{line}\n" for line in written))
    kills = 0
    for delay_s in (0.05, 0.15, 0.3, 0.1, 0.2):
        seen = stored_events(server.url)
        shipping.start("file", log, url=ingest.url, key=ingest.admin_key)
        wait_until(lambda seen=seen: stored_events(server.url) > seen)
        time.sleep(delay_s)
        shipping.end(signal.SIGKILL)
        if stored_events(server.url) == len(written):
            break
        kills += 1
    assert kills >= 2, "none of them was in the middle"
    shipping.start("file", log, "--once", url=ingest.url, key=ingest.admin_key)
    code, said = shipping.wait()
    assert code == 0, said
    stored = stored_lines(server.url)["app.log"]
    assert (len(stored), len(set(stored))) == (len(written), len(written))
    assert stored == written


def test_shipper_killed_amid_renames_finds_what_was_rotated_though_only_the_log_was_named(
    start_ingest: Any, redis_servers: Any, shipping: Shipping, tmp_path: Path
) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    log, written = tmp_path / "app.log", []
    log.with_name("app.log.9").write_text("there before anybody asked\n")

    def write_and_rotate(lines: int) -> None:
        with log.open("a") as file:
            for _ in range(lines):
                written.append(f"2026-03-01 12:00:00 INFO order {len(written)} paid")
                file.write(f"{written[-1]}\n")
        for number in range(40, 0, -1):
            with suppress(FileNotFoundError):
                log.with_name(f"app.log.{number}").rename(log.with_name(f"app.log.{number + 1}"))
        log.rename(log.with_name("app.log.1"))
        log.touch()

    log.touch()
    for turn in range(3):
        seen = stored_events(server.url)
        shipping.start("file", log, url=ingest.url, key=ingest.admin_key)
        wait_until((tmp_path / "state.json").exists)
        for _ in range(3):
            write_and_rotate(4000)
        wait_until(lambda seen=seen: stored_events(server.url) > seen)
        time.sleep(0.05 * turn)
        shipping.end(signal.SIGKILL)
        for _ in range(3):
            write_and_rotate(50)
    shipping.start("file", log, "--once", url=ingest.url, key=ingest.admin_key)
    code, said = shipping.wait()
    assert code == 0, said
    stored = stored_lines(server.url)["app.log"]
    assert (len(stored), len(set(stored))) == (len(written), len(written))
    assert sorted(stored) == sorted(written)


def test_redis_away_and_overload_lose_nothing(
    start_ingest: Any, redis_servers: Any, shipping: Shipping, tmp_path: Path
) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    log = tmp_path / "app.log"
    written = [f"order {number} paid" for number in range(5000)]
    log.write_text("".join(f"{line}\n" for line in written))
    server.kill()
    shipping.start("file", log, url=ingest.url, key=ingest.admin_key)
    time.sleep(2)
    server.start()
    wait_until(lambda: stored_events(server.url) >= 5000)
    assert shipping.end()[0] == 0
    assert stored_lines(server.url) == {"app.log": written}


def test_wrong_key_and_missing_files_are_said_at_once(ingest: Any, shipping: Shipping, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("a line\n")
    shipping.start("file", tmp_path / "app.log", url=ingest.url, key="llx_wrong")
    code, said = shipping.wait()
    assert code == 2
    assert "--key" in said
    shipping.start("file", tmp_path / "none*", "--once", url=ingest.url, key=ingest.push_key)
    code, said = shipping.wait()
    assert code == 2
    assert "nothing matches" in said


def test_stops_at_once_while_the_server_is_away(shipping: Shipping, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("a line\n")
    shipping.start("file", tmp_path / "app.log", url="http://127.0.0.1:9", key="k")
    wait_until((tmp_path / "state.json").exists)
    time.sleep(1)
    started = time.monotonic()
    code, said = shipping.end()
    assert code == 0, said
    assert time.monotonic() - started < 3
    assert '"pending"' in (tmp_path / "state.json").read_text()
