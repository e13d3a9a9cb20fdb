"""A discrete-event simulator of a system that logs: many workflows in flight, one clock, faults that unfold.

A ``Simulator`` is data: header formats, fields, workflows (normal life) and faults. ``run`` plays it from a seed.
- Workflows arrive at random with the load of the hour, or every so many seconds (periodic and night jobs); those in
  flight interleave by the simulated clock.
- A fault is a script of its own, played once beside the normal traffic; while it lasts, workflows that depend on what
  broke arrive as its ``victims`` (the failing form of that workflow; an empty script: that workflow falls silent).
- Every line that a fault or a victim writes carries the fault's name, and no other line does.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from services.trainer.datasets.simulators.clocks import Clock
from services.trainer.datasets.simulators.fields import Draw, Field
from services.trainer.datasets.simulators.script import (
    Scope,
    Step,
    Template,
    compile_template,
    parse_script,
    slot_names,
)

# Shared with the analyzer, which says the same of a flag.
CATEGORIES = frozenset(
    {
        "timeout",
        "connection_failure",
        "database_error",
        "disk_full",
        "memory_exhausted",
        "cpu_or_thread_exhausted",
        "network_partition",
        "authentication_attack",
        "permission_denied",
        "configuration_error",
        "certificate_expired",
        "data_corruption",
        "service_crash",
        "queue_backlog",
        "dependency_unavailable",
        "rate_limited",
        "deadlock",
        "dns_failure",
        "hardware_error",
        "port_scan",
        "injection_attempt",
    }
)
_GIVEN = {"time", "level", "source", "message", "extra"}
# Share of the normal load in each hour of the day (UTC); nights are quiet but never silent.
_HOURLY_LOAD = (
    *(0.35, 0.3, 0.25, 0.25, 0.3, 0.4, 0.55, 0.75),
    *(1.0, 1.15, 1.2, 1.1, 0.95, 1.05, 1.15, 1.15),
    *(1.1, 1.0, 0.9, 0.85, 0.8, 0.7, 0.55, 0.45),
)
_VICTIM_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class SimulatedLine:
    """One log record. ``text`` holds newlines where the record is a stack trace; ``fault`` names what wrote it."""

    text: str
    timestamp_ms: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """A way through the system. Arrives with ``weight`` among the others, or every ``every_s`` seconds if given."""

    name: str
    weight: float
    steps: tuple[Step, ...]
    pace_ms: tuple[float, float]
    every_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What may break. ``steps`` without a pause of their own follow at about the rate of the normal lines."""

    name: str
    category: str
    zh: str
    en: str
    steps: tuple[Step, ...]
    victims: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)


def flow(name: str, weight: float, script: str, pace: tuple[float, float] = (2, 60), every_s: float = 0) -> Workflow:
    return Workflow(name, weight, parse_script(script), pace, every_s)


def fault(name: str, category: str, zh: str, en: str, script: str, victims: Mapping[str, str] | None = None) -> Fault:
    played = {of: parse_script(text) for of, text in (victims or {}).items()}
    return Fault(name, category, zh, en, parse_script(script), played)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A system that logs.

    language     "en", "zh" or "mixed"
    headers      source -> header template; "" is the header of every other source
    lines_per_s  mean over a day; a night is slower, a busy hour faster
    """

    name: str
    language: str
    headers: Mapping[str, str]
    clock: Clock
    fields: Mapping[str, Field]
    flows: tuple[Workflow, ...]
    faults: tuple[Fault, ...]
    lines_per_s: float = 5.0

    def __post_init__(self) -> None:
        names = {f.name for f in self.flows}
        for broken in self.faults:
            if broken.category not in CATEGORIES:
                raise ValueError(f"{self.name}: unknown category {broken.category}")
            if missing := set(broken.victims) - names:
                raise ValueError(f"{self.name}: {broken.name} has victims that are no workflow: {sorted(missing)}")
        used = set().union(*(slot_names(compile_template(h)) for h in self.headers.values())) - _GIVEN
        for step in self.steps():
            used |= slot_names(step.source) | slot_names(step.message) | slot_names(step.extra)
        if unknown := used - set(self.fields):
            raise ValueError(f"{self.name}: unknown fields {sorted(unknown)}")

    def steps(self) -> Iterator[Step]:
        for normal in self.flows:
            yield from normal.steps
        for broken in self.faults:
            yield from broken.steps
            for steps in broken.victims.values():
                yield from steps

    def normal_patterns(self) -> frozenset[str]:
        """The distinct message patterns that normal life writes."""
        return frozenset(step.pattern for normal in self.flows for step in normal.steps)

    def fault_named(self, name: str) -> Fault:
        for broken in self.faults:
            if broken.name == name:
                return broken
        raise KeyError(f"{self.name} has no fault {name!r}; it has {[f.name for f in self.faults]}")


@dataclass(slots=True)
class _Run:
    """A workflow or fault in flight: what it writes next."""

    scope: Scope
    steps: Iterator[Step]
    pace_ms: tuple[float, float]
    tag: str | None
    next: Step | None = None
    is_timeline: bool = False


def _unroll(steps: Sequence[Step], rng: Random) -> Iterator[Step]:
    """The steps as one run takes them: chances, alternatives and repetitions decided."""
    settled = False  # a row of the present group of alternatives was written
    at = 0
    while at < len(steps):
        step, at = steps[at], at + 1
        followers = []
        while at < len(steps) and steps[at].join == "&":
            followers.append(steps[at])
            at += 1
        is_open = step.join != "/" or not settled
        hit = is_open and rng.random() < step.chance
        settled = hit if step.join != "/" else settled or hit
        for _ in range(rng.randint(*step.times) if hit else 0):
            yield step
            for follower in followers:
                if rng.random() < follower.chance:
                    yield from (follower for _ in range(rng.randint(*follower.times)))


class Playback:
    """One simulation from one seed. ``play`` yields lines without end."""

    def __init__(self, simulator: Simulator, seed: int, start_ms: int | None) -> None:
        self._system = simulator
        self._rng = Random(f"{simulator.name}:{seed}")
        if start_ms is None:  # some moment of 2025 or 2026
            start_ms = 1_735_689_600_000 + self._rng.randrange(63_072_000) * 1000
        self._draw = Draw(self._rng, {}, float(start_ms))
        self._site: dict[str, str] = {}
        self._headers: dict[str, Template] = {k: compile_template(h) for k, h in simulator.headers.items()}
        self._heap: list[tuple[float, int, _Run | Workflow | None]] = []
        self._order = 0
        self._active: list[Fault] = []
        self._arriving = [f for f in simulator.flows if not f.every_s]
        self._weights = [f.weight for f in self._arriving]
        mean_length = sum(w * _mean_length(f.steps) for w, f in zip(self._weights, self._arriving, strict=True))
        self._gap_ms = 1000.0 / simulator.lines_per_s
        self._arrival_ms = self._gap_ms * mean_length / sum(self._weights)
        self._push(float(start_ms), None)
        for job in simulator.flows:
            if job.every_s:
                self._push(start_ms + self._rng.random() * min(job.every_s, 86_400) * 1000, job)

    @property
    def active_faults(self) -> int:
        return len(self._active)

    def start_fault(self, broken: Fault) -> None:
        pace = (0.2 * self._gap_ms, 1.8 * self._gap_ms)
        self._active.append(broken)
        run = _Run(self._scope(is_fault=True), _unroll(broken.steps, self._rng), pace, broken.name, is_timeline=True)
        self._advance(run, self._draw.now_ms)

    def play(self) -> Iterator[SimulatedLine]:
        while True:
            at_ms, _, what = heapq.heappop(self._heap)
            self._draw.now_ms = at_ms
            if what is None:
                self._arrive(self._rng.choices(self._arriving, self._weights)[0], at_ms)
                load = _HOURLY_LOAD[int(at_ms // 3_600_000) % 24]
                self._push(at_ms + self._rng.expovariate(1.0) * self._arrival_ms / load, None)
            elif isinstance(what, Workflow):
                self._arrive(what, at_ms)
                self._push(at_ms + what.every_s * 1000 * self._rng.uniform(0.98, 1.02), what)
            elif what.next is not None:
                yield SimulatedLine(self._text(what.next, what, at_ms), int(at_ms), what.tag)
                self._advance(what, at_ms)

    def _arrive(self, normal: Workflow, at_ms: float) -> None:
        for broken in self._active:
            if normal.name in broken.victims and self._rng.random() < _VICTIM_SHARE:
                self._launch(broken.victims[normal.name], normal.pace_ms, broken.name, at_ms)
                return
        self._launch(normal.steps, normal.pace_ms, None, at_ms)

    def _launch(self, steps: Sequence[Step], pace: tuple[float, float], tag: str | None, at_ms: float) -> None:
        self._advance(_Run(self._scope(), _unroll(steps, self._rng), pace, tag), at_ms)

    def _scope(self, is_fault: bool = False) -> Scope:
        return Scope(self._system.fields, self._site, self._draw, is_fault)

    def _advance(self, run: _Run, at_ms: float) -> None:
        run.next = next(run.steps, None)
        if run.next is not None:
            low, high = run.next.pause_ms or run.pace_ms
            self._push(at_ms + self._rng.uniform(low, high), run)
        elif run.is_timeline:
            self._active = [f for f in self._active if f.name != run.tag]

    def _push(self, at_ms: float, what: _Run | Workflow | None) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at_ms, self._order, what))

    def _text(self, step: Step, run: _Run, at_ms: float) -> str:
        scope = run.scope
        source = scope.render(step.source)
        # A trace follows the whole first line, also where the header goes on after the message.
        message, newline, trace = scope.render(step.message).partition("\n")
        given = {
            "time": self._system.clock(at_ms),
            "level": step.level,
            "source": source,
            "message": message,
            "extra": scope.render(step.extra),
        }
        line = scope.render(self._headers.get(source) or self._headers[""], given)
        return f"{line.rstrip(' ')}{newline}{trace}"


def _mean_length(steps: Sequence[Step]) -> float:
    return max(0.5, sum(s.chance * sum(s.times) / 2 for s in steps))
