"""Libraries that programs log with: the recipe of each, as it is, reads lines from standard input and ships them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from delivery import assert_each_once, assert_lost_in_the_trouble_alone, deliver, each_trouble
from front_door import FrontDoor
from installed import RECIPES, node_with_clients, python_with_clients

FINISH_S = 180


@dataclass(frozen=True)
class Library:
    """``recipe`` below deploy/shippers; ``loses``: the troubles that cost it lines, for it sends nothing again."""

    name: str
    recipe: str
    loses: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)


NO_RETRIES = frozenset({"stopped", "overloaded"})
JSON_EXPORTER = {"OTLP_EXPORTER": "@opentelemetry/exporter-logs-otlp-http"}
LIBRARIES = [
    Library("opentelemetry-python", "opentelemetry-python/logs.py"),
    Library("opentelemetry-node-protobuf", "opentelemetry-node/logs.mjs"),
    Library("opentelemetry-node-json", "opentelemetry-node/logs.mjs", environment=JSON_EXPORTER),
    Library("elasticsearch-py", "elasticsearch-py/bulk.py"),
    Library("python-logging-loki", "python-logging-loki/as_it_is.py", NO_RETRIES),
    Library("python-logging-loki-with-retries", "python-logging-loki/with_retries.py"),
    Library("splunk-handler", "splunk-handler/logs.py"),
    Library("pino-loki", "pino-loki/logs.mjs", NO_RETRIES),
    Library("winston-loki", "winston-loki/logs.mjs"),
    Library("winston-elasticsearch", "winston-elasticsearch/logs.mjs"),
    Library("datadog-api-client", "datadog-api-client/logs.py"),
]


class Program:
    """A recipe that runs; what it says is in ``log``."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=sink, stderr=sink, env=os.environ | environment
            )

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pytest.fail(f"the client ended: {self.said()}")

    def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(FINISH_S) == 0, self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()


@pytest.fixture
def run_recipe(front_door: FrontDoor, tmp_path: Path) -> Iterator[Callable[[Library], Program]]:
    started: list[Program] = []

    def run(library: Library) -> Program:
        environment = {"LOGLYNX_URL": front_door.url, "LOGLYNX_KEY": front_door.key} | library.environment
        command = command_for(RECIPES / library.recipe)
        started.append(Program(command, environment, tmp_path / f"{library.name}.log"))
        return started[-1]

    yield run
    for program in started:
        program.end()


def command_for(recipe: Path) -> list[str]:
    """Node looks for modules beside the script, so it gets a copy beside them."""
    if recipe.suffix == ".py":
        return [python_with_clients(), "-u", str(recipe)]
    copy = node_with_clients() / f"{recipe.parent.name}-{recipe.name}"
    shutil.copy(recipe, copy)
    return ["node", str(copy)]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
@each_trouble
def test_a_thousand_lines_arrive(
    front_door: FrontDoor, run_recipe: Callable[[Library], Program], library: Library, trouble: str
) -> None:
    program = run_recipe(library)
    try:
        arrived = deliver(front_door, program, trouble, patience_s=0)  # the recipe ends when it has sent all
        judge = assert_lost_in_the_trouble_alone if trouble in library.loses else assert_each_once
        judge(arrived)
    except AssertionError as error:
        error.add_note(f"the client said: {program.said()}")
        raise
