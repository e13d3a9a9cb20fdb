"""From a directory of models to an engine: what is there is used, what is not is done without.

``models/analyzer`` holds the line model, ``window_reader/``, ``language_model/`` and ``mix.json``: how much each
counts. The weights in it were fitted for these very models; with others they would be somebody else's, so then the
engine does not start.
Raises ArtefactInvalid for what is there and does not hold.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.analyzer.embedded.engine import EmbeddedEngine, Readers
from services.analyzer.embedded.language_reader import LanguageReader
from services.analyzer.embedded.mixing import MixWeights
from services.analyzer.embedded.opinions import CATEGORIES, CATEGORY_COLUMNS, EVIDENCE_COLUMNS
from services.analyzer.embedded.window_reader import WindowReader
from services.analyzer.line_model import LineModel, LineModelInvalid
from shared.artefacts.language_model import GRAPH, VOCABULARY, load_language_model
from shared.errors import ArtefactInvalid

LANGUAGE_MODEL = "language_model"
WINDOW_READER = "window_reader"
MIX = "mix.json"
_LIBRARIES = ("onnxruntime", "tokenizers")
_MOST_BYTES = 1 << 20
_FORMAT = 2  # of mix.json
# Used to fit with: every reader counts a little.
_EVEN = MixWeights((0.3,) * len(EVIDENCE_COLUMNS), (0.3,) * len(CATEGORY_COLUMNS), (0.0,) * len(CATEGORIES), 0.5, 0.0)


class FittedMix(BaseModel):
    """One set of weights; see MixWeights."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    evidence: tuple[float, ...] = Field(min_length=len(EVIDENCE_COLUMNS), max_length=len(EVIDENCE_COLUMNS))
    category: tuple[float, ...] = Field(min_length=len(CATEGORY_COLUMNS), max_length=len(CATEGORY_COLUMNS))
    bias: tuple[float, ...] = Field(min_length=len(CATEGORIES), max_length=len(CATEGORIES))
    reach: float
    least: float


class MixDocument(BaseModel):
    """``mix.json``. ``fitted`` by the identity of the readers that it was fitted for; ``report`` informs people."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    format: int = _FORMAT
    evidence_columns: tuple[str, ...]
    category_columns: tuple[str, ...]
    fitted: dict[str, FittedMix]
    report: dict[str, Any] = {}


def load_engine(directory: Path, threads: int = 1) -> EmbeddedEngine:
    """The engine, with the weights of ``mix.json``. Raises ArtefactInvalid."""
    readers = load_readers(directory, threads)
    path = directory / MIX
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise ArtefactInvalid(f"{MIX} is missing or too large")
    try:
        document = MixDocument.model_validate_json(path.read_bytes())
    except ValidationError:
        raise ArtefactInvalid(f"{MIX} is malformed") from None
    columns = (document.evidence_columns, document.category_columns)
    if document.format != _FORMAT or columns != (EVIDENCE_COLUMNS, CATEGORY_COLUMNS):
        raise ArtefactInvalid(f"{MIX} was made for another version of this program")
    fitted = document.fitted.get(readers.identity)
    if fitted is None:
        raise ArtefactInvalid(f"{MIX} was fitted for other models")
    weights = MixWeights(fitted.evidence, fitted.category, fitted.bias, fitted.reach, fitted.least)
    return EmbeddedEngine(replace(readers, mix=weights))


def load_readers(directory: Path, threads: int = 1) -> Readers:
    """Whatever readers there are, each counting the same. Those that need libraries are left out without them."""
    language, version = None, ""
    if (directory / LANGUAGE_MODEL).is_dir() and has_libraries():
        manifest, contents = load_language_model(directory / LANGUAGE_MODEL)
        language = LanguageReader(contents[GRAPH], contents[VOCABULARY], threads)
        version = manifest.version
    try:
        linear = LineModel.load(directory)
    except LineModelInvalid as error:
        raise ArtefactInvalid(f"the line model: {error}") from error
    window = None
    if (directory / WINDOW_READER).is_dir() and has_libraries():
        window = WindowReader.load(directory / WINDOW_READER, threads)
        if (window.line_model, window.categories) != (linear.sha256, linear.categories):
            raise ArtefactInvalid("the window reader was trained behind another line model")
    return Readers(language, linear, _EVEN, version, window)


def has_libraries() -> bool:
    """Are the libraries installed that run the language model and the window reader?"""
    return all(importlib.util.find_spec(name) for name in _LIBRARIES)


def mix_document(fitted: Mapping[str, MixWeights], report: dict[str, Any]) -> dict[str, Any]:
    """What to write into ``mix.json``; weights by the identity of their readers."""
    return MixDocument(
        evidence_columns=EVIDENCE_COLUMNS,
        category_columns=CATEGORY_COLUMNS,
        fitted={identity: FittedMix(**asdict(weights)) for identity, weights in fitted.items()},
        report=report,
    ).model_dump(mode="json")
