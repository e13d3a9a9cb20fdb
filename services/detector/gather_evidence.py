"""From parsed windows to what the models see in them.

In: windows of events. Out: one WindowEvidence each, in the same order. Lines seen before cost a table look-up; only
unseen templates go through the line encoder; windows of similar length go through the sequence model together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from services.detector.device import Device
from services.detector.line_cache import LineCache
from services.detector.onnx_model import OnnxModel
from shared.artefacts.manifest import CALIBRATION, Artefact
from shared.core import side_channel
from shared.core.evidence import WindowEvidence
from shared.core.lexicon import trouble
from shared.core.normalising import line_ids
from shared.core.records import Event, Level
from shared.core.reference import Reference
from shared.errors import ArtefactInvalid

# Windows of one run differ in length by less than this, so that padding stays cheap.
LENGTH_STEP = 16


@lru_cache(maxsize=100_000)
def _trouble(template: str, level: Level | None) -> float:
    return trouble(template, level)


class EvidenceReader:
    """The two graphs and the line table of one model version."""

    def __init__(self, model: OnnxModel, cache: LineCache) -> None:
        self.model = model
        self.cache = cache

    def read(self, windows: Sequence[Sequence[Event]]) -> list[WindowEvidence]:
        """Evidence of each window of ``windows``; windows longer than the model allows keep their first events."""
        evidence: dict[int, WindowEvidence] = {}
        cut = [list(events[: self.model.max_events]) for events in windows]
        by_length = sorted(range(len(cut)), key=lambda i: len(cut[i]))
        run: list[int] = []
        for index in by_length:
            longest = len(cut[index])
            if run and (len(run) >= self.model.caps.windows or longest - len(cut[run[0]]) >= LENGTH_STEP):
                evidence.update(zip(run, self._run([cut[i] for i in run]), strict=True))
                run = []
            run.append(index)
        if run:
            evidence.update(zip(run, self._run([cut[i] for i in run]), strict=True))
        return [evidence[i] for i in range(len(cut))]

    def _run(self, windows: Sequence[Sequence[Event]]) -> list[WindowEvidence]:
        flat = [event for events in windows for event in events]
        messages = [event.message for event in flat]
        rows = self.cache.lookup(line_ids(messages), messages)
        vectors, template_ids, words = self.cache.vectors[rows], self.cache.template_ids[rows], self.cache.words[rows]
        templates = [self.cache.templates[row] for row in rows.tolist()]
        trouble_of = np.array(
            [_trouble(template, event.level) for template, event in zip(templates, flat, strict=True)],
            dtype=np.float32,
        )
        lengths = np.array([len(events) for events in windows])
        width = int(lengths.max())
        is_real = np.arange(width) < lengths[:, None]

        def padded(values: Any, empty: float | int = 0) -> Any:
            out = np.full((*is_real.shape, *values.shape[1:]), empty, dtype=values.dtype)
            out[is_real] = values
            return out

        context = side_channel.WindowContext(
            padded(side_channel.times_of(flat), side_channel.NO_TIME),
            padded(template_ids.view(np.int64)),
            padded(side_channel.source_ids(flat)),
            is_real,
        )
        numbers = side_channel.numbers_of(flat)
        side = np.concatenate(
            [padded(side_channel.event_features(flat, numbers)), side_channel.window_features(context)], axis=2
        )
        scores = self.model.score(padded(vectors), side, is_real)
        values, gaps = side_channel.quantities(flat, numbers), side_channel.gaps(context.times_ms)[is_real]
        attributes, attribute_keys = side_channel.attributes(flat) or (None, None)
        ends = np.cumsum(lengths)
        return [
            WindowEvidence(
                template_ids=template_ids[end - length : end],
                vectors=vectors[end - length : end],
                trouble=trouble_of[end - length : end],
                surprise=scores.surprise[row, :length].astype(np.float32),
                head=float(scores.head[row]),
                embedding=scores.window_vectors[row],
                values=values[end - length : end],
                gaps=gaps[end - length : end],
                words=words[end - length : end],
                attributes=None if attributes is None else attributes[end - length : end],
                attribute_keys=None if attribute_keys is None else attribute_keys[end - length : end],
            )
            for row, (end, length) in enumerate(zip(ends, lengths, strict=True))
        ]


def load_reader(
    artefact: Artefact, threads: int, known_lines: int, device: Device
) -> tuple[EvidenceReader, Reference]:
    """The model with an empty line table, and what its scores look like on normal logs.

    Raises ArtefactInvalid, DeviceUnavailable.
    """
    model = OnnxModel(artefact, intra_op_threads=threads, device=device)
    try:
        reference = Reference.from_json(json.loads(artefact.read(CALIBRATION)))
    except (KeyError, TypeError, ValueError):
        raise ArtefactInvalid(f"{CALIBRATION} is not a calibration") from None
    return EvidenceReader(model, LineCache(model.encode, model.dim, known_lines)), reference
