"""Fits how much each reader of the embedded engine counts: ``python -m loglynx.fit_embedded --models DIR``.

The trainer and the analyzer do not know each other; this knows both. In: the language model and the line model,
incidents of the validation split (templates and systems that no reader was trained on). Out: ``mix.json`` beside the
language model, with the weights, and what each reader and each set of readers reaches on validation and on the test
split. The test split chooses nothing. Each field's readers are those that do best on validation.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.analyzer.embedded.engine import EmbeddedEngine
from services.analyzer.embedded.fitting import Judged, fit_mix, measure
from services.analyzer.embedded.loading import MIX, load_readers, mix_document
from services.analyzer.embedded.mixing import MixWeights
from services.analyzer.embedded.opinions import READERS
from services.analyzer.prompting import build_prompt
from services.analyzer.rules import explain
from services.trainer.datasets.incidents.generate import generate_rows
from services.trainer.datasets.incidents.rows import Row
from services.trainer.datasets.incidents.splitting import Split
from shared.core.parsing import LineParser
from shared.core.records import Flag, FlaggedEvent, Verdict, VerdictState
from shared.core.taxonomy import Category

_ENDLESS = 10**9
WITHOUT_LANGUAGE = ("linear", "rules")
SETS: tuple[tuple[str, ...], ...] = (
    ("rules",),
    ("linear",),
    ("language",),
    ("linear", "rules"),
    ("language", "linear"),
    ("language", "rules"),
    READERS,
)


def judged_windows(engine: EmbeddedEngine, split: Split, count: int, seed: int) -> Iterator[Judged]:
    """What the readers make of ``count`` windows of one split."""
    rows = (row for row in generate_rows(_ENDLESS, seed) if row["split"] == split)
    for row in itertools.islice(rows, count):
        flag = flag_of(row)
        prompt = build_prompt(flag, explain(flag), nonce="0")
        evidence = frozenset(list(prompt.lines).index(number) for number in row["target"]["evidence"])
        yield Judged(engine.opinions(prompt), evidence, Category(row["target"]["category"]))


def flag_of(row: Row) -> Flag:
    """The row's lines as the detector would hand them over, with nothing said of what is odd."""
    numbers = tuple(range(1, len(row["window"]) + 1))
    verdict = Verdict("generated", "generated", numbers, VerdictState.FLAGGED, 0.5, 0.0, 0.0, "", 0)
    parser = LineParser()
    events = []
    for number, text in zip(numbers, row["window"], strict=True):
        level = parser.parse(text, 0).level
        events.append(FlaggedEvent(number, number, text, "", "" if level is None else level.name.lower()))
    return Flag(verdict, tuple(events), 0)


def fit(
    validation: Sequence[Judged], test: Sequence[Judged]
) -> tuple[dict[tuple[str, ...], MixWeights], dict[str, Any]]:
    """The weights of every set of readers, and their figures."""
    halves = validation[0::2], validation[1::2]
    figures: dict[str, Any] = {}
    fitted: dict[tuple[str, ...], MixWeights] = {}
    for readers in SETS:
        fitted[readers] = fit_mix(validation, readers)
        crossed = [measure(other, fit_mix(half, readers)) for half, other in (halves, halves[::-1])]
        mean = {key: round((crossed[0][key] + crossed[1][key]) / 2, 3) for key in crossed[0] if key != "windows"}
        name = " + ".join(readers)
        figures[name] = {"validation": mean, "test": measure(test, fitted[readers])}
        print(name, json.dumps(figures[name]), file=sys.stderr, flush=True)
    best = {
        field: " + ".join(max(SETS, key=lambda some: figures[" + ".join(some)]["validation"][field]))
        for field in ("evidence_f1", "category_right", "calibration_error")
    }
    return fitted, {"figures": figures, "best_on_validation": best}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="loglynx.fit_embedded", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", type=Path, required=True, help="directory of line model and language_model/")
    parser.add_argument("--windows", type=int, default=2_000, help="of each split")
    parser.add_argument("--seed", type=int, default=11)
    chosen = parser.parse_args()
    readers = load_readers(chosen.models)
    engine = EmbeddedEngine(readers)
    validation = list(judged_windows(engine, Split.VALIDATION, chosen.windows, chosen.seed))
    test = list(judged_windows(engine, Split.TEST, chosen.windows, chosen.seed))
    fitted, report = fit(validation, test)
    report["data"] = {"windows": chosen.windows, "seed": chosen.seed}
    served = {readers.identity: fitted[READERS if readers.language else WITHOUT_LANGUAGE]}
    served[replace(readers, language=None).identity] = fitted[WITHOUT_LANGUAGE]
    (chosen.models / MIX).write_text(json.dumps(mix_document(served, report), indent=1) + "\n", "utf-8")
    print(json.dumps(report["best_on_validation"]))


if __name__ == "__main__":
    main()
