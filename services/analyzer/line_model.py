"""The line model: which line of a window tells of trouble, and of which kind; a linear model without torch.

In: ``line_model.npz`` as ``services.trainer.fit_line_model`` writes it, proven by the manifest beside it. Out of
``read``: category with calibrated confidence, the lines that show it, log-odds of every line. Raises LineModelInvalid
for files that are missing, changed, or of another version; nothing in them is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.line_features import BUCKETS, VERSION, LineFeaturiser, features_of
from shared.core.line_ids import collapse
from shared.core.line_scoring import Calibration, FloatArray, LineWeights, judge
from shared.core.records import Level
from shared.core.taxonomy import Category

FILE = "line_model.npz"
MANIFEST = "manifest.json"
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_LINES = 20_000
CALM = frozenset((Category.BENIGN, Category.UNKNOWN))


class LineModelInvalid(ValueError):
    """The directory holds no line model that this version can trust."""


@dataclass(frozen=True, slots=True)
class LineReading:
    """evidence: numbers of lines, from 1, ascending

    shares    category -> probability, of the window
    log_odds  (n, categories) of each line, in the order of ``shares``     trouble  (n,) log-odds of any bad news
    """

    category: Category
    confidence: float
    evidence: tuple[int, ...]
    shares: dict[Category, float]
    log_odds: FloatArray
    trouble: FloatArray


@dataclass(frozen=True, slots=True)
class LineModel:
    """``load`` makes one. Not safe between threads: its featuriser holds a parser."""

    categories: tuple[Category, ...]
    weights: LineWeights
    calibration: Calibration
    sha256: str
    featuriser: LineFeaturiser

    @classmethod
    def load(cls, directory: Path) -> LineModel:
        """Raises LineModelInvalid."""
        raw = _proven(directory)
        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as file:
                meta = json.loads(file["meta"].tobytes())
                quantised, scale = file["weights"], file["scale"].astype(np.float32)
                bias, category_bias = file["bias"].astype(np.float32), file["category_bias"].astype(np.float32)
            categories = tuple(Category(name) for name in meta["categories"])
            numbers = [float(meta[key]) for key in ("odds", "share", "unknown_below", "evidence_within")]
            is_sound = (
                (meta["format"], meta["features"]) == (1, VERSION)
                and quantised.dtype == np.int8
                and quantised.shape == (BUCKETS, 1 + len(categories))
                and scale.shape == bias.shape == (1 + len(categories),)
                and category_bias.shape == (len(categories),)
                and all(math.isfinite(number) for number in numbers)
                and all(bool(np.isfinite(part).all()) for part in (scale, bias, category_bias))
            )
        except Exception as error:  # whatever a hostile or broken file provokes
            raise LineModelInvalid(f"{FILE} is no line model") from error
        if not is_sound:
            raise LineModelInvalid(f"{FILE} is of another version")
        weights = LineWeights(quantised.astype(np.float32) * scale, bias)
        calibration = Calibration(numbers[0], numbers[1], category_bias, numbers[2], numbers[3])
        return cls(categories, weights, calibration, hashlib.sha256(raw).hexdigest(), LineFeaturiser())

    def read(self, lines: Sequence[str]) -> LineReading:
        """Lines that differ in their numbers alone are read once; of very many, the first ``MAX_LINES``."""
        known: dict[tuple[Level | None, str], int] = {}
        features: list[NDArray[np.int32]] = []
        at: list[int] = []
        for line in lines[:MAX_LINES] or ("",):
            event = self.featuriser.parse(line)
            key = (event.level, collapse(event.message))
            if key not in known:
                known[key] = len(features)
                features.append(features_of(event))
            at.append(known[key])
        logits = self.weights.logits(features)[at]
        troubling = [n for n, category in enumerate(self.categories) if category not in CALM]
        found = judge(logits, self.calibration, troubling)
        return LineReading(
            category=Category.UNKNOWN if found.category is None else self.categories[found.category],
            confidence=found.confidence,
            evidence=tuple(sorted(position + 1 for position in found.evidence)) if lines else (),
            shares={c: float(share) for c, share in zip(self.categories, found.shares, strict=True)},
            log_odds=found.log_odds,
            trouble=found.trouble,
        )


def shipped_line_model() -> Path:
    """The directory of the model that comes with Loglynx."""
    return Path(__file__).resolve().parents[2] / "models" / "analyzer"


def _proven(directory: Path) -> bytes:
    """The bytes of the model, if the manifest vouches for them."""
    try:
        path, manifest = directory / FILE, directory / MANIFEST
        if max(path.stat().st_size, manifest.stat().st_size) > MAX_FILE_BYTES:
            raise LineModelInvalid("a file is too large")
        raw = path.read_bytes()
        proof: Any = json.loads(manifest.read_bytes())["files"][FILE]["sha256"]
    except OSError as error:
        raise LineModelInvalid(f"no readable {FILE} and {MANIFEST} in the directory") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise LineModelInvalid(f"{MANIFEST} says nothing of {FILE}") from error
    if hashlib.sha256(raw).hexdigest() != proof:
        raise LineModelInvalid(f"{FILE} is not the file that {MANIFEST} vouches for")
    return raw
