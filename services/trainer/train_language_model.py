"""Makes the analyzer's language model from nothing: ``python -m services.trainer.train_language_model --output DIR``.

Composes windows of incidents with known answers, learns the vocabulary on them, trains the network, exports it at 4
bits, measures it on templates and systems that training never saw, and proves the directory by a manifest. The rows
are made while they are read: nothing has to be stored, and ``--seed`` with ``--steps`` makes a run repeatable.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer

from services.trainer.compute import DEVICES, PRECISIONS, Compute
from services.trainer.datasets.incidents.generate import generate_rows
from services.trainer.datasets.incidents.rows import LICENSE, SOURCE, Row
from services.trainer.datasets.incidents.splitting import Split
from services.trainer.language_model.examples import Batch, Example, batches, example_of
from services.trainer.language_model.export import export_graph, measure_parity
from services.trainer.language_model.fit import FitOptions, fit
from services.trainer.language_model.judge import judge, read_by
from services.trainer.language_model.network import SIZES, build_network
from services.trainer.language_model.vocabulary import learn_vocabulary
from services.trainer.pace import Pace, say_on_stderr
from shared.artefacts.language_model import GRAPH, VOCABULARY, LanguageModelManifest, write_language_model
from shared.core.compact_window import compact_line

_ENDLESS = 10**9
_PARITY_WINDOWS = 100
_EXAMPLES = """examples:
  80 minutes of one core (what the shipped model had):
    python -m services.trainer.train_language_model --output models/analyzer/language_model --minutes 80
  a smaller one in a quarter of an hour:
    python -m services.trainer.train_language_model --output DIR --size mini --minutes 15
  29 M parameters in half an hour of a GPU, stored at 4 bits:
    python -m services.trainer.train_language_model --output DIR --size base --device cuda --tokens 65536 --minutes 30
  a repeatable run:
    python -m services.trainer.train_language_model --output DIR --steps 3000 --seed 1
"""


@dataclass(frozen=True, slots=True)
class LanguagePlan:
    """One run.

    minutes, steps   of training, steps win; export comes on top      tokens  in a batch, padding included
    vocabulary_rows  windows that the vocabulary is learnt on         judged  windows of each held-out split
    """

    output: Path
    size: str = "small"
    minutes: float = 80.0
    steps: int | None = None
    tokens: int = 1024
    rate: float = 3e-3
    seed: int = 0
    threads: int = 1
    device: str = "auto"
    precision: str = "auto"
    checkpoint: Path | None = None
    vocabulary_rows: int = 8_000
    judged: int = 600


def train(plan: LanguagePlan) -> LanguageModelManifest:
    """Run the plan. Raises ExportFailed, OSError."""
    compute = Compute.choose(plan.device, plan.precision, plan.threads)
    tokenizer = vocabulary_of(plan)
    model = build_network(SIZES[plan.size], tokenizer.get_vocab_size(), plan.seed)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    say_on_stderr(f"{parameters / 1e6:.1f} M parameters, {tokenizer.get_vocab_size()} tokens, on {compute}")
    pace = Pace("language model", plan.minutes * 60, plan.steps)
    seen = _Counted(batches(_examples(plan.seed), tokenizer, Random(plan.seed), plan.tokens))
    fit(model, seen, pace, compute, FitOptions(plan.rate, checkpoint=plan.checkpoint))
    say_on_stderr("exporting, measuring")
    plan.output.mkdir(parents=True, exist_ok=True)
    export_graph(model, tokenizer, plan.output / GRAPH, SIZES[plan.size].stored)
    (plan.output / VOCABULARY).write_text(tokenizer.to_str(), encoding="utf-8")
    training: dict[str, Any] = {
        "data": SOURCE,
        "size": plan.size,
        "stored": SIZES[plan.size].stored,
        "parameters": parameters,
        "seed": plan.seed,
        "steps": pace.done,
        "windows": seen.windows,
        "tokens": seen.tokens,
        "minutes": round(pace.elapsed_s / 60, 1),
        "compute": f"{compute}, {plan.threads} threads",
        "torch": torch.__version__,
    }
    return write_language_model(
        plan.output,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        licence=LICENSE,
        training=training,
        metrics=measure(model, tokenizer, plan),
    )


def vocabulary_of(plan: LanguagePlan) -> Tokenizer:
    """Learnt on the words of training rows alone."""
    rows = (row for row in generate_rows(plan.vocabulary_rows, plan.seed) if _is_for_training(row))
    words = (compact_line(text).words for row in rows for text in row["window"])
    return learn_vocabulary(words, SIZES[plan.size].vocabulary)


def measure(model: Any, tokenizer: Tokenizer, plan: LanguagePlan) -> dict[str, Any]:
    """What the graph finds on both held-out splits, and how far it is from the network."""
    found: dict[str, Any] = {}
    for split in (Split.VALIDATION, Split.TEST):
        rows = (row for row in generate_rows(_ENDLESS, plan.seed + 1) if row["split"] == split)
        examples = [example_of(row) for row in itertools.islice(rows, plan.judged)]
        found[split.value] = judge(read_by(plan.output / GRAPH), tokenizer, examples)
        if split is Split.VALIDATION:
            windows = [example.ids(tokenizer) for example in examples[:_PARITY_WINDOWS]]
            found["parity_with_torch"] = measure_parity(model, plan.output / GRAPH, windows)
    return found


def _examples(seed: int) -> Iterator[Example]:
    """Training windows without end, other ones than the vocabulary's and the judged."""
    return (example_of(row) for row in generate_rows(_ENDLESS, seed + 1_000) if _is_for_training(row))


def _is_for_training(row: Row) -> bool:
    return bool(row["split"] == Split.TRAIN)


class _Counted:
    """Batches, and what they held."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self.tokens = self.windows = 0

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        batch = next(self._batches)
        self.tokens += batch.ids.numel()
        self.windows += len(batch.ids)
        return batch


def main() -> None:
    """The command line."""
    plan = LanguagePlan(Path())
    parser = argparse.ArgumentParser(
        prog="services.trainer.train_language_model",
        description=(__doc__ or "").split("\n")[0],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, required=True, help="directory of the artefact")
    parser.add_argument("--size", choices=sorted(SIZES), default=plan.size)
    parser.add_argument("--minutes", type=float, default=plan.minutes, help="how long to train; export comes on top")
    parser.add_argument("--steps", type=int, help="instead of minutes")
    parser.add_argument("--tokens", type=int, default=plan.tokens, help="in a batch")
    parser.add_argument("--rate", type=float, default=plan.rate, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--threads", type=int, default=plan.threads)
    parser.add_argument("--device", choices=DEVICES, default=plan.device, help="auto: a CUDA device if there is one")
    parser.add_argument(
        "--precision", choices=PRECISIONS, default=plan.precision, help="auto: bfloat16 where the hardware has it"
    )
    parser.add_argument("--checkpoint", type=Path, help="written now and then; a run that finds one goes on from it")
    manifest = train(LanguagePlan(**vars(parser.parse_args())))
    say_on_stderr(f"language model {manifest.version}: {manifest.metrics}")


if __name__ == "__main__":
    main()
