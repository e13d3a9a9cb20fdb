"""Makes the analyzer's window reader: ``python -m services.trainer.train_window_reader --models models/analyzer``.

In: the line model in that directory, a detector's artefact (for its line encoder), generated windows. Out:
``window_reader/`` with a manifest that proves it and says how it does on templates and systems that training never
saw. Readers of lines are fitted five times, once without each quarter of the templates; the network that weighs them
is trained on what they say of templates that they never met. The same arguments give the same files on one machine.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import io
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from services.trainer.datasets.incidents.rows import LICENSE, SOURCE
from services.trainer.datasets.incidents.splitting import Split
from services.trainer.fit_line_model import FILE, Plan, quantised
from services.trainer.pace import say_on_stderr
from services.trainer.window_reader.corpus import Corpus, Lines, draw_corpus
from services.trainer.window_reader.line_readings import (
    ByMeaning,
    ByWords,
    Readings,
    read_by_meaning,
    read_by_words,
    read_linear,
    sample_of,
)
from services.trainer.window_reader.network import (
    NetworkPlan,
    Table,
    WindowTransformer,
    fit_network,
    loss_of,
    table_of,
)
from shared.artefacts.manifest import LINE_ENCODER, TOKENIZER, load_artefact
from shared.artefacts.shipped import shipped_model
from shared.artefacts.window_reader import (
    ENCODER,
    NETWORK,
    WindowReaderManifest,
    pack_network,
    unpack_network,
    write_window_reader,
)
from shared.artefacts.window_reader import TOKENIZER as READER_TOKENIZER
from shared.core.line_scoring import LineWeights
from shared.core.taxonomy import Category
from shared.core.window_network import LineInputs, WindowNetwork
from shared.errors import ArtefactInvalid
from shared.template_encoder import TemplateEncoder

DIRECTORY = "window_reader"
_PARITY_WINDOWS = 100
_MOST_DIFFERENCE = 2e-3  # nats
_EXAMPLES = """examples:
  what ships, some twenty minutes of one core:
    python -m services.trainer.train_window_reader --models models/analyzer
  a look in three minutes:
    python -m services.trainer.train_window_reader --models DIR --windows 4000 --judged 500
"""


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """One run. windows: of training; judged: of validation and test each; detector: whose line encoder is read."""

    models: Path
    detector: Path
    windows: int = 40_000
    judged: int = 2_000
    seed: int = 0
    epochs: int = 12


def train(plan: ReaderPlan) -> WindowReaderManifest:
    """Run the plan. Raises ArtefactInvalid, OSError."""
    started = time.monotonic()
    raw = (plan.models / FILE).read_bytes()
    line_model, categories = _line_model(raw)
    artefact = load_artefact(plan.detector)
    encoder_files = {ENCODER: artefact.read(LINE_ENCODER), READER_TOKENIZER: artefact.read(TOKENIZER)}
    max_tokens = artefact.manifest.shapes.max_tokens
    encoder = TemplateEncoder(encoder_files[ENCODER], encoder_files[READER_TOKENIZER], max_tokens)

    counts = {Split.TRAIN: plan.windows, Split.VALIDATION: plan.judged, Split.TEST: plan.judged}
    corpus = draw_corpus(counts, categories, plan.seed)
    say_on_stderr(f"{len(corpus.lines):,} distinct lines in {sum(counts.values()):,} windows")
    vectors = encoder.encode(corpus.lines.templates)
    say_on_stderr("lines encoded")

    by_words, by_meaning, readings = _line_readers(corpus, vectors, line_model, plan.seed)
    tables = {
        split: table_of(windows, readings, corpus.lines.levels, split is Split.TRAIN)
        for split, windows in corpus.windows.items()
    }
    shape = NetworkPlan(epochs=plan.epochs, seed=plan.seed)
    model = fit_network(tables[Split.TRAIN], len(categories), shape, _tell)
    network = assembled(by_words, by_meaning, model)

    output = plan.models / DIRECTORY
    output.mkdir(parents=True, exist_ok=True)
    content = pack_network(network)
    for name, stored in ({NETWORK: content} | encoder_files).items():
        (output / name).write_bytes(stored)
    metrics: dict[str, Any] = {
        split.value: judged(model, tables[split], corpus.windows[split].kind)
        for split in (Split.VALIDATION, Split.TEST)
    }
    stored_network = unpack_network(content, len(categories))
    metrics["nats_from_torch"] = parity(stored_network, model, corpus, tables[Split.VALIDATION], vectors, line_model)
    training = {
        "data": SOURCE,
        "windows": plan.windows,
        "distinct_lines": len(corpus.lines),
        "seed": plan.seed,
        "network": asdict(shape),
        "detector": artefact.version,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "torch": torch.__version__,
    }
    return write_window_reader(
        output,
        categories=categories,
        line_model=hashlib.sha256(raw).hexdigest(),
        max_tokens=max_tokens,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        licence=LICENSE,
        training=training,
        metrics=metrics,
    )


def assembled(by_words: ByWords, by_meaning: ByMeaning, model: WindowTransformer) -> WindowNetwork:
    """All parts as numpy runs them."""
    words, scale = quantised(by_words.words.weight.detach().numpy())
    named = {**_named(by_words, "by_words."), **_named(by_meaning, "by_meaning."), **_named(model, "")}
    return WindowNetwork(words, scale, {n: v for n, v in named.items() if not n.startswith("by_words.words")})


def judged(model: WindowTransformer, table: Table, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Shares of windows; ``kinds`` of windows apart."""
    with torch.no_grad():
        loss, evidence, category = loss_of(model, table)
    lines = table.is_evidence.gather(1, evidence.argmax(1, keepdim=True))[:, 0].numpy()
    named = (category.argmax(1) == table.category).numpy()
    of_kind = {kind: np.array([kind == other for other in kinds]) for kind in sorted(set(kinds))}
    return {
        "windows": len(lines),
        "nats": round(float(loss), 3),
        "line": round(float(lines.mean()), 3),
        "category": round(float(named.mean()), 3),
        "category_by_kind": {kind: round(float(named[rows].mean()), 3) for kind, rows in of_kind.items()},
    }


def parity(
    network: WindowNetwork,
    model: WindowTransformer,
    corpus: Corpus,
    table: Table,
    vectors: np.ndarray[Any, np.dtype[np.float32]],
    line_model: LineWeights,
) -> float:
    """The largest difference of numpy's reading from torch's, nats. Raises ArtefactInvalid beyond the bound."""
    windows = corpus.windows[Split.VALIDATION]
    with torch.no_grad():
        evidence, category = model(table.columns[:_PARITY_WINDOWS], table.is_there[:_PARITY_WINDOWS])
    worst = 0.0
    for row in range(min(_PARITY_WINDOWS, len(windows.category))):
        lines = windows.lines[row, windows.is_there[row]]
        found = network.read(_inputs(corpus.lines, lines, vectors, line_model))
        for said, expected in ((found.evidence, evidence[row]), (found.category, category[row])):
            is_likely = expected[: len(lines)].numpy() > -12
            worst = max(worst, float(np.abs(said - expected[: len(lines)].numpy())[is_likely].max()))
    if worst > _MOST_DIFFERENCE:
        raise ArtefactInvalid(f"numpy reads windows {worst:.4f} nats away from torch")
    return round(worst, 6)


def _line_readers(
    corpus: Corpus, vectors: np.ndarray[Any, np.dtype[np.float32]], line_model: LineWeights, seed: int
) -> tuple[ByWords, ByMeaning, Readings]:
    lines, sample, classes = corpus.lines, sample_of(corpus.windows[Split.TRAIN]), 1 + len(corpus.categories)
    linear = read_linear(lines, sample, classes, line_model, Plan(seed=seed))
    say_on_stderr("read by the line model")
    by_words, of_words = read_by_words(lines, sample, classes, seed)
    say_on_stderr("read by words")
    by_meaning, of_meaning = read_by_meaning(lines, vectors, sample, classes, seed)
    say_on_stderr("read by meaning")
    parts = (linear, of_words, of_meaning)
    held_out = np.concatenate([part.held_out for part in parts])
    return by_words, by_meaning, Readings(np.concatenate([part.of_all for part in parts]), held_out)


def _line_model(raw: bytes) -> tuple[LineWeights, tuple[Category, ...]]:
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        meta = json.loads(file["meta"].tobytes())
        weights = file["weights"].astype(np.float32) * file["scale"].astype(np.float32)
        return LineWeights(weights, file["bias"].astype(np.float32)), tuple(map(Category, meta["categories"]))


def _inputs(
    lines: Lines,
    chosen: np.ndarray[Any, np.dtype[np.int64]],
    vectors: np.ndarray[Any, np.dtype[np.float32]],
    line_model: LineWeights,
) -> LineInputs:
    features = [lines.features[at] for at in chosen]
    return LineInputs(features, [lines.levels[at] for at in chosen], vectors[chosen], line_model.logits(features))


def _named(module: nn.Module, prefix: str) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    return {prefix + name: values.detach().numpy() for name, values in module.state_dict().items()}


def _tell(step: int, steps: int) -> None:
    if step % 500 == 0 or step == steps:
        say_on_stderr(f"window network: step {step:,} of {steps:,}")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    plan = ReaderPlan(Path(), Path())
    parser = argparse.ArgumentParser(
        prog="services.trainer.train_window_reader",
        description=(__doc__ or "").split("\n")[0],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--models", type=Path, required=True, help="directory of line_model.npz; window_reader/ is made"
    )
    parser.add_argument("--detector", type=Path, default=shipped_model(), help="artefact whose line encoder is read")
    parser.add_argument("--windows", type=int, default=plan.windows, help="to train on")
    parser.add_argument("--judged", type=int, default=plan.judged, help="windows of each held-out split")
    parser.add_argument("--epochs", type=int, default=plan.epochs, help="of the window network")
    parser.add_argument("--seed", type=int, default=plan.seed)
    manifest = train(ReaderPlan(**vars(parser.parse_args(arguments))))
    say_on_stderr(f"window reader {manifest.version}: {manifest.metrics}")


if __name__ == "__main__":
    main()
