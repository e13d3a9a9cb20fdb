"""Runs the pipeline's classifier on sequences: ONNX Runtime and numpy, no torch. Raises CommandFailed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from loglynx.deeplog.names import read_names
from loglynx.failures import CommandFailed
from shared.artefacts.sequence_classifier import OUTPUTS, load_classifier
from shared.core.sequences.class_reader import CLUSTER_PREFIX, ClassReader, Judged
from shared.core.sequences.impressions import Arrays, Run
from shared.core.sequences.parsed_lines import SequenceParser
from shared.errors import ArtefactInvalid

CLASSIFIER: Final = "classifier"


def load_reader(output: Path) -> ClassReader:
    """The classifier of a pipeline's directory, its files verified."""
    try:
        return load_classifier(output / CLASSIFIER, onnx_runtime)
    except (ArtefactInvalid, OSError) as error:
        detail = error.detail if isinstance(error, ArtefactInvalid) else error.strerror
        raise CommandFailed(f"{output} holds no classifier: {detail}", "loglynx pipeline deeplog --help") from error


def onnx_runtime(graph: bytes) -> Run:
    """Runs a graph on the processor, with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(arrays: Arrays) -> Sequence[NDArray[Any]]:
        results: Sequence[NDArray[Any]] = session.run(list(OUTPUTS), dict(arrays))
        return results

    return run


def judge(output: Path, sequences: Sequence[Sequence[str]]) -> list[Judged]:
    """One answer per sequence of lines, by the names that people gave."""
    names = {f"{CLUSTER_PREFIX}{cluster}": name for cluster, name in read_names(output).items()}
    judged = load_reader(output).judge(SequenceParser().parse(sequences))
    return [
        Judged(names.get(each.name, each.name), names.get(each.likeliest, each.likeliest), each.share, each.p)
        for each in judged
    ]


def as_rows(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """For printing."""
    return [
        {
            "class": each.name,
            "likeliest": each.likeliest,
            "share": round(each.share, 4),
            "p": float(np.round(each.p, 4)),
        }
        for each in judged
    ]
