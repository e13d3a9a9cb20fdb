"""Who plays in a sequence: three services with a layout and a language each, and the values their lines name.

Values of one story stay what they are, as a request keeps its id; quantities of plain traffic are drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from services.trainer.datasets.incidents.layouts import LAYOUTS, Entry
from services.trainer.datasets.incidents.values import Cast
from services.trainer.datasets.sequences.script import Phrase, fill
from shared.core.taxonomy import Language

# Layouts in which the service is named: without it nobody could say that a trouble spread.
_LAYOUTS = ("logback_iso", "python", "json_service", "zap", "logfmt", "syslog_iso", "batch", "time_only", "compose")
_OF_ONE_COLLECTOR = 0.7
_START_MS = 1_767_225_600_000.0


@dataclass(frozen=True, slots=True)
class Actor:
    """A service as it writes."""

    name: str
    layout: str
    language: Language
    host: str
    pid: str
    place: str


class Values(Mapping[str, str]):
    """Text for every placeholder.

    progress  0..1, how far the trouble has gone; what rises with it depends on nothing else
    """

    def __init__(self, rng: Random, peer: str, troubled: str) -> None:
        self._rng = rng
        self._names = Cast(rng)
        self._kept = {"peer": peer, "self_peer": troubled, "req": f"{rng.getrandbits(40):010x}"}
        self._slow = 10 ** rng.uniform(2.8, 3.7)
        self._deep = 10 ** rng.uniform(1.0, 3.0)
        self._full = rng.uniform(62, 82)
        self.progress = 0.0
        self.attempt = 1

    def __getitem__(self, name: str) -> str:
        rng, sway = self._rng, self._rng.uniform(0.85, 1.15)
        match name:
            case "slow":
                return str(int(self._slow * (1 + 3 * self.progress) * sway))
            case "deep":
                return str(int(self._deep * (1 + 6 * self.progress) * sway))
            case "full":
                return str(min(99, int(self._full + 16 * self.progress + rng.uniform(-2, 2))))
            case "attempt":
                return str(self.attempt)
            case "ms_ok":
                return str(int(10 ** rng.uniform(0.5, 2.3)))
            case "few":
                return str(rng.randrange(1, 40))
            case "low":
                return str(rng.randrange(25, 55))
            case "wait":
                return str(rng.choice((1, 2, 3, 5, 10, 15, 30)))
        if name not in self._kept:
            self._kept[name] = self._names.value(name)
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def three_actors(rng: Random, languages: tuple[Language, ...]) -> tuple[Actor, Actor, Actor]:
    """The troubled service, its caller and a bystander, of three names."""
    names = Cast(rng)
    found: dict[str, Actor] = {}
    shared = rng.choice(_LAYOUTS) if rng.random() < _OF_ONE_COLLECTOR else ""
    while len(found) < 3:
        name = names.value("service")
        layout = shared or rng.choice(_LAYOUTS)
        pid = str(rng.randrange(100, 65_000))
        host = names.value("host")
        found.setdefault(name, Actor(name, layout, languages[len(found)], host, pid, names.value("class")))
    troubled, caller, bystander = found.values()
    return troubled, caller, bystander


class Clock:
    """Stamps that only go forward; ``tick`` waits between one and ``most_ms`` milliseconds."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._at_ms = _START_MS + rng.randrange(31_536_000) * 1000

    def tick(self, most_ms: float) -> float:
        self._at_ms += 1 + self._rng.random() * most_ms
        return self._at_ms


def write(actor: Actor, phrase: Phrase, values: Mapping[str, str], at_ms: float) -> str:
    """The line as the actor's log has it."""
    entry = Entry(
        fill(phrase, values), phrase.level, actor.name, actor.host, actor.pid, "worker-3", actor.place, at_ms
    )
    return LAYOUTS[actor.layout](entry)
