"""The use case: from labelled rows to an adapter in the registry, measured before and after, promoted or not.

In: a plan, rows, golden rows (what must not be forgotten), and an ``Answerer`` that asks a model just as the analyzer
does: what is measured is what will be served. Out: a Tuned. Raises TuningRefused, ArtefactInvalid.
"""

from __future__ import annotations

import datetime
import gc
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.trainer.pace import Say
from services.trainer.tuning.card import CARD_JSON, CARD_MARKDOWN, card_of, in_words, training_facts, with_merged
from services.trainer.tuning.fit import Fitted, fit, require_libraries
from services.trainer.tuning.merge import merge_adapter, stored_dtype
from services.trainer.tuning.plan import TunePlan, TuningRefused
from services.trainer.tuning.rows import Divided, TuneRow, counts_of, digest_of, divide
from services.trainer.tuning.scores import Answerer, Compared, Decision, Score, decide, score
from shared.artefacts.adapters import base_sha256, promote, write_adapter_manifest
from shared.artefacts.publishing import incoming, publish
from shared.core.chat_encoding import ChatEncoder, ChatUnsupported, EncodedChat


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run would do. ``left_out``: training rows that are longer than ``max_tokens``."""

    divided: Divided
    chats: list[EncodedChat]
    left_out: int
    base_sha256: str
    data_sha256: str
    steps: int

    def to_json(self) -> dict[str, Any]:
        lengths = sorted(len(chat.ids) for chat in self.chats)
        return {
            "rows": counts_of(self.divided.training),
            "unseen": counts_of(self.divided.unseen),
            "left_out_as_too_long": self.left_out,
            "left_out_as_known_from_training": self.divided.leaked,
            "tokens": {"median": lengths[len(lengths) // 2], "longest": lengths[-1], "all": sum(lengths)},
            "steps": self.steps,
            "base_sha256": self.base_sha256,
            "data_sha256": self.data_sha256,
        }


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of it. ``merged``: directory of the merged model, if one was asked for."""

    version: str
    directory: Path
    card: dict[str, Any]
    decision: Decision
    merged: Path | None = None


def prepare(plan: TunePlan, rows: Sequence[TuneRow]) -> Prepared:
    """Everything short of training; what a dry run shows."""
    require_libraries(plan)
    chats, left_out = [], 0
    divided = divide(rows)
    encoder = ChatEncoder(_tokenizer(plan))
    for row in divided.training:
        try:
            chat = encoder.encode_answered(row.messages)
        except ChatUnsupported as error:
            raise TuningRefused(
                f"the base cannot be asked like this: {error}", "take an instruction-tuned base"
            ) from error
        if len(chat.ids) <= plan.max_tokens:
            chats.append(chat)
        else:
            left_out += 1
    if not chats:
        raise TuningRefused(f"every row is longer than {plan.max_tokens} tokens", "raise --max-tokens")
    return Prepared(divided, chats, left_out, base_sha256(plan.base), digest_of(rows), plan.steps_for(len(chats)))


def tune(
    plan: TunePlan,
    rows: Sequence[TuneRow],
    golden: Sequence[TuneRow],
    answer: Answerer,
    say: Say,
    *,
    merge: bool = False,
) -> Tuned:
    """Run the plan."""
    if merge:
        stored_dtype(plan.base)  # refuse before the hours of training, not after them
    prepared = prepare(plan, rows)
    divided, asked = prepared.divided, (*prepared.divided.unseen, *golden)
    say(f"measuring the base on {len(divided.unseen)} unseen and {len(golden)} golden rows")
    before = _scores(answer(plan.base, None, asked, is_4bit=plan.is_4bit), divided.unseen, golden)
    work = plan.registry / f".run-{plan.digest(prepared.base_sha256, prepared.data_sha256)}"
    with incoming(plan.registry) as fresh:
        fitted = fit(plan, _tokenizer(plan), prepared.chats, work, fresh, say)
        _free_memory()
        manifest = write_adapter_manifest(
            fresh,
            created=_now(),
            base=plan.base_name,
            base_digest=prepared.base_sha256,
            data_digest=prepared.data_sha256,
            training=training_facts(plan, fitted),
        )
        say("measuring the adapter on the same rows")
        after = _scores(answer(plan.base, fresh, asked, is_4bit=plan.is_4bit), divided.unseen, golden)
        unseen, remembered = Compared(before[0], after[0]), Compared(before[1], after[1])
        decision = decide(unseen, remembered)
        card = _card(plan, fitted, prepared, golden, unseen, remembered, decision)
        _write_card(fresh, card)
        merged = _merged(plan, fresh, manifest.version, card, divided.unseen, golden, answer, say) if merge else None
        directory = publish(fresh, plan.registry, manifest.version)
    if decision.is_promoted:
        promote(plan.registry, manifest.version)
    shutil.rmtree(work, ignore_errors=True)
    return Tuned(manifest.version, directory, card, decision, merged)


def _merged(
    plan: TunePlan,
    adapter: Path,
    version: str,
    card: dict[str, Any],
    unseen: Sequence[TuneRow],
    golden: Sequence[TuneRow],
    answer: Answerer,
    say: Say,
) -> Path:
    """Merge, measure what came out, publish it beside the adapter."""
    with incoming(plan.registry) as fresh:
        precision = merge_adapter(plan.base, adapter, fresh)
        _free_memory()
        say(f"measuring the model merged in {precision}")
        scores = _scores(answer(fresh, None, (*unseen, *golden), is_4bit=False), unseen, golden)
        _write_card(fresh, with_merged(card, precision, *scores))
        return publish(fresh, plan.registry, f"{version}-merged")


def _scores(answers: Sequence[str], unseen: Sequence[TuneRow], golden: Sequence[TuneRow]) -> tuple[Score, Score]:
    return score(unseen, answers[: len(unseen)]), score(golden, answers[len(unseen) :])


def _card(
    plan: TunePlan,
    fitted: Fitted,
    prepared: Prepared,
    golden: Sequence[TuneRow],
    unseen: Compared,
    remembered: Compared,
    decision: Decision,
) -> dict[str, Any]:
    digests = {"base_sha256": prepared.base_sha256, "data_sha256": prepared.data_sha256}
    return card_of(
        plan,
        fitted,
        prepared.divided,
        tuple(golden),
        unseen,
        remembered,
        decision,
        digests,
        prepared.left_out,
        _now(),
    )


def _write_card(directory: Path, card: dict[str, Any]) -> None:
    (directory / CARD_JSON).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (directory / CARD_MARKDOWN).write_text(in_words(card), encoding="utf-8")


def _tokenizer(plan: TunePlan) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(plan.base, trust_remote_code=False, local_files_only=True)
    if not getattr(tokenizer, "chat_template", None):
        raise TuningRefused("the base has no chat template", "take an instruction-tuned base")
    return tokenizer


def _free_memory() -> None:
    """Before the next model is loaded: two of them may not fit."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
