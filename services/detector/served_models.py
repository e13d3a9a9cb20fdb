"""The models that a detector has loaded: the active one, and elder ones for streams that they still judge.

``ServedModels`` hands them out; only the scoring thread calls ``current`` and ``of_version``, and only between two
batches may ``current`` be another than before. ``RegistryWatch`` is the thread that looks every second which model
the registry names, loads that beside the old one, and offers it. What cannot be loaded changes nothing but a counter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from services.detector.gather_evidence import EvidenceReader, load_reader
from services.detector.score_windows import Budget, Judge
from services.detector.settings import DetectorSettings
from shared.artefacts.manifest import Artefact
from shared.artefacts.registry import SHIPPED, ModelRegistry
from shared.artefacts.stream_baselines import proven_streams
from shared.core.records import Event
from shared.errors import ArtefactInvalid, DeviceUnavailable, NotFound
from shared.rounds import Rounds
from shared.telemetry import Refusal, count_refusal

log = structlog.get_logger()

INTERVAL_S: Final = 1.0
AGAIN_S: Final = 60.0  # until what could not be loaded is tried again
_MOST_LOADED: Final = 3


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A loaded model. Its line table makes it one thread's own.

    known  stream -> the baseline that came with the model, as bytes
    """

    reader: EvidenceReader
    judge: Judge
    known: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.judge.model_version


def load_model(artefact: Artefact, settings: DetectorSettings) -> ServedModel:
    """Loaded, probed and with an empty line table. Raises ArtefactInvalid, DeviceUnavailable."""
    reader, reference = load_reader(artefact, settings.threads, settings.known_lines, settings.device)
    known = proven_streams(artefact)
    reader.read([[Event("probe", "probe")]])
    budget = Budget(settings.alarm_budget, settings.sequence_alarm_budget)
    return ServedModel(reader, Judge(artefact.version, reference, budget), known)


class ServedModels:
    """``load`` gives the model of a version, None where there is none any more."""

    def __init__(self, first: ServedModel, load: Callable[[str], ServedModel | None] = lambda _: None) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._active = first
        self._offered: ServedModel | None = None
        self._loaded = {first.version: first}  # the last used last

    def current(self) -> ServedModel:
        """The active model; takes what was offered meanwhile."""
        with self._lock:
            offered, self._offered = self._offered, None
        if offered is not None:
            log.info("model_swapped", model=offered.version, before=self._active.version)
            self._active = offered
        return self._use(self._active)

    def of_version(self, version: str) -> ServedModel | None:
        """A model that is or was active, loaded if need be."""
        with self._lock:
            model = self._loaded.get(version)
        model = model or self._load(version)
        return None if model is None else self._use(model)

    def offer(self, model: ServedModel) -> None:
        """From the next batch on it is the active one. From any thread."""
        with self._lock:
            self._offered = model

    def loaded(self, version: str) -> ServedModel | None:
        """From any thread."""
        with self._lock:
            return self._loaded.get(version)

    @property
    def version(self) -> str:
        """Of the active model, as others are told."""
        return self._active.version

    @property
    def provider(self) -> str:
        return self._active.reader.model.provider

    def _use(self, model: ServedModel) -> ServedModel:
        with self._lock:
            self._loaded.pop(model.version, None)
            self._loaded[model.version] = model
            if len(self._loaded) > _MOST_LOADED:
                self._loaded.pop(next(name for name in self._loaded if name != self._active.version))
        return model


class RegistryWatch:
    """Follows ``active`` of a registry. ``rounds`` is the thread; ``load`` may be slow."""

    def __init__(
        self,
        registry: ModelRegistry,
        models: ServedModels,
        load: Callable[[Artefact], ServedModel],
        serving: str,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._models, self._load, self._clock = registry, models, load, clock
        self._serving = serving
        self._refused: tuple[str, float] | None = None  # address, and when it was tried
        self.rounds = Rounds("registry", self.round, interval_s, is_at_once=False)

    def round(self) -> None:
        address = self._registry.active()
        if address == self._serving or self._was_refused(address):
            return
        try:
            entry = self._registry.load(address)
            model = self._models.loaded(entry.version) or self._load(entry.artefact)
        except Exception as error:  # whatever is wrong with it, the model before stays
            log.error("model_unusable", address=address, reason=str(error)[:300], error=type(error).__name__)
            count_refusal("detector", Refusal.MODEL_UNUSABLE)
            self._refused = (address, self._clock())
            return
        self._refused, self._serving = None, address
        self._models.offer(model)

    def _was_refused(self, address: str) -> bool:
        if self._refused is None or self._refused[0] != address:
            return False
        return self._clock() - self._refused[1] < AGAIN_S


def load_version(
    registry: ModelRegistry, version: str, load: Callable[[Artefact], ServedModel]
) -> ServedModel | None:
    """The model of a version that the registry still has; None for one that is gone or damaged."""
    address = registry.address_of_version(version)
    if address is None:
        return None
    try:
        return load(registry.load(address).artefact)
    except (ArtefactInvalid, DeviceUnavailable, NotFound, OSError) as error:
        log.error("model_unusable", address=address, reason=str(error)[:300])
        count_refusal("detector", Refusal.MODEL_UNUSABLE)
        return None


def first_served(registry: ModelRegistry, load: Callable[[Artefact], ServedModel]) -> tuple[str, ServedModel]:
    """The active model and its address; the first entry where that one cannot be loaded.

    Raises ArtefactInvalid, DeviceUnavailable.
    """
    address = registry.active()
    try:
        return address, load(registry.load(address).artefact)
    except (ArtefactInvalid, NotFound, OSError) as error:
        if address == SHIPPED:
            raise
        log.error("model_unusable", address=address, reason=str(error)[:300])
        count_refusal("detector", Refusal.MODEL_UNUSABLE)
        return SHIPPED, load(registry.load(SHIPPED).artefact)
