"""``loglynx ship docker`` against a real engine, a real front door and a real Redis; two of the three are killed.

Runs where DOCKER_HOST names an engine, and the machine has a static busybox to make an image of.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from busybox_image import IMAGE, import_busybox
from stored_lines import stored_events, stored_lines
from test_ship_command import Shipping, wait_until

docker = pytest.importorskip("docker")
pytestmark = [
    pytest.mark.skipif("DOCKER_HOST" not in os.environ, reason="DOCKER_HOST names no engine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]  # the package leaves sockets to the garbage collector
LINES = 4000


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("no busybox")
    client = docker.from_env(version="auto")
    import_busybox(client, program)
    yield client
    client.close()
    del client
    gc.collect()


@pytest.fixture
def start(engine: Any) -> Iterator[Callable[..., Any]]:
    """``start(script, name, ...)``: a container without a network, removed after the test."""
    started = []

    def start_one(script: str, name: str, **options: Any) -> Any:
        started.append(
            engine.containers.run(
                IMAGE, ["/bin/sh", "-c", script], name=name, detach=True, network_mode="none", **options
            )
        )
        return started[-1]

    yield start_one
    for container in started:
        with suppress(docker.errors.NotFound):
            container.remove(force=True)


@pytest.fixture
def shipping(tmp_path: Path) -> Iterator[Shipping]:
    one = Shipping(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.communicate()


def test_each_line_of_every_container_once(
    start: Any, start_ingest: Any, redis_servers: Any, shipping: Shipping
) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    both = f"for i in $(seq 1 {LINES}); do echo out $i; echo err $i >&2; [ $((i % 20)) = 0 ] && sleep 0.05; done; sleep 100"
    labels = {"loglynx-test": "yes"}
    compose = labels | {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
    start("for i in 1 2 3; do echo early $i; done", "loglynx-ended", labels=labels)
    start(both, "loglynx-both", labels=compose)
    start("echo $(head -c 50000 /dev/zero | tr '\\0' x)end; for i in $(seq 1 500); do echo tty $i; done; sleep 100",
          "loglynx-terminal", labels=labels, tty=True)  # fmt: skip
    start("echo not mine", "loglynx-other")
    arguments = ("docker", "--label", "loglynx-test=yes")
    for _ in range(3):
        seen = stored_events(server.url)
        shipping.start(*arguments, url=ingest.url, key=ingest.admin_key)
        wait_until(lambda seen=seen: stored_events(server.url) > seen)
        time.sleep(0.7)
        shipping.end(signal.SIGKILL)
    assert stored_events(server.url) < 2 * LINES, "not one of the kills was in the middle"
    shipping.start(*arguments, url=ingest.url, key=ingest.admin_key)
    time.sleep(1)
    ingest.process.kill()
    ingest.process.wait()
    start("echo short life; echo without end | tr -d '\\n'", "loglynx-short", labels=labels)
    time.sleep(3)
    start_ingest(server.url, port=ingest.port)
    expected = 2 * LINES + 501 + 3 + 2
    wait_until(lambda: stored_events(server.url) >= expected)
    time.sleep(2)
    code, said = shipping.end()
    assert code == 0, said
    stored = stored_lines(server.url)
    assert set(stored) == {"shop/web", "loglynx-ended", "loglynx-terminal", "loglynx-short"}
    for pipe in ("out", "err"):
        lines = [line for line in stored["shop/web"] if line.startswith(pipe)]
        assert (len(lines), len(set(lines))) == (LINES, LINES)
        assert lines == [f"{pipe} {number}" for number in range(1, LINES + 1)]
    assert stored["loglynx-ended"] == ["early 1", "early 2", "early 3"]
    assert stored["loglynx-short"] == ["short life", "without end"]
    first, *others = stored["loglynx-terminal"]
    assert first.startswith("x" * 30_000)
    assert others == [f"tty {number}" for number in range(1, 501)]
