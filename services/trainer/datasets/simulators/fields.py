"""Values that vary in a log line: ids, addresses, durations, counters. A field draws one value as text.

All randomness comes from the ``Draw`` that the engine passes in, so a seed fixes every value. Fields with a memory
(counters, gauges that wander) keep it in ``Draw.memory``, never in themselves: one field object serves many runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from math import exp
from random import Random


@dataclass(slots=True)
class Draw:
    """What a field may look at: the run's randomness, its memory and the simulated time."""

    rng: Random
    memory: dict[object, float] = field(default_factory=dict)
    now_ms: float = 0.0


Field = Callable[[Draw], str]

_SHAPES = {
    "#": "0123456789",
    "?": "0123456789abcdef",
    "&": "abcdefghijklmnopqrstuvwxyz",
    "%": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
}


def integer(low: int, high: int, width: int = 0) -> Field:
    """Uniform in [low, high], zero-padded to ``width``."""
    return lambda d: f"{d.rng.randint(low, high):0{width}d}"


def decimal(low: float, high: float, digits: int = 2) -> Field:
    """Uniform in [low, high] with a fixed number of digits."""
    return lambda d: f"{d.rng.uniform(low, high):.{digits}f}"


def skewed(median: float, spread: float = 0.6, digits: int = 0, least: float = 0.0) -> Field:
    """Log-normal around ``median``: durations and sizes, most near it and a long tail above."""
    return lambda d: f"{max(least, median * exp(d.rng.gauss(0.0, spread))):.{digits}f}"


def one_of(*choices: str) -> Field:
    """Any of the choices, all alike; repeat a choice to make it likelier."""
    return lambda d: d.rng.choice(choices)


def ranked(*choices: str) -> Field:
    """The first choices most often (weight 1/rank), as users, URLs and tables are."""
    weights = [1.0 / rank for rank in range(1, len(choices) + 1)]
    return lambda d: d.rng.choices(choices, weights)[0]


def shaped(pattern: str) -> Field:
    """``#`` digit, ``?`` hex digit, ``&`` lower-case letter, ``%`` upper-case letter or digit; the rest as it is.

    Example: ``shaped("blk_##########")`` gives ``blk_1073741825``.
    """
    runs = [(_SHAPES.get(c, ""), "".join(run)) for c, run in groupby(pattern)]
    return lambda d: "".join(
        "".join(d.rng.choices(alphabet, k=len(run))) if alphabet else run for alphabet, run in runs
    )


def shapes(*patterns: str) -> Field:
    """One of several ``shaped`` patterns."""
    made = [shaped(p) for p in patterns]
    return lambda d: d.rng.choice(made)(d)


def address(prefix: str = "10.") -> Field:
    """An IPv4 address that begins with ``prefix`` (``"10."``, ``"192.168.4."``, ``""``)."""
    missing = 4 - prefix.count(".")

    def draw(d: Draw) -> str:
        return prefix + ".".join(str(d.rng.randint(1, 254)) for _ in range(missing))

    return draw


def uuid() -> Field:
    """A version-4 UUID."""
    return shapes(*(f"????????-????-4???-{c}???-????????????" for c in "89ab"))


def counter(start: int, most: int = 1, width: int = 0) -> Field:
    """Grows by 1 to ``most`` with every draw: process ids, offsets, order numbers."""

    def draw(d: Draw) -> str:
        value = d.memory.get(draw, float(start + d.rng.randint(0, start or 1))) + d.rng.randint(1, most)
        d.memory[draw] = value
        return f"{int(value):0{width}d}"

    return draw


def gauge(low: float, high: float, digits: int = 0) -> Field:
    """Wanders between the bounds, each draw near the one before: heap used, queue depth, load."""

    def draw(d: Draw) -> str:
        last = d.memory.get(draw, d.rng.uniform(low, high))
        value = min(high, max(low, last + d.rng.gauss(0.0, (high - low) / 12)))
        d.memory[draw] = value
        return f"{value:.{digits}f}"

    return draw


def ramp(start: float, growth: float, digits: int = 0) -> Field:
    """Grows by about the factor ``growth`` with every draw, ten times, then begins again: what swells in a fault."""

    def draw(d: Draw) -> str:
        turn = d.memory.get(draw, 0.0)
        d.memory[draw] = (turn + 1) % 11
        jitter = d.rng.uniform(-0.3, 0.3) if turn else 0.0
        return f"{start * growth ** (turn + jitter):.{digits}f}"

    return draw


def moment(render: Callable[[float], str], shift_ms: float = 0.0, every_ms: float = 0.0) -> Field:
    """The simulated time moved by ``shift_ms`` and rounded down to ``every_ms``, as ``render`` writes it."""

    def draw(d: Draw) -> str:
        at = d.now_ms + shift_ms
        return render(at - at % every_ms if every_ms else at)

    return draw
