"""Fits how much each reader of the embedded engine counts: ``python -m loglynx.fit_embedded --models DIR``.

The trainer and the analyzer do not know each other; this knows both. In: the line model, the window reader and the
language model, and incidents of the validation split (templates and systems that no reader was trained on). Out:
``mix.json`` with the weights, and a section of the model card: what each reader reaches alone and together, on
validation and on the test split, and which ones serve which field. Validation chooses, by halves that are fitted and
judged in turn; the test split only reports.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from loglynx.embedded_card import EngineFigures, write_section
from loglynx.incident_prompts import flag_of
from services.analyzer.embedded.engine import EmbeddedEngine
from services.analyzer.embedded.engine import Readers as LoadedReaders
from services.analyzer.embedded.fitting import Judged, fit_mix, measure
from services.analyzer.embedded.loading import MIX, load_readers, mix_document
from services.analyzer.embedded.mixing import MixWeights
from services.analyzer.embedded.opinions import READERS
from services.analyzer.prompting import build_prompt
from services.analyzer.rules import explain
from services.trainer.datasets.incidents.generate import generate_rows
from services.trainer.datasets.incidents.splitting import Split
from shared.core.taxonomy import Category

Readers = tuple[str, ...]
WITHOUT_LANGUAGE: Readers = ("window", "linear", "rules")
SETS: tuple[Readers, ...] = (
    ("rules",),
    ("linear",),
    ("window",),
    ("language",),
    ("linear", "rules"),
    WITHOUT_LANGUAGE,
    ("language", "window"),
    ("language", "linear", "rules"),
    ("language", "window", "rules"),
    READERS,
)
_ENDLESS = 10**9


@dataclass(frozen=True, slots=True)
class Choice:
    """Which readers choose the lines, which the category."""

    evidence: Readers
    category: Readers


def judged_windows(engine: EmbeddedEngine, split: Split, count: int, seed: int) -> Iterator[Judged]:
    """What the readers make of ``count`` windows of one split."""
    rows = (row for row in generate_rows(_ENDLESS, seed) if row["split"] == split)
    for row in itertools.islice(rows, count):
        flag = flag_of(row["window"])
        prompt = build_prompt(flag, explain(flag), nonce="0")
        evidence = frozenset(list(prompt.lines).index(number) for number in row["target"]["evidence"])
        yield Judged(
            engine.opinions(prompt),
            evidence,
            Category(row["target"]["category"]),
            tuple((text, prompt.spans.get(number, ())) for number, text in prompt.lines.items()),
            frozenset(entity["span"] for entity in row["target"]["entities"]),
        )


def crossed(windows: Sequence[Judged], choice: Choice) -> dict[str, float]:
    """Figures on each half with weights of the other, averaged."""
    halves = windows[0::2], windows[1::2]
    found = [measure(half, _fit(other, choice)) for half, other in (halves, halves[::-1])]
    return {key: round((found[0][key] + found[1][key]) / 2, 3) for key in found[0]} | {"windows": len(windows)}


def choose(figures_of: Callable[[Choice], dict[str, float]], sets: Sequence[Readers]) -> Choice:
    """The set that finds the lines best, and behind it the set that names the category best."""
    evidence = max(sets, key=lambda some: figures_of(Choice(some, some))["evidence_f1"])
    return max((Choice(evidence, some) for some in sets), key=lambda choice: figures_of(choice)["category_right"])


def sets_for(readers: LoadedReaders) -> list[Readers]:
    """Those of SETS whose readers are all there."""
    missing = {
        name for name, reader in (("language", readers.language), ("window", readers.window)) if reader is None
    }
    return [some for some in SETS if not missing & set(some)]


def _fit(windows: Sequence[Judged], choice: Choice) -> MixWeights:
    return fit_mix(windows, choice.category, choice.evidence)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loglynx.fit_embedded", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", type=Path, required=True, help="directory of line model and language_model/")
    parser.add_argument("--windows", type=int, default=2_000, help="of each split")
    parser.add_argument("--seed", type=int, default=11)
    chosen = parser.parse_args()
    readers = load_readers(chosen.models)
    engine = EmbeddedEngine(readers)
    validation, test = (
        list(judged_windows(engine, split, chosen.windows, chosen.seed)) for split in (Split.VALIDATION, Split.TEST)
    )
    figures_of = cache(lambda choice: crossed(validation, choice))
    sets = sets_for(readers)
    figures = EngineFigures(chosen.windows, chosen.seed, {}, {})
    for some in sets:
        alone = Choice(some, some)
        figures.alone[" + ".join(some)] = (figures_of(alone), measure(test, _fit(validation, alone)))
        print(" + ".join(some), figures.alone[" + ".join(some)], file=sys.stderr, flush=True)
    fitted = {}
    for there in (readers, replace(readers, language=None), replace(readers, language=None, window=None)):
        choice = choose(figures_of, sets_for(there))
        weights = fitted[there.identity] = _fit(validation, choice)
        named = (" + ".join(choice.evidence), " + ".join(choice.category))
        figures.served[there.identity] = (named, figures_of(choice), measure(test, weights))
        print(there.identity, figures.served[there.identity], weights, file=sys.stderr, flush=True)
    document = mix_document(fitted, figures.as_json())
    (chosen.models / MIX).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    write_section(chosen.models, readers, figures)


if __name__ == "__main__":
    main()
