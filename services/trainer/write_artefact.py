"""From trained networks to a directory that proves itself: graphs, parity, calibration, evaluation, card, manifest.

Calibration uses normal windows of systems that training never saw, evaluation faults of simulators that it never
saw; both run the exported graphs, not the torch models.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.trainer.datasets.corpus import Corpus
from services.trainer.datasets.streams import Draft, Stream, language_of
from services.trainer.datasets.windows import Batch, cut_window, draw_batch
from services.trainer.evaluate import EVENTS_PER_WINDOW, ScoredWindow, measure, score_streams, score_windows
from services.trainer.export import export_line_encoder, export_sequence_model
from services.trainer.exported import ExportedGraphs, FloatArray, prove_parity
from services.trainer.fit_lines import TokenTable
from services.trainer.model_card import model_card
from services.trainer.models.line_encoder import LineEncoder
from services.trainer.models.sequence_model import SequenceModel
from services.trainer.objectives import LINE_OBJECTIVES, SEQUENCE_OBJECTIVES
from services.trainer.plan import Plan
from services.trainer.tokenizing import byte_share
from shared.artefacts import manifest
from shared.core.reference import Reference
from shared.core.side_channel import SIDE_DIM

_CALIBRATION_WINDOWS = 2000
_CALIBRATION_SEED = 11
_LENGTHS = (EVENTS_PER_WINDOW, 20, 100)  # events per window, in the evaluation


@dataclass(frozen=True, slots=True)
class Trained:
    """vectors (templates, dim) of the whole book, of which the first ``seen`` templates were trained on.

    faulty   name of a held-out system -> its streams, each a normal run and one with faults
    """

    tokenizer: Tokenizer
    encoder: LineEncoder
    model: SequenceModel
    table: TokenTable
    vectors: NDArray[np.float32]
    faulty: Mapping[str, Sequence[Stream]]
    seen: int
    training: dict[str, Any]
    metrics: dict[str, Any]


def write_artefact(plan: Plan, corpus: Corpus, trained: Trained) -> manifest.Manifest:
    """Everything into ``plan.output``. Raises ArtefactInvalid if the graphs do not match the torch models."""
    output, shape = plan.output, trained.encoder.shape
    output.mkdir(parents=True, exist_ok=True)
    trained.tokenizer.no_truncation()
    (output / manifest.TOKENIZER).write_text(trained.tokenizer.to_str(), encoding="utf-8")
    export_line_encoder(trained.encoder, output / manifest.LINE_ENCODER)
    export_sequence_model(trained.model, output / manifest.SEQUENCE_MODEL)
    graphs = ExportedGraphs(output / manifest.LINE_ENCODER, output / manifest.SEQUENCE_MODEL, plan.threads)
    batch = draw_batch(np.random.default_rng(3), corpus.held_out, corpus.held_out_failures)
    differences = prove_parity(graphs, trained.encoder, trained.model, trained.table, trained.vectors, batch)

    def score(batch: Batch) -> tuple[FloatArray, FloatArray, FloatArray]:
        return graphs.score(trained.vectors, batch)

    normal = score_windows(_normal_windows(corpus, trained), corpus.book, trained.vectors, score)
    reference = Reference.of([window.evidence for window in normal])
    (output / manifest.CALIBRATION).write_text(json.dumps(reference.to_json()) + "\n", encoding="utf-8")
    rows: dict[str, dict[str, float]] = {}
    for length in _LENGTHS:
        everything: list[ScoredWindow] = []
        for name, streams in trained.faulty.items():
            windows = score_streams(streams, corpus.book, trained.vectors, score, length)
            everything += windows
            if windows and length == EVENTS_PER_WINDOW:
                rows[name] = measure(windows)
        if everything:
            rows["all" if length == EVENTS_PER_WINDOW else f"all, windows of {length}"] = measure(everything)
    metrics = {
        "held_out_simulators": rows,
        **trained.metrics,
        "byte_fallback_share": _byte_shares(corpus, trained),
        "largest_differences": {name: float(f"{value:.1e}") for name, value in differences.items()},
    }
    training = {"note": plan.note, **trained.training}
    (output / manifest.MODEL_CARD).write_text(model_card(training, metrics, corpus.sources), encoding="utf-8")
    return manifest.write_manifest(
        output,
        shapes=manifest.Shapes(
            dim=shape.dim,
            side_dim=SIDE_DIM,
            max_events=trained.model.shape.max_events,
            max_tokens=shape.max_tokens,
            vocabulary=shape.vocabulary,
        ),
        objectives=[*LINE_OBJECTIVES, *SEQUENCE_OBJECTIVES],
        training=training,
        metrics=metrics,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _normal_windows(corpus: Corpus, trained: Trained) -> list[Draft]:
    """Normal windows of 6 to 20 events: half of held-out random systems, half of held-out simulators."""
    numbers = np.random.default_rng(_CALIBRATION_SEED)
    simulated = [stream for streams in trained.faulty.values() for stream in streams]
    pools = [list(corpus.held_out), simulated or list(corpus.held_out)]
    drafts: list[Draft] = []
    while len(drafts) < _CALIBRATION_WINDOWS:
        pool = pools[len(drafts) % 2]
        draft = cut_window(numbers, pool[int(numbers.integers(len(pool)))], int(numbers.integers(6, 21)))
        if not draft.wrong.any():
            drafts.append(draft)
    return drafts


def _byte_shares(corpus: Corpus, trained: Trained) -> dict[str, float]:
    """Share of tokens that are bare bytes in templates of systems never trained on, by language."""
    unseen = corpus.book.templates[trained.seen :]
    shares = {}
    for language in ("en", "zh"):
        templates = [template for template in unseen if language_of(template) == language]
        if templates:
            shares[language] = round(byte_share(trained.tokenizer, templates), 4)
    return shares
