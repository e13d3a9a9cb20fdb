"""The gates: pure judgement over what was measured. All of them must be passed; each says its figure and its bound.

The bounds beside "no worse than the active model" are margins: retraining with another seed moves these figures a
little, and a gate that asks for more than can be resolved would be a coin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Final

from loglynx.promotion.measuring import REFERENCE_SHARE, FeedbackMeasured, Measured
from shared.artefacts.manifest import MOST_DIFFERENCE_FROM_ITSELF, MOST_DIFFERENCE_FROM_TORCH

MARGIN: Final = 0.01  # of mean average precision
MARGIN_OF_ONE: Final = 0.05  # of a single system's
MOST_FALSE_ALARMS: Final = 0.02  # of normal golden windows
MORE_FALSE_ALARMS: Final = 0.01  # than the active model's
REFERENCE_RANGE: Final = (0.01, 0.3)  # where a tenth is promised
MOST_BYTES: Final = 32_000_000
MOST_GROWTH: Final = 1.5  # of the active model's size
MOST_SLOWER: Final = 1.5  # than the active model
SLOWER_MS: Final = 0.2  # is no difference on a busy machine
EXPORT_CHECKS: Final = ("line_encoder_from_torch", "sequence_model_from_torch", "line_encoder_alone", "windows_alone")


@dataclass(frozen=True, slots=True)
class Gate:
    """``figure`` and ``bound`` in ``unit``; passed on the bound's side that ``is_least`` tells."""

    name: str
    what: str
    figure: float
    bound: float
    is_least: bool
    is_passed: bool


@dataclass(frozen=True, slots=True)
class GateReport:
    """``simple``: mean average precision of each simple baseline."""

    candidate: Measured
    active: Measured
    simple: Mapping[str, float]
    gates: tuple[Gate, ...]

    @property
    def is_passed(self) -> bool:
        return all(gate.is_passed for gate in self.gates)

    def to_json(self) -> dict[str, Any]:
        return {
            "is_passed": self.is_passed,
            "gates": [asdict(gate) for gate in self.gates],
            "candidate": asdict(self.candidate),
            "active": asdict(self.active),
            "simple": dict(self.simple),
        }

    def in_short(self) -> dict[str, Any]:
        """What the history keeps: figure, bound and outcome of each gate."""
        return {gate.name: [round(gate.figure, 6), round(gate.bound, 6), gate.is_passed] for gate in self.gates}

    def lines(self) -> list[str]:
        """For people, one line per gate."""
        return [
            f"{'pass' if gate.is_passed else 'FAIL'}  {gate.name:<15} {gate.figure:>10.4g} "
            f"{'>=' if gate.is_least else '<='} {gate.bound:<10.4g} {gate.what}"
            for gate in self.gates
        ]


def judge(candidate: Measured, active: Measured, simple: Mapping[str, float]) -> GateReport:
    """A figure that is not a number passes nothing."""
    mean, mean_active = fmean(candidate.systems.values()), fmean(active.systems.values())
    falls = {system: candidate.systems[system] - active.systems[system] for system in active.systems}
    worst = min(falls, key=lambda system: falls[system])
    low, high = REFERENCE_RANGE
    bar = max(simple.values(), default=0.0)
    gates = [
        _least("golden", "mean average precision, no worse than the active model's", mean, mean_active - MARGIN),
        _least("worst_system", f"its change on {worst}, where it falls most", falls[worst], -MARGIN_OF_ONE),
        _least("simple", f"mean average precision, no worse than {_best(simple)}", mean, bar),
        _most(
            "false_alarms",
            "share of normal windows flagged",
            candidate.false_alarms,
            max(MOST_FALSE_ALARMS, active.false_alarms + MORE_FALSE_ALARMS),
        ),
        _least("calibration_low", _PROMISED, candidate.reference_share, low),
        _most("calibration_high", _PROMISED, candidate.reference_share, high),
        _most("parity", "difference of a window alone and in a batch", candidate.apart, MOST_DIFFERENCE_FROM_ITSELF),
        _most("parity_export", "share of the bound that its export came to", _exported(candidate), 1.0),
        _most("size", "bytes", candidate.size_bytes, max(MOST_BYTES, MOST_GROWTH * active.size_bytes)),
        _slower("latency_window", "CPU ms of a window of known lines", candidate, active, lambda m: m.window_ms),
        _slower("latency_line", "CPU ms of a new line", candidate, active, lambda m: m.template_ms),
    ]
    if candidate.feedback is not None and active.feedback is not None:
        gates += _on_feedback(candidate.feedback, active.feedback)
    return GateReport(candidate, active, simple, tuple(gates))


_PROMISED: Final = f"share of normal windows at p <= {REFERENCE_SHARE:g} by the reference"


def _on_feedback(candidate: FeedbackMeasured, active: FeedbackMeasured) -> list[Gate]:
    return [
        _least("feedback", f"of {candidate.windows} labelled windows judged right", candidate.right, active.right),
        _least(
            "feedback_found", f"of {candidate.confirmed} confirmed anomalies flagged", candidate.found, active.found
        ),
    ]


def _exported(measured: Measured) -> float:
    """The largest share of its bound; what the manifest does not tell was not measured, and that passes nothing."""
    shares = []
    for name in EXPORT_CHECKS:
        bound = MOST_DIFFERENCE_FROM_TORCH if name.endswith("torch") else MOST_DIFFERENCE_FROM_ITSELF
        shares.append(measured.exported.get(name, float("inf")) / bound)
    return max(shares)


def _best(simple: Mapping[str, float]) -> str:
    return max(simple, key=lambda name: simple[name]) if simple else "any simple baseline (none could be had)"


def _least(name: str, what: str, figure: float, bound: float) -> Gate:
    return Gate(name, what, float(figure), float(bound), True, bool(figure >= bound))


def _most(name: str, what: str, figure: float, bound: float) -> Gate:
    return Gate(name, what, float(figure), float(bound), False, bool(figure <= bound))


def _slower(name: str, what: str, candidate: Measured, active: Measured, of: Callable[[Measured], float]) -> Gate:
    return _most(name, what, of(candidate), max(MOST_SLOWER * of(active), of(active) + SLOWER_MS))
