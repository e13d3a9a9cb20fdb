"""The evaluation card of an adapter: what it learnt from, how it was measured, what was decided; JSON and words."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from services.trainer.tuning.fit import Fitted
from services.trainer.tuning.plan import TunePlan
from services.trainer.tuning.rows import Divided, TuneRow, counts_of
from services.trainer.tuning.scores import Compared, Decision, Score

CARD_JSON = "eval_card.json"
CARD_MARKDOWN = "EVAL_CARD.md"
MAX_CURVE_POINTS = 50
_PACKAGES = ("torch", "transformers", "peft", "trl", "bitsandbytes", "llguidance", "unsloth")


def versions() -> dict[str, str]:
    """Of the libraries that shape the weights; those that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def training_facts(plan: TunePlan, fitted: Fitted) -> dict[str, Any]:
    """How the weights came to be: goes into the manifest too."""
    return {
        "backend": plan.backend,
        "rank": plan.rank,
        "learning_rate": plan.learning_rate,
        "steps": fitted.steps,
        "rows_per_step": plan.batch * plan.accumulate,
        "seed": plan.seed,
        "is_4bit": plan.is_4bit,
        "compute": fitted.compute,
        "versions": versions(),
    }


def card_of(
    plan: TunePlan,
    fitted: Fitted,
    divided: Divided,
    golden_rows: tuple[TuneRow, ...],
    unseen: Compared,
    golden: Compared,
    decision: Decision,
    digests: dict[str, str],
    left_out: int,
    created: str,
) -> dict[str, Any]:
    """The card as JSON."""
    return {
        "created": created,
        "base": plan.base_name,
        **digests,
        "rows": {
            "training": counts_of(divided.training),
            "unseen": counts_of(divided.unseen),
            "golden": counts_of(golden_rows),
            "left_out_as_too_long": left_out,
            "left_out_as_known_from_training": divided.leaked,
        },
        "training": training_facts(plan, fitted)
        | {
            "seconds": round(fitted.seconds, 1),
            "trainable_parameters": fitted.trainable,
            "layers": fitted.layers,
            "layers_4bit": fitted.layers_4bit,
            "peak_gpu_bytes": fitted.peak_gpu_bytes,
        },
        "losses": thinned(fitted.losses),
        "unseen": unseen.to_json(),
        "golden": golden.to_json(),
        "is_promoted": decision.is_promoted,
        "reasons": list(decision.reasons),
    }


def with_merged(card: dict[str, Any], precision: str, unseen: Score, golden: Score) -> dict[str, Any]:
    """The card of the merged model: its own scores beside the adapter's."""
    merged = {"precision": precision, "unseen": unseen.to_json(), "golden": golden.to_json()}
    return card | {"merged": merged}


def thinned(losses: list[tuple[int, float]]) -> list[list[float]]:
    """At most MAX_CURVE_POINTS of the curve, the first and the last among them."""
    last = len(losses) - 1
    count = min(len(losses), MAX_CURVE_POINTS)
    places = sorted({round(place * last / max(count - 1, 1)) for place in range(count)})
    return [[losses[place][0], round(losses[place][1], 4)] for place in places]


def in_words(card: dict[str, Any]) -> str:
    """The card as Markdown."""
    training, losses = card["training"], card["losses"]
    verdict = "Promoted." if card["is_promoted"] else "Not promoted: " + "; ".join(card["reasons"]) + "."
    lines = [
        f"# Adapter for {card['base']}",
        "",
        verdict,
        "",
        "| rows | before | after | gained | lost |",
        "|---|---|---|---|---|",
        _line("unseen", card["unseen"]),
        _line("golden (forgetting)", card["golden"]),
        "",
        "Exact accuracy of the category in answers constrained to the reply's schema. A row counts once; what was",
        "gained and what was lost says how sure the difference is: 3 gained and 1 lost may be chance.",
        "",
        f"- Base: `{card['base']}`, sha256 `{card['base_sha256']}`",
        f"- Data: sha256 `{card['data_sha256']}`; rows by category: {_counts(card['rows']['training'])}",
        f"- Left out: {card['rows']['left_out_as_too_long']} rows too long, "
        f"{card['rows']['left_out_as_known_from_training']} unseen rows whose window is in training",
        f"- Training: {training['steps']} steps of {training['rows_per_step']} rows, rank {training['rank']}, "
        f"{training['trainable_parameters']} weights on {training['layers']} layers "
        f"({training['layers_4bit']} of them in 4 bits), {training['seconds']} s on {training['compute']}, "
        f"seed {training['seed']}, {training['backend']}",
        f"- Versions: {', '.join(f'{name} {number}' for name, number in training['versions'].items())}",
        f"- Loss: {' → '.join(f'{loss:.3f} (step {step})' for step, loss in _few(losses))}",
    ]
    if "merged" in card:
        merged = card["merged"]
        lines.append(
            f"- Merged in {merged['precision']}: unseen {_share(merged['unseen'])}, golden {_share(merged['golden'])}"
        )
    return "\n".join(lines) + "\n"


def _line(name: str, compared: dict[str, Any]) -> str:
    before, after = compared["before"], compared["after"]
    return f"| {name} | {_share(before)} | {_share(after)} | {compared['gained']} | {compared['lost']} |"


def _share(score: dict[str, Any]) -> str:
    return f"{score['accuracy']:.1%} ({score['right']} of {score['rows']})" if score["rows"] else "not measured"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _few(losses: list[list[float]]) -> list[list[float]]:
    return losses if len(losses) <= 5 else [losses[round(place * (len(losses) - 1) / 4)] for place in range(5)]
