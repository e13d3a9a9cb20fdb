"""Follow one stream: judge its windows in order, learn when it is new or has changed, keep up while it drifts slowly.

In: a baseline, windows in the order of time, a budget. Out: what became of each window, and the baseline after
them. Pure: the caller keeps the baseline and the windows that wait to be learnt between calls.

Three rules: a stream that learns never flags. When calm flags come far more often than any budget allows, it has
changed for good: that is said once, and it learns again, but trouble is never learnt as its new normal. Windows that
pass unflagged are learnt too, many at a time, so that what comes slowly is known before it adds up; those that are
excused are not, for they are strange still.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.core.baseline import Baseline, Judgement
from shared.core.evidence import WindowEvidence

TROUBLED = 0.3  # probability, from its words alone, that a line is bad news
TROUBLED_P = 0.05  # share of this stream's normal windows with words as bad and as rare
_JUDGED_AT_ONCE = 250

JudgeAnyone = Callable[[WindowEvidence], Judgement]


@dataclass(frozen=True, slots=True)
class Followed:
    """One window on its way. ``by`` is the baseline that it was judged by; ``is_turn``: the stream changes here."""

    judgement: Judgement
    by: Baseline
    is_learning: bool = False
    is_flagged: bool = False
    is_turn: bool = False

    @property
    def is_calm(self) -> bool:
        """Neither flagged nor excused: others may learn from it."""
        return not self.is_flagged and not self.judgement.is_excused


def is_troubled(window: WindowEvidence, judgement: Judgement) -> bool:
    """Do its words tell of trouble that this stream is not used to? A flood of such flags is no other normal."""
    return float(window.trouble.max()) >= TROUBLED and judgement.components.get("words", 0.0) <= TROUBLED_P


class Follower:
    """A baseline that moves with its stream.

    budget  share of normal windows that may be flagged   judge_anyone  for windows without a baseline
    waiting    unflagged windows that are not learnt yet
    """

    def __init__(
        self,
        baseline: Baseline,
        budget: float,
        judge_anyone: JudgeAnyone,
        waiting: Sequence[WindowEvidence] = (),
    ) -> None:
        self.baseline = baseline
        self.budget = budget
        self.judge_anyone = judge_anyone
        self.waiting = list(waiting)

    def follow(self, windows: Sequence[WindowEvidence]) -> list[Followed]:
        """What became of each window, in order."""
        followed: list[Followed] = []
        while len(followed) < len(windows):
            rest = windows[len(followed) :]
            followed += self._judge(rest[:_JUDGED_AT_ONCE]) if self.baseline.is_ready else self._learn(rest)
        return followed

    def _learn(self, windows: Sequence[WindowEvidence]) -> list[Followed]:
        """The next windows, as many as the baseline wants. A stream that learns again still judges trouble."""
        baseline = self.baseline
        room = baseline.wanted - baseline.progress[0]
        learnt: list[WindowEvidence] = []
        followed: list[Followed] = []
        known = baseline.judge(windows[:_JUDGED_AT_ONCE]) if baseline.has_drifted else ()
        for row, window in enumerate(windows[:_JUDGED_AT_ONCE]):
            if len(learnt) == room:
                break
            if known and is_troubled(window, known[row]):
                flagged = known[row].strangeness > baseline.threshold(self.budget)
                followed.append(Followed(known[row], baseline, is_flagged=flagged))
                continue
            learnt.append(window)
            followed.append(Followed(self.judge_anyone(window), baseline, is_learning=True))
        self.baseline = baseline.observe(learnt)
        return followed

    def _judge(self, windows: Sequence[WindowEvidence]) -> list[Followed]:
        """The next windows, up to the one after which the baseline has drifted or has learnt what waits."""
        baseline = self.baseline
        followed: list[Followed] = []
        for window, judgement in zip(windows, baseline.judge(windows), strict=True):
            is_flagged = judgement.strangeness > baseline.threshold(self.budget)
            self.baseline = self.baseline.after_flag(is_flagged and not is_troubled(window, judgement))
            is_turn = self.baseline.has_drifted
            followed.append(Followed(judgement, baseline, is_flagged=is_flagged, is_turn=is_turn))
            if is_turn:
                self.waiting.clear()
                break
            if followed[-1].is_calm:
                self.waiting.append(window)
                if self.baseline.is_outgrown_by(len(self.waiting)):
                    self.baseline = self.baseline.grown_by(self.waiting)
                    self.waiting.clear()
                    break
        return followed
