"""Containers on a real engine that say what they are told, with the log driver of a recipe."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml
from absent import skip_or_fail
from busybox_image import IMAGE, import_busybox
from debian import unpacked


def real_engine() -> Iterator[Any]:
    """A client of the engine that DOCKER_HOST or the usual socket names, with the image.

    The package leaves sockets to the garbage collector, which is called here, where that may be said of nobody.
    """
    try:
        import docker
    except ImportError:
        skip_or_fail("no docker package")
    engine = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of sockets that reached no engine
        with suppress(docker.errors.DockerException, OSError):
            engine = docker.from_env(version="auto")
        gc.collect()
    if engine is None:
        skip_or_fail("no Docker engine answers (DOCKER_HOST)")
    import_busybox(engine, unpacked("busybox-static").program("busybox"))
    yield engine
    engine.close()
    del engine
    gc.collect()


class Container:
    """A client of the tier: each line is one that the container says."""

    def __init__(self, engine: Any, **options: Any) -> None:
        self._container = engine.containers.create(IMAGE, ["cat"], stdin_open=True, network_mode="none", **options)
        self._attached = self._container.attach_socket(params={"stdin": 1, "stream": 1})
        self._container.start()

    def write(self, line: str) -> None:
        os.write(self._attached.fileno(), f"{line}\n".encode())

    def finish(self) -> None:
        """It ends, and with it its driver."""
        self._container.stop(timeout=5)

    def remove(self) -> None:
        with suppress(Exception):
            self._container.remove(force=True)
        self._attached._sock.close()
        self._attached.close()


def logging_of(recipe: str) -> Any:
    """The logging of a recipe's one service, as the engine takes it."""
    from docker.types import LogConfig

    (service,) = yaml.safe_load(recipe)["services"].values()
    return LogConfig(type=service["logging"]["driver"], config=service["logging"]["options"])
