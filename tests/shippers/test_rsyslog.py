"""rsyslog of Debian with each of its recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import free_port
from daemons import Daemon, SyslogDaemon
from debian import unpacked
from delivery import assert_each_once, deliver, each_trouble
from front_door import FrontDoor
from recipes import pointed

MAIN = """global(workDirectory="{directory}")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="{port}")
{recipe}
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], SyslogDaemon]]:
    """``start(recipe)``: rsyslog with it, and an input."""
    root = unpacked("rsyslog", "rsyslog-elasticsearch")
    running: list[Daemon] = []

    def start_one(text: str) -> SyslogDaemon:
        port, main = free_port(), tmp_path / "rsyslog.conf"
        main.write_text(MAIN.format(directory=tmp_path, port=port, recipe=text))
        command = [
            root.program("rsyslogd"), "-n", "-f", str(main), "-i", str(tmp_path / "pid"),
            "-M", str(root.place_of("omelasticsearch.so")),
        ]  # fmt: skip
        running.append(Daemon(command, tmp_path / "rsyslog.log", root.environment))
        return SyslogDaemon(running[-1], port)

    yield start_one
    for daemon in running:
        daemon.stop()
        print(daemon.said())


@each_trouble
def test_each_line_arrives_once_over_http(
    front_door: FrontDoor, start: Callable[[str], SyslogDaemon], trouble: str
) -> None:
    here = {'server="loglynx" serverport="8000"': f'server="127.0.0.1" serverport="{front_door.port}"'}
    client = start(pointed("rsyslog-omelasticsearch.conf", here | {"KEY": front_door.key}))
    assert_each_once(deliver(front_door, client, trouble))


@each_trouble
def test_each_line_arrives_once_over_the_syslog_listener(
    open_front_door: Callable[..., FrontDoor], start: Callable[[str], SyslogDaemon], trouble: str
) -> None:
    port = free_port()
    front_door = open_front_door(syslog_tcp_port=port)
    here = {'target="loglynx" port="1514"': f'target="127.0.0.1" port="{port}"'}
    client = start(pointed("rsyslog-omfwd.conf", here))
    assert_each_once(deliver(front_door, client, trouble, is_refusing=False))
