"""When what has ended starts again, with a clock of the test's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglynx.stack.supervisor import FIRST_PAUSE_S, LONGEST_PAUSE_S, STEADY_AFTER_S, Child, ProcessSpec, Supervisor


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(tmp_path: Path, clock: Clock) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, clock, is_tethered=False)
    yield made
    made.stop(list(made.children))


def a_spec(code: str, name: str = "child", stop_s: float = 5.0, **environment: str) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-c", code), environment, stop_s)


def wait_for_end(child: Child) -> None:
    assert child.process is not None
    child.process.wait(timeout=20)


def test_the_pause_before_a_restart_doubles_up_to_a_bound(supervisor: Supervisor, clock: Clock) -> None:
    child = supervisor.start(a_spec("raise SystemExit(3)"))
    pauses = []
    for _ in range(8):
        wait_for_end(child)
        assert supervisor.poll() == []
        pauses.append(child.start_at - clock.now)
        clock.now = child.start_at
        assert supervisor.poll() == [child]
    assert pauses == pytest.approx([min(FIRST_PAUSE_S * 2**n, LONGEST_PAUSE_S) for n in range(8)])
    assert child.last_exit == 3
    assert child.restarts == 8


def test_a_process_that_lived_long_starts_again_at_once(supervisor: Supervisor, clock: Clock) -> None:
    child = supervisor.start(a_spec("pass"))
    child.pause_s = LONGEST_PAUSE_S
    wait_for_end(child)
    clock.now += STEADY_AFTER_S
    supervisor.poll()
    assert child.start_at - clock.now == pytest.approx(FIRST_PAUSE_S)


def test_output_and_environment_arrive(supervisor: Supervisor) -> None:
    child = supervisor.start(
        a_spec("import os; print(os.environ['WORD'], flush=True); raise ValueError('why')", WORD="hello")
    )
    wait_for_end(child)
    assert "hello" in supervisor.log_tail("child")
    assert supervisor.log_tail("child").endswith("ValueError: why")
    assert supervisor.log_tail("absent") == ""


def test_stop_kills_what_will_not_end(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, is_tethered=False)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = supervisor.start(a_spec(deaf, stop_s=0.3))
    while "deaf" not in supervisor.log_tail("child"):
        time.sleep(0.02)
    process = child.process
    began = time.monotonic()
    supervisor.stop(["child", "absent"])
    assert time.monotonic() - began < 5
    assert process is not None and process.returncode == -9
    assert supervisor.children == {}


def test_a_long_log_is_cut_and_one_older_kept(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglynx.stack.supervisor.MAX_LOG_BYTES", 10)
    child = supervisor.start(a_spec("print('x' * 100, flush=True); input()"))
    wait_for_end(child)
    supervisor.cut_long_logs()
    assert supervisor.log_path("child").stat().st_size == 0
    assert (tmp_path / "child.log.1").stat().st_size > 10
