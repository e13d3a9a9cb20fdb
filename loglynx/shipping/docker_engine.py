"""The Docker engine, through the ``docker`` package: which containers there are, and their logs.

Fails with EngineAway where it does not answer, CommandFailed where the package is missing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from loglynx.failures import CommandFailed

STREAM_LABEL = "loglynx.stream"
SHIP_LABEL = "loglynx.ship"


# What the package lets through when a stream breaks in the middle, or is closed by another thread.
_CUT_OFF: tuple[type[Exception], ...] = (struct.error, ValueError, AttributeError)


class EngineAway(Exception):
    """The engine does not answer, or not for this container."""


@dataclass(frozen=True, slots=True)
class Container:
    """``life`` changes with every start and end."""

    id: str
    name: str
    labels: dict[str, str] = field(default_factory=dict)
    is_terminal: bool = False
    is_running: bool = True
    life: str = ""


class Log(Protocol):
    """Pieces of a log; ``close`` ends them from another thread."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Engine(Protocol):
    def containers(self, labels: list[str]) -> list[Container]: ...

    def log(self, container: Container, pipe: str, since_s: int, is_following: bool) -> Log: ...

    def wait_for_start(self) -> None:
        """Return when a container has started or ended."""


def stream_of_container(container: Container) -> str:
    """What outlives the container: its label, compose or swarm service, pod's container; else its name."""
    labels = container.labels
    if named := labels.get(STREAM_LABEL):
        return named
    if service := labels.get("com.docker.compose.service"):
        project = labels.get("com.docker.compose.project")
        return f"{project}/{service}" if project else service
    if service := labels.get("com.docker.swarm.service.name"):
        return service
    if name := labels.get("io.kubernetes.container.name"):
        namespace = labels.get("io.kubernetes.pod.namespace")
        return f"{namespace}/{name}" if namespace else name
    return container.name or container.id[:12]


class DockerEngine:
    """The engine that DOCKER_HOST names, or the local one."""

    def __init__(self) -> None:
        try:
            import docker
            from docker.errors import DockerException
            from requests.exceptions import RequestException
            from urllib3.exceptions import HTTPError
        except ImportError as error:
            raise CommandFailed("the `docker` package is not installed", "pip install 'loglynx[ship]'") from error
        self._errors: tuple[type[Exception], ...] = (DockerException, RequestException, HTTPError, OSError)
        self._docker = docker
        self._client: Any = None

    def containers(self, labels: list[str]) -> list[Container]:
        try:
            api = self._api()
            found = api.containers(all=True, filters={"label": labels} if labels else {})
            return [made for item in found if (made := self._container(api, item)) is not None]
        except self._errors as error:
            self._client = None
            raise EngineAway(f"Docker does not answer: {_first_line(error)}") from error

    def log(self, container: Container, pipe: str, since_s: int, is_following: bool) -> Log:
        try:
            stream = self._api().logs(
                container.id,
                stdout=pipe in ("stdout", "terminal"),
                stderr=pipe in ("stderr", "terminal"),
                stream=True,
                follow=is_following,
                timestamps=True,
                since=since_s or None,
            )
        except self._errors as error:
            raise EngineAway(f"{container.name}: {_first_line(error)}") from error
        return _Pieces(stream, self._errors)

    def wait_for_start(self) -> None:
        try:
            events = self._api().events(decode=True, filters={"type": "container", "event": ["start", "die"]})
            next(iter(events), None)
            events.close()
        except self._errors as error:
            raise EngineAway(_first_line(error)) from error

    def _api(self) -> Any:
        if self._client is None:
            self._client = self._docker.from_env(version="auto")
        return self._client.api

    def _container(self, api: Any, item: dict[str, Any]) -> Container | None:
        from docker.errors import NotFound

        try:
            details = api.inspect_container(item["Id"])
        except NotFound:
            return None  # gone since it was listed
        state = details.get("State") or {}
        config = details.get("Config") or {}
        return Container(
            id=str(item["Id"]),
            name=str(details.get("Name") or "").lstrip("/"),
            labels=dict(config.get("Labels") or {}),
            is_terminal=bool(config.get("Tty")),
            is_running=bool(state.get("Running")),
            life=f"{state.get('StartedAt')} {state.get('FinishedAt')}",
        )


class _Pieces:
    def __init__(self, stream: Any, errors: tuple[type[Exception], ...]) -> None:
        self._stream = stream
        self._errors = errors + _CUT_OFF

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except self._errors as error:
            raise EngineAway(_first_line(error)) from error

    def close(self) -> None:
        self._stream.close()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
