"""The systems that experts are judged on: each a source with streams to learn and faulty runs to be measured on.

In: an artefact, whose line encoder gives every template its vector. Out: Sources. Simulated systems, recorded ones,
and a crowd of random ones that every contestant learns besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from torch import Tensor

from services.trainer.datasets.recorded.load import recorded_streams, recorded_systems
from services.trainer.datasets.simulated import breaking_stream, simulated_stream, synthetic_streams
from services.trainer.datasets.streams import Draft, Stream, TemplateBook
from services.trainer.datasets.workflows import draw_system
from shared.artefacts.manifest import LINE_ENCODER, TOKENIZER, load_artefact

SIMULATED = ("gateway_zh", "hdfs_cluster", "nginx", "node_api", "postgresql", "sshd")
_LINES = 1200
_RANDOM, _SYNTHETIC, _CHECKED = 60, 24, 8
_FAULT_SHARE = 0.05
_LINES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Sources:
    """training and faulty: source -> streams; the latter in runs of their own. vectors (templates, dim).

    others   random systems that everybody learns   checked, checked_failures   what decides when to stop
    """

    book: TemplateBook
    vectors: Tensor
    training: Mapping[str, Sequence[Stream]]
    faulty: Mapping[str, Sequence[Stream]]
    others: Sequence[Stream]
    checked: Sequence[Stream]
    failures: Draft
    checked_failures: Draft


def gather_sources(artefact: Path, threads: int) -> Sources:
    """Six simulated sources, every recorded system, and random systems. Raises ArtefactInvalid."""
    book = TemplateBook()
    training: dict[str, list[Stream]] = {}
    faulty: dict[str, list[Stream]] = {}
    for name in SIMULATED:
        training[name] = [breaking_stream(name, 1, _LINES, book)]
        normal = simulated_stream(name, 901, _LINES, book).events
        runs = [simulated_stream(name, seed, _LINES, book, _FAULT_SHARE).events for seed in (701, 702)]
        faulty[name] = [Stream(name, normal, faults=run) for run in runs]
    recorded = recorded_systems()
    for name in recorded:
        whole = recorded_streams(book, [other for other in recorded if other != name])
        if any(stream.faults is not None for stream in whole):
            training[f"{name} (recorded)"] = [_half(stream, 0) for stream in whole]
            faulty[f"{name} (recorded)"] = [_half(stream, 1) for stream in whole]
    drawn = [draw_system(7_000_000 + i, 600, book, ()) for i in range(_RANDOM + _CHECKED)]
    made_up = synthetic_streams(70, _SYNTHETIC, 500, book)
    others, checked = [*drawn[_CHECKED:], *made_up[4:]], [*drawn[:_CHECKED], *made_up[:4]]
    vectors = torch.from_numpy(_encode(artefact, book, threads))
    return Sources(book, vectors, training, faulty, others, checked, _failures(others), _failures(checked))


def _half(stream: Stream, which: int) -> Stream:
    """The first or second half of a recording: what was learnt is not what is measured."""

    def half(draft: Draft) -> Draft:
        middle = len(draft) // 2
        return draft.take(slice(middle, None) if which else slice(0, middle))

    faults = None if stream.faults is None else half(stream.faults)
    return Stream(stream.name, half(stream.events), failures=stream.failures, faults=faults)


def _failures(streams: Sequence[Stream]) -> Draft:
    return Draft.join([stream.failures for stream in streams if stream.failures is not None])


def _encode(directory: Path, book: TemplateBook, threads: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    artefact = load_artefact(directory)
    tokenizer = Tokenizer.from_str(artefact.read(TOKENIZER).decode())
    tokenizer.enable_truncation(artefact.manifest.shapes.max_tokens)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(artefact.read(LINE_ENCODER), options, providers=["CPUExecutionProvider"])
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(book.templates)]
    vectors = np.zeros((len(tokens), artefact.manifest.shapes.dim), dtype=np.float32)
    by_length = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
    for start in range(0, len(by_length), _LINES_AT_ONCE):
        rows = by_length[start : start + _LINES_AT_ONCE]
        ids = np.zeros((len(rows), len(tokens[rows[-1]])), dtype=np.int64)
        for row, index in enumerate(rows):
            ids[row, : len(tokens[index])] = tokens[index]
        vectors[rows] = session.run(["vectors"], {"tokens": ids, "is_real": ids != 0})[0]
    return vectors
