"""One flag, one question to a language model, one checked answer.

In: the model, the flag, the rules' analysis, what is known of the same trouble. Out: an Analysis. A reply that cannot
be used is sent back once with a complaint. What may fail: AnalysisFailed, ReplyInvalid.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from services.analyzer.evidence_pack import DEFAULT_BUDGET, Budget
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.past_verdicts import PastIncident, weigh_past
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_cache import ReplyCache, cache_key
from services.analyzer.reply_parsing import ReplyInvalid, parse_reply
from services.analyzer.schemas import Analysis
from shared.core.records import Flag

LEAST_REPAIR_S = 1.0


def answer(
    model: LanguageModel,
    flag: Flag,
    rules: Analysis,
    deadline_s: float,
    past: Sequence[PastIncident] = (),
    cache: ReplyCache | None = None,
    budget: Budget = DEFAULT_BUDGET,
) -> Analysis:
    """The model's checked analysis of ``flag``, which people's verdicts on the same trouble outweigh.

    Raises AnalysisFailed, ReplyInvalid.
    """
    end = time.monotonic() + deadline_s
    prompt = build_prompt(flag, rules, deadline_s=deadline_s, budget=budget, past=past)
    key = cache_key(prompt, flag, model) if cache else ""
    kept = cache.get(key) if cache else None
    if kept is not None:
        try:
            return weigh_past(parse_reply(kept, prompt, flag, rules, model.name), flag, past)
        except ReplyInvalid:
            pass  # it held for another window
    reply = model.analyze(prompt)
    try:
        analysis = parse_reply(reply, prompt, flag, rules, model.name)
    except ReplyInvalid as error:
        left_s = end - time.monotonic()
        if left_s < LEAST_REPAIR_S:
            raise
        reply = model.analyze(prompt.complaining(str(error), left_s))
        analysis = parse_reply(reply, prompt, flag, rules, model.name)
    if cache:
        cache.put(key, reply)
    return weigh_past(analysis, flag, past)
