"""What trains and what tests, so that no line does both, even where windows overlap.

Training sees normal windows only: labelled anomalies are left out. Of labelled data without a test part the last
fifth, in time, is the test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglynx.bench.cutting import sharing_behind
from loglynx.bench.own_window import read_window
from loglynx.bench.task import Case, Events
from loglynx.training.cases import ReadCases
from services.trainer.train_detector import FIT_SHARE, GAP

TEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Split:
    """normal    windows to train on, in the order of time; the last of them set the threshold
    test      cases with their truth, perhaps none
    left_out  anomalous windows that would have trained
    gap       windows between those that are fitted on and those that set the threshold: they may share lines
    """

    normal: list[Events]
    test: tuple[Case, ...]
    left_out: int
    gap: int = GAP

    @property
    def held_back(self) -> list[Events]:
        """The windows that set the threshold."""
        return self.normal[int(FIT_SHARE * len(self.normal)) + self.gap :]


def split(read: ReadCases) -> Split:
    """See the module's docstring."""
    cases, test = read.cases, read.test
    if read.is_told and not test:
        cut = int((1 - TEST_SHARE) * len(cases))
        trained = _events_of(case.events for case in cases[:cut])
        cases, test = cases[:cut], tuple(case for case in cases[cut:] if trained.isdisjoint(map(id, case.events)))
    normal = [case.events for case in cases if not case.is_anomaly]
    shared = sharing_behind(normal, int(FIT_SHARE * len(normal)))
    return Split(normal, test, len(cases) - len(normal), max(GAP, overlap_of(read.window), shared))


def overlap_of(window: str) -> int:
    """How many windows after one may hold some of its lines; 0 for what is no rule, such as sessions."""
    try:
        return read_window(window).overlap
    except ValueError:
        return 0


def _events_of(windows: Iterable[Events]) -> set[int]:
    """Windows that overlap hold the very same events, not equal ones."""
    return {id(event) for events in windows for event in events}
