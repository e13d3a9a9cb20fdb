"""A classifier of sequences as two files that prove each other: ``graph.onnx`` and ``classifier.json``.

Raises ArtefactInvalid, and nothing else, for anything found wrong; its detail names the file and the rule, never the
file's content. Whoever loads it brings the runtime.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from shared.artefacts.external_data import refers_outside
from shared.artefacts.manifest import plain_bytes
from shared.core import normalising
from shared.core.sequences.class_reader import ClassReader, class_reader
from shared.core.sequences.impressions import Run
from shared.errors import ArtefactInvalid

FORMAT: Final = 1
GRAPH: Final = "graph.onnx"
ABOUT: Final = "classifier.json"
OUTPUTS: Final = ("logits", "code")


def prove_classifier(directory: Path, reader: Mapping[str, Any], training: Mapping[str, Any]) -> None:
    """Write ``classifier.json`` about the graph in ``directory``; ``training`` informs people."""
    graph = (directory / GRAPH).read_bytes()
    said = {
        "format": FORMAT,
        "normaliser_version": normalising.VERSION,
        "graph_sha256": hashlib.sha256(graph).hexdigest(),
        "reader": dict(reader),
        "training": dict(training),
    }
    (directory / ABOUT).write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")


def load_classifier(directory: Path, runtime: Callable[[bytes], Run]) -> ClassReader:
    """runtime: makes of a graph's bytes what runs it."""
    graph = plain_bytes(directory / GRAPH)
    try:
        said = json.loads(plain_bytes(directory / ABOUT))
        known = (said["format"], said["normaliser_version"])
        digest, settings = said["graph_sha256"], said["reader"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ArtefactInvalid(f"{ABOUT} is malformed") from None
    if known != (FORMAT, normalising.VERSION):
        raise ArtefactInvalid("the classifier was made by a program of another version")
    if hashlib.sha256(graph).hexdigest() != digest:
        raise ArtefactInvalid(f"{GRAPH} is not the one that {ABOUT} describes")
    if refers_outside(graph):
        raise ArtefactInvalid(f"{GRAPH} refers to external data or is not an ONNX graph")
    try:
        return class_reader(settings, runtime(graph))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ArtefactInvalid(f"{ABOUT} holds no classifier") from None
