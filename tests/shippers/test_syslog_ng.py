"""syslog-ng of Debian with each of its recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import free_port
from daemons import Daemon, SyslogDaemon
from debian import unpacked
from delivery import assert_each_once, deliver, each_trouble
from front_door import FrontDoor
from recipes import over_http, pointed

MAIN = """@version: 3.38
@define include-path "{include}"
@include "{scl}"
options {{ keep-hostname(yes); }};
source s_src {{ network(ip(127.0.0.1) port({port}) transport(tcp)); }};
{recipe}
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], SyslogDaemon]]:
    """``start(recipe)``: syslog-ng with it, and a source."""
    root = unpacked("syslog-ng-core", "syslog-ng-mod-http", "syslog-ng-scl")
    running: list[Daemon] = []

    def start_one(text: str) -> SyslogDaemon:
        port, main = free_port(), tmp_path / "syslog-ng.conf"
        include, scl = root.path / "usr/share/syslog-ng/include", root.path / "etc/syslog-ng/scl.conf"
        main.write_text(MAIN.format(include=include, scl=scl, port=port, recipe=text))
        command = [
            root.program("syslog-ng"), "--foreground", "--no-caps", "--stderr", f"--cfgfile={main}",
            f"--module-path={root.place_of('libhttp.so')}", f"--persist-file={tmp_path / 'persist'}",
            f"--pidfile={tmp_path / 'pid'}", f"--control={tmp_path / 'ctl'}", "--worker-threads=2",
        ]  # fmt: skip
        running.append(Daemon(command, tmp_path / "syslog-ng.log", root.environment))
        return SyslogDaemon(running[-1], port)

    yield start_one
    for daemon in running:
        daemon.stop()
        print(daemon.said())


@each_trouble
@pytest.mark.parametrize("name", ["syslog-ng-http.conf", "syslog-ng-elasticsearch.conf"])
def test_each_line_arrives_once_over_http(
    front_door: FrontDoor, start: Callable[[str], SyslogDaemon], name: str, trouble: str
) -> None:
    client = start(over_http(name, front_door))
    assert_each_once(deliver(front_door, client, trouble))


@each_trouble
def test_each_line_arrives_once_over_the_syslog_listener(
    open_front_door: Callable[..., FrontDoor], start: Callable[[str], SyslogDaemon], trouble: str
) -> None:
    port = free_port()
    front_door = open_front_door(syslog_tcp_port=port)
    client = start(pointed("syslog-ng-syslog.conf", {'"loglynx" port(1514)': f'"127.0.0.1" port({port})'}))
    assert_each_once(deliver(front_door, client, trouble, is_refusing=False))
