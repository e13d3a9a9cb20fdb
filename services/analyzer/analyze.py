"""From a flag to an explained incident: the analyzer's use cases, without process or transport.

1. ``attach_due``: claim flags, read them by rules, attach each to its incident. The rules' answer is there at once.
2. ``ask_due``: for incidents that are new (or that have just become clear), ask the language model, once; its checked
   answer replaces the rules' one. If none comes, the incident says so (``degraded``) and it is asked again later.
3. ``deliver_due``: alerts whose time has come.

Every step can be repeated after a kill: attaching is idempotent, an answer counts only with its token, an alert is
marked before it is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import structlog

from services.analyzer.alerting import Alerter
from services.analyzer.answering import answer
from services.analyzer.evidence_pack import DEFAULT_BUDGET, Budget
from services.analyzer.history import past_of
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.past_verdicts import weigh_past
from services.analyzer.prompting import DEFAULT_DEADLINE_S
from services.analyzer.reply_cache import ReplyCache
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import ENGINE, explain, not_explained
from services.analyzer.schemas import Analysis
from services.analyzer.signature import VAGUE, Trouble, incident_for, trouble_of
from shared.core.feedback import Judged, Standing
from shared.core.records import Flag, Severity
from shared.core.taxonomy import Category
from shared.errors import AnalysisFailed
from shared.store.feedback import Feedbacks
from shared.store.flags import ClaimedFlag, FlagInbox
from shared.store.incidents import NO_ALERTS, Attachment, Incident, Incidents, PendingAnalysis, StoredAnalysis
from shared.telemetry import Refusal, count_refusal

MAX_ATTEMPTS = 5
MAX_CHOICES = 5
FIRST_BACKOFF_MS = 30_000
MAX_BACKOFF_MS = 30 * 60_000
_POLL_S = 0.1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AnalyzeOptions:
    """How the use cases behave; see settings.py for meanings. ``alert_wait_ms`` counts only with a model."""

    language: str | None = None
    lease_ms: int = 120_000
    batch_flags: int = 50
    deadline_s: float = DEFAULT_DEADLINE_S
    concurrency: int = 8
    window_chars: int = DEFAULT_BUDGET.window_chars
    model_attempts: int = 4
    alert_min_severity: Severity = Severity.MEDIUM
    alert_wait_ms: int = 45_000
    budget_s: float = 60.0


class AnalyzeDue:
    """Call it: everything that is due is done, for at most about ``budget_s``."""

    def __init__(
        self,
        inbox: FlagInbox,
        incidents: Incidents,
        model: LanguageModel | None,
        alerter: Alerter | None,
        options: AnalyzeOptions,
        now_ms: Callable[[], int],
        feedback: Feedbacks | None = None,
    ) -> None:
        self._feedback = feedback
        self._inbox, self._incidents, self._model, self._alerter = inbox, incidents, model, alerter
        self._options, self._now_ms, self._cache = options, now_ms, ReplyCache()
        self._budget = Budget(window_chars=options.window_chars)

    @property
    def model(self) -> LanguageModel | None:
        return self._model

    def __call__(self) -> int:
        """How many flags were attached."""
        end = time.monotonic() + self._options.budget_s
        attached = 0
        while time.monotonic() < end:
            fresh = self.attach_due()
            asked = self.ask_due()
            delivered = self.deliver_due()
            attached += fresh
            if not (fresh or asked or delivered):
                break
        return attached

    def is_due(self, now_ms: int) -> bool:
        """Is there anything to do?"""
        return (
            self._inbox.has_due(now_ms)
            or (self._model is not None and self._incidents.has_pending(now_ms))
            or (self._alerter is not None and self._alerter.has_due(now_ms))
        )

    def attach_due(self) -> int:
        """Attach claimed flags to incidents; how many were claimed."""
        claimed = self._inbox.claim(self._now_ms(), self._options.lease_ms, self._options.batch_flags)
        if claimed and self._feedback is not None:
            self._feedback.end_expired(self._now_ms())
        for entry in claimed:
            if entry.flag is None:
                count_refusal("analyzer", Refusal.ANALYSIS_REJECTED)
                self._inbox.drop(entry.window_id)
            else:
                self._attach(entry.flag, self._read(entry, entry.flag))
        return len(claimed)

    def ask_due(self) -> int:
        """Ask the language model about pending incidents; flags that arrive meanwhile are still attached at once."""
        if self._model is None:
            return 0
        options = self._options
        pending = self._incidents.claim_analyses(self._now_ms(), options.lease_ms, options.concurrency)
        if not pending:
            return 0
        with ThreadPoolExecutor(options.concurrency, thread_name_prefix="ask") as pool:
            running: set[Future[None]] = {pool.submit(self._ask, self._model, entry) for entry in pending}
            while running:
                done, running = wait(running, timeout=_POLL_S)
                for future in done:
                    future.result()
                self.attach_due()
        return len(pending)

    def deliver_due(self) -> int:
        """Send alerts that are due; how many were taken."""
        return self._alerter.deliver_due(self._now_ms) if self._alerter else 0

    def _read(self, entry: ClaimedFlag, flag: Flag) -> Analysis:
        """The rules' reading; a flag that has failed too often is attached without one: nothing must wait for it."""
        if entry.attempts > MAX_ATTEMPTS:
            count_refusal("analyzer", Refusal.ANALYSIS_REJECTED)
            return not_explained(flag, self._options.language)
        return explain(flag, self._options.language)

    def _attach(self, flag: Flag, analysis: Analysis) -> None:
        trouble = trouble_of(flag, analysis)
        for _ in range(MAX_CHOICES):
            version, standing = self._standing(flag, trouble)
            warm = self._incidents.warm(trouble.stream)
            incident_id = incident_for(trouble, [(incident.incident_id, _trouble_of(incident)) for incident in warm])
            chosen = next((incident for incident in warm if incident.incident_id == incident_id), None)
            judged = weigh_past(analysis, flag, past_of(trouble, self._incidents, warm))
            attachment = self._attachment(flag, judged, trouble, incident_id, chosen, warm, version, standing)
            outcome = self._incidents.attach(attachment, self._now_ms())
            if not outcome.is_stale:
                if outcome.change:
                    log.info("incident_changed", incident=outcome.incident_id, change=outcome.change)
                return

    def _attachment(
        self,
        flag: Flag,
        analysis: Analysis,
        trouble: Trouble,
        incident_id: str,
        chosen: Incident | None,
        warm: list[Incident],
        feedback_version: int | None,
        standing: Standing,
    ) -> Attachment:
        silence = standing.silenced_by
        is_clearer = chosen is not None and _is_clearer(analysis, chosen)
        return Attachment(
            window_id=flag.window_id,
            incident_id=incident_id,
            stream=trouble.stream,
            signature=trouble.signature,
            seen_ms=flag.flagged_at_ms,
            first_seq=trouble.first_seq,
            last_seq=trouble.last_seq,
            analysis=stored(analysis),
            templates=trouble.templates
            | (chosen.templates if chosen and len(chosen.templates) < 16 else frozenset()),
            flag_templates=trouble.templates,
            event_ms=trouble.event_ms,
            known=[incident.incident_id for incident in warm],
            replaces_analysis=is_clearer,
            wants_model=self._model is not None and silence is None,
            alert_after_ms=self._alert_after_ms(analysis, standing),
            feedback_version=feedback_version,
            silenced_by=silence.feedback_id if silence else "",
        )

    def _standing(self, flag: Flag, trouble: Trouble) -> tuple[int | None, Standing]:
        """(version of feedback, what it makes of the flag)."""
        if self._feedback is None:
            return None, Standing()
        windows = frozenset((flag.window_id,))
        judged = Judged(trouble.stream, trouble.signature, trouble.templates, windows)
        return self._feedback.standing(judged, self._now_ms())

    def _alert_after_ms(self, analysis: Analysis, standing: Standing) -> int:
        order = list(Severity)
        is_grave = order.index(analysis.severity) >= order.index(self._options.alert_min_severity)
        is_benign = analysis.category is Category.BENIGN and not standing.is_protected
        if self._alerter is None or standing.silenced_by or is_benign or not is_grave:
            return NO_ALERTS
        return self._options.alert_wait_ms if self._model else 0

    def _ask(self, model: LanguageModel, pending: PendingAnalysis) -> None:
        flag = self._inbox.read(pending.window_id)
        if flag is None:
            self._incidents.forget_pending(pending)
            return
        rules = explain(flag, self._options.language)
        past = past_of(trouble_of(flag, rules), self._incidents)
        try:
            analysis = answer(model, flag, rules, self._options.deadline_s, past, self._cache, self._budget)
        except (AnalysisFailed, ReplyInvalid) as error:
            count_refusal("analyzer", Refusal.ANALYSIS_REJECTED)
            log.warning("no_model_answer", incident=pending.incident_id, reason=str(error), attempt=pending.attempts)
            self._incidents.store_analysis(
                pending,
                stored(weigh_past(rules.model_copy(update={"degraded": True}), flag, past)),
                self._now_ms(),
                self._ask_again_ms(pending),
            )
            return
        if not self._incidents.store_analysis(pending, stored(analysis), self._now_ms()):
            count_refusal("analyzer", Refusal.STALE_COMMIT)

    def _ask_again_ms(self, pending: PendingAnalysis) -> int | None:
        if pending.attempts >= self._options.model_attempts:
            return None
        return self._now_ms() + min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS << 2 * (pending.attempts - 1))


def stored(analysis: Analysis) -> StoredAnalysis:
    """The analysis as the store takes it."""
    return StoredAnalysis(
        title=analysis.title,
        category=analysis.category.value,
        severity=analysis.severity,
        engine=analysis.engine,
        document=analysis.model_dump_json(),
    )


def _trouble_of(incident: Incident) -> Trouble:
    """An incident as ``incident_for`` compares it."""
    return Trouble(
        incident.stream,
        Category(incident.category) if incident.category in Category._value2member_map_ else Category.UNKNOWN,
        incident.templates,
        incident.first_seq,
        incident.last_seq,
        incident.last_seen_ms,
        incident.event_ms,
    )


def _is_clearer(analysis: Analysis, incident: Incident) -> bool:
    """The incident shows a vague reading by rules, and this one names a cause."""
    shown = incident.category
    return incident.analysis_engine == ENGINE and shown in VAGUE and analysis.category not in VAGUE
