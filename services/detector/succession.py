"""Which model judges a stream while models come and go.

A baseline belongs to the model that it was learnt by. So when another model becomes the active one, the old one goes
on judging every stream that it knows, while the active one learns the stream's calm windows beside it; as soon
as that baseline is ready, the active model judges. Who comes back finds the baseline that it had. A stream that no
model can judge yet learns with the active one. A model may come with a baseline of a stream (retraining makes such
models): it judges at once, for it knows the stream. Pure; see docs/adr/0007-baselines-belong-to-models.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.store.baselines import JUDGE, StreamBaselines

Read = Callable[[bytes], Baseline | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """One stream under an active model.

    judge     version of the model that judges it, or learns it where none can judge     baseline  its baseline there
    heir      the active model's baseline, while another model judges; else None
    stored    who judges by what is stored     kept  what else is stored: versions of other models
    is_given  the active model's baseline came with the model, and is not stored yet
    """

    active: str
    judge: str
    baseline: Baseline
    heir: Baseline | None = None
    stored: str = ""
    kept: frozenset[str] = frozenset()
    is_given: bool = False

    @classmethod
    def of(
        cls, found: StreamBaselines, active: str, read: Read, fresh: Baseline, given: Baseline | None = None
    ) -> Standing:
        """``read`` gives None for what cannot be read; ``given`` came with the active model. Of two that can judge,
        the one that was learnt here holds."""
        own = _read(found, active, read)
        is_given = given is not None and (own is None or not can_judge(own))
        own = given if is_given and given is not None else own or fresh
        kept = frozenset(found.blobs) - {active}
        if found.judge not in ("", active) and not can_judge(own):
            elder = _read(found, found.judge, read)
            if elder is not None and can_judge(elder):
                return cls(active, found.judge, elder, own, found.judge, kept - {found.judge}, is_given)
        return cls(active, active, own, None, found.judge, kept, is_given)

    @property
    def events(self) -> int:
        """In the windows of the stream's baselines."""
        return self.baseline.events + (0 if self.heir is None else self.heir.events)

    def settled(self) -> Standing:
        """Between two batches: an heir that is ready takes over."""
        return self.succeeded() if self.heir is not None and can_judge(self.heir) else self

    def succeeded(self) -> Standing:
        """The heir takes over, ready or not: so it must be where the judge's model is gone."""
        if self.heir is None:
            return self
        return replace(self, judge=self.active, baseline=self.heir, heir=None, kept=self.kept | {self.judge})

    def after(
        self, baseline: Baseline, calm: Sequence[WindowEvidence], excused: Sequence[WindowEvidence] = ()
    ) -> Standing:
        """After a batch that left the judge with ``baseline``. Where the active model learns beside: what it saw in
        windows that were neither flagged nor excused, and in those that the judge excused, as it will."""
        heir = None if self.heir is None else self.heir.observe(calm)
        if heir is not None and excused:
            heir = heir.excusing(excused)
        return replace(self, baseline=baseline, heir=heir)

    def stored_now(self, before: Standing) -> tuple[Standing, dict[str, bytes | None]]:
        """How it stands once what changed since ``before`` is written, and what that is. Whoever judged last is kept,
        to come back to; what is older goes."""
        changed: dict[str, bytes | None] = {}
        if self.is_given:
            changed[self.active] = (self.baseline if self.heir is None else self.heir).to_bytes()
        if self.baseline is not before.baseline:
            changed[self.judge] = self.baseline.to_bytes()
        if self.heir is not None and self.heir is not before.heir:
            changed[self.active] = self.heir.to_bytes()
        if not changed and self.stored in ("", self.judge):
            return self, {}
        if self.stored != self.judge:
            changed[JUDGE] = self.judge.encode()
        last = self.stored if self.stored in self.kept else ""
        kept = frozenset({last} if last else self.kept if len(self.kept) <= 1 else ())
        changed |= dict.fromkeys(self.kept - kept)
        return replace(self, stored=self.judge, kept=kept, is_given=False), changed


def can_judge(baseline: Baseline) -> bool:
    """Ready, or learning again after it was."""
    return baseline.is_ready or baseline.has_drifted


def _read(found: StreamBaselines, version: str, read: Read) -> Baseline | None:
    blob = found.blobs.get(version)
    return None if blob is None else read(blob)
