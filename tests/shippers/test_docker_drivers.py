"""Docker's log drivers with each of their recipes, on a real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import free_port
from containers import Container, logging_of, real_engine
from delivery import assert_each_once, assert_lost_in_the_trouble_alone, deliver, each_trouble
from front_door import FrontDoor
from recipes import over_http, pointed

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


engine = pytest.fixture(real_engine)


@pytest.fixture
def start(engine: Any) -> Iterator[Callable[[str], Container]]:
    """``start(recipe)``: a container that logs as it says."""
    running = list[Container]()

    def start_one(recipe: str) -> Container:
        running.append(Container(engine, log_config=logging_of(recipe)))
        return running[-1]

    yield start_one
    for container in running:
        container.remove()


@each_trouble
def test_splunk_driver_loses_nothing(front_door: FrontDoor, start: Callable[[str], Container], trouble: str) -> None:
    assert_each_once(deliver(front_door, start(over_http("docker-splunk.yml", front_door)), trouble))


LISTENERS = {
    "fluentd": ("docker-fluentd.yml", "forward_port", "loglynx:24224"),
    "gelf": ("docker-gelf.yml", "gelf_tcp_port", "loglynx:12201"),
    "syslog": ("docker-syslog.yml", "syslog_tcp_port", "loglynx:1514"),
}


@each_trouble
@pytest.mark.parametrize("driver", LISTENERS)
def test_driver_of_a_listener_loses_at_most_what_it_is_told_while_nobody_listens(
    open_front_door: Callable[..., FrontDoor], start: Callable[[str], Container], driver: str, trouble: str
) -> None:
    name, setting, address = LISTENERS[driver]
    port = free_port()
    front_door = open_front_door(**{setting: port})
    container = start(pointed(name, {address: f"127.0.0.1:{port}"}))
    arrived = deliver(front_door, container, trouble, patience_s=30, is_refusing=False)
    if trouble == "stopped" and driver != "fluentd":  # the others ask for no acknowledgement
        assert_lost_in_the_trouble_alone(arrived)
    else:
        assert_each_once(arrived)
