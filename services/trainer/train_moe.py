"""Trains line encoder and sequence model on anyone's own logs, from the shipped weights or from nothing.

In: normal windows of events in the order of time. The systems that the shipped model comes from teach beside them
(a few, drawn from the seed), so that what is learnt of one system does not undo what is known of others: the head
learns on corrupted windows, and corruption needs foreign lines. Out: an artefact of the form that the detector serves
(shared.artefacts.manifest), calibrated on windows that were held back. Raises TooFewWindows, ArtefactInvalid,
CheckpointMismatch.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from services.trainer.course import Course
from services.trainer.datasets.corpus import grammar_pairs
from services.trainer.datasets.streams import Draft, Stream, TemplateBook, draft_of, tone_of
from services.trainer.datasets.windows import Batch, draw_batch
from services.trainer.datasets.workflows import draw_system
from services.trainer.evaluate import score_windows
from services.trainer.export import export_line_encoder, export_sequence_model
from services.trainer.exported import ExportedGraphs, FloatArray, prove_parity
from services.trainer.fit_lines import TokenTable, encode_lines, fit_lines
from services.trainer.fit_windows import fit_windows
from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape
from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.objectives import LINE_OBJECTIVES, SEQUENCE_OBJECTIVES
from services.trainer.pace import Pace, Say
from services.trainer.starting_weights import take_over
from services.trainer.storing import round_as_stored
from services.trainer.tokenizing import masks_in, train_tokenizer
from services.trainer.train_detector import (
    FIT_SHARE,
    GAP,
    TooFewWindows,
    behind_gap,
    refuse_link,
    whole_directory,
)
from shared.artefacts import manifest
from shared.core.normalising import template_of
from shared.core.records import Event
from shared.core.reference import Reference
from shared.core.side_channel import EVENT_DIM, SIDE_DIM

FEWEST_WINDOWS = 100
_SYSTEMS, _SYSTEM_EVENTS, _HELD_SYSTEMS = 16, 400, 4
_GRAMMAR_LINES = 1600
_OWN_STREAMS = 6  # the logs in so many stretches: each batch holds some of them
_LINE_HEADS = ("word_norm", "word_bias", "level", "trouble")
_SEQUENCE_HEADS = ("tally",)
Windows = Sequence[Sequence[Event]]


@dataclass(frozen=True, slots=True)
class MoePlan:
    """start  directory of the artefact to start from; None: from nothing

    encoder_steps, sequence_steps  how long each is trained    peak_rate  None: an eighth of the usual one where
    training goes on from a trained model    gap  windows left out before those that calibrate
    """

    output: Path
    start: Path | None
    encoder_steps: int
    sequence_steps: int
    window: str
    budget: float = 0.001
    seed: int = 0
    peak_rate: float | None = None
    say: Say = print
    training: Mapping[str, Any] | None = None
    gap: int = GAP


@dataclass(frozen=True, slots=True)
class _Lessons:
    book: TemplateBook
    pairs: list[tuple[int, int]]
    training: list[Stream]
    held_out: list[Stream]
    failures: Draft
    held_failures: Draft
    calibration: list[Draft]


def train_moe(plan: MoePlan, windows: Windows, course: Course) -> manifest.Manifest | None:
    """The manifest of what was written; None in a process that only helps another one."""
    refuse_link(plan.output)
    normal = [window for window in windows if window]
    if len(normal) < FEWEST_WINDOWS:
        raise TooFewWindows(f"{len(normal)} normal windows are too few; at least {FEWEST_WINDOWS} are needed")
    torch.manual_seed(plan.seed)
    lessons = _lessons(plan.seed, normal, plan.gap)
    tokenizer, encoder, model = _start(plan, lessons.book)
    table = TokenTable.of(lessons.book, tokenizer, encoder.shape.max_tokens)
    numbers = np.random.default_rng(plan.seed)
    rate = plan.peak_rate or (1e-4 if plan.start else 8e-4)
    lines_pace = Pace("line encoder", 0.0, plan.encoder_steps, plan.say)
    lines = fit_lines(encoder, table, lessons.pairs, numbers, lines_pace, course, rate)
    round_as_stored(encoder)
    vectors = encode_lines(encoder, table, np.arange(len(lessons.book)))
    windows_pace = Pace("sequence model", 0.0, plan.sequence_steps, plan.say)
    held = fit_windows(
        model, vectors, lessons.training, lessons.held_out, lessons.failures, lessons.held_failures,
        np.random.default_rng(plan.seed + 1), windows_pace, course, peak_rate=rate,
    )  # fmt: skip
    if not course.peers.is_first:
        return None
    round_as_stored(model)
    model.eval()
    encoder.eval()
    training = {
        **(plan.training or {}),
        "model_type": "moe",
        "window": plan.window,
        "budget": plan.budget,
        "seed": plan.seed,
        "started_from": manifest.load_artefact(plan.start).version if plan.start else "nothing",
        "encoder_steps": plan.encoder_steps,
        "sequence_steps": windows_pace.done,
        "learning_rate": rate,
        "templates": len(lessons.book),
        "processes": course.peers.count,
        "compute": str(course.compute),
        "torch": torch.__version__,
    }
    metrics: dict[str, Any] = {
        "held_out_windows": {name: round(value, 4) for name, value in asdict(held).items()},
        "held_out_pairs_losses": {name: round(value, 4) for name, value in lines.items()},
    }
    with whole_directory(plan.output) as fresh:
        return _write(fresh, lessons, (tokenizer, encoder, model), table, vectors.numpy(), training, metrics)


def _lessons(seed: int, normal: Windows, gap: int) -> _Lessons:
    """The first four fifths teach, of which the last tenth says when to stop; the rest calibrates."""
    cut = int(FIT_SHARE * len(normal))
    stop = max(cut - max(cut // 10, 1), 1)
    book = TemplateBook()
    own = _draft(_once(normal[:stop]), book)
    held = Stream("held-back", _draft(_once(normal[stop:cut]), book))
    calibration = [_draft(window, book) for window in behind_gap(normal, cut, gap)]
    pairs = [(number, number) for number in np.unique(own.kind).tolist()]
    pairs += grammar_pairs(Random(seed), _GRAMMAR_LINES, book)
    systems = [draw_system(seed * 100_003 + index, _SYSTEM_EVENTS, book, ()) for index in range(_SYSTEMS)]
    parts = np.array_split(np.arange(len(own)), _OWN_STREAMS)
    streams = [Stream(f"own-{at}", own.take(rows)) for at, rows in enumerate(parts) if len(rows) > 1]
    failures = [
        [s.failures for s in part if s.failures] for part in (systems[_HELD_SYSTEMS:], systems[:_HELD_SYSTEMS])
    ]
    return _Lessons(
        book, pairs, [*streams, *systems[_HELD_SYSTEMS:]], [held, *systems[:_HELD_SYSTEMS]],
        Draft.join(failures[0]), Draft.join(failures[1]), calibration,
    )  # fmt: skip


def _once(windows: Windows) -> list[Event]:
    """Every event of windows that may overlap, once."""
    return list({id(event): event for window in windows for event in window}.values())


def _draft(events: Sequence[Event], book: TemplateBook) -> Draft:
    return draft_of(events, [book.number(template_of(event.message), tone_of(event)) for event in events])


def _start(plan: MoePlan, book: TemplateBook) -> tuple[Tokenizer, LineEncoder, SequenceModel]:
    """Raises ArtefactInvalid where the artefact to start from does not hold what it should."""
    if plan.start is None:
        tokenizer = train_tokenizer(book.templates, masks_in(book.templates))
        encoder = LineEncoder(LineEncoderShape(tokenizer.get_vocab_size()))
        return tokenizer, encoder, SequenceModel(SequenceShape(SIDE_DIM, EVENT_DIM))
    shipped = manifest.load_artefact(plan.start)
    shapes = shipped.manifest.shapes
    tokenizer = Tokenizer.from_str(shipped.read(manifest.TOKENIZER).decode())
    encoder = LineEncoder(LineEncoderShape(shapes.vocabulary, dim=shapes.dim, max_tokens=shapes.max_tokens))
    shape = SequenceShape(SIDE_DIM, EVENT_DIM, dim=shapes.dim, max_events=shapes.max_events)
    model = SequenceModel(shape)
    take_over(encoder, export_line_encoder, shipped.read(manifest.LINE_ENCODER), _LINE_HEADS)
    take_over(model, export_sequence_model, shipped.read(manifest.SEQUENCE_MODEL), _SEQUENCE_HEADS)
    return tokenizer, encoder, model


def _write(
    output: Path,
    lessons: _Lessons,
    models: tuple[Tokenizer, LineEncoder, SequenceModel],
    table: TokenTable,
    vectors: FloatArray,
    training: dict[str, Any],
    metrics: dict[str, Any],
) -> manifest.Manifest:
    tokenizer, encoder, model = models
    tokenizer.no_truncation()
    (output / manifest.TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
    export_line_encoder(encoder, output / manifest.LINE_ENCODER)
    export_sequence_model(model, output / manifest.SEQUENCE_MODEL)
    graphs = ExportedGraphs(output / manifest.LINE_ENCODER, output / manifest.SEQUENCE_MODEL, torch.get_num_threads())
    batch = draw_batch(np.random.default_rng(3), lessons.held_out, lessons.held_failures)
    differences = prove_parity(graphs, encoder, model, table, vectors, batch)

    def score(batch: Batch) -> tuple[FloatArray, FloatArray, FloatArray]:
        return graphs.score(vectors, batch)

    normal = score_windows(lessons.calibration, lessons.book, vectors, score)
    reference = Reference.of([window.evidence for window in normal])
    (output / manifest.CALIBRATION).write_text(json.dumps(reference.to_json()) + "\n", encoding="utf-8")
    metrics |= {
        "calibration_windows": len(normal),
        "largest_differences": {name: float(f"{value:.1e}") for name, value in differences.items()},
    }
    card = ["# Loglynx's model, trained on one site's logs", "", "```json", json.dumps(training, indent=1), "```", ""]
    (output / manifest.MODEL_CARD).write_text("\n".join(card), encoding="utf-8")
    return manifest.write_manifest(
        output,
        shapes=manifest.Shapes(
            dim=encoder.shape.dim,
            side_dim=SIDE_DIM,
            max_events=model.shape.max_events,
            max_tokens=encoder.shape.max_tokens,
            vocabulary=encoder.shape.vocabulary,
        ),
        objectives=[*LINE_OBJECTIVES, *SEQUENCE_OBJECTIVES],
        training=training,
        metrics=metrics,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
