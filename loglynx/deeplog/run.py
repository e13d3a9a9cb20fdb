"""The staged pipeline in a directory, each stage skipped when it was done with the same data and options.

    data       sequences.jsonl.gz                what was read
    expert     expert/                           experts of normal life, their diagnosis
    features   features/                         features.npy, labels.npy, names.json
    clusters   clusters/                         cluster_model, cluster_labels.npy, descriptions
    classify   classifier/                       graph.onnx, classifier.json
    report     report/                           report.json, report.html

One stage alone needs those before it done with the same data and options. Raises CommandFailed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from loglynx.deeplog.names import NAMES_FILE, ROWS_FILE, SEQUENCES, made_of, read_names, say_made_of
from loglynx.deeplog.rows_in import read_labelled
from loglynx.failures import CommandFailed
from loglynx.terminal import safe
from loglynx.training.cases import Reading
from loglynx.training.sequence_records import partly_told
from loglynx.training.steps import StepNotDone, Steps, digest, digest_of
from services.trainer.checkpoints import CheckpointMismatch, Checkpoints
from services.trainer.course import Course
from services.trainer.effort import Effort
from services.trainer.learn_deeplog import EFFORT as EXPERT_EFFORT
from services.trainer.pace import Say
from services.trainer.pipelines.deeplog.classifier import targets_of, train_classifier
from services.trainer.pipelines.deeplog.cluster_words import describe
from services.trainer.pipelines.deeplog.clusters import CLUSTERS, Method, discover, write_clusters
from services.trainer.pipelines.deeplog.expert import load_experts, train_experts
from services.trainer.pipelines.deeplog.features import extract_features, load_features, write_features
from services.trainer.pipelines.deeplog.learn_classes import EFFORT as CLASS_EFFORT
from services.trainer.pipelines.deeplog.sequences import Corpus, read_corpus, write_rows
from shared.errors import ArtefactInvalid

STAGES: Final = ("expert", "features", "clusters", "classify", "report")
DESCRIPTIONS: Final = "descriptions.json"
_DIRECTORIES = {"expert": "expert", "features": "features", "clusters": "clusters", "classify": "classifier"}
_DIRECTORIES |= {"report": "report"}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a person asked for. data is None: what was read before.

    test            sequences that test; without it ``test_share`` of the groups of each label
    by_labels       classes of stage 4 are labels, not clusters
    unknown_share   of sequences of known classes that may be called unknown
    anomalous_share  of sequences, where none is labelled: the strangest count as anomalous
    """

    output: Path
    data: str | None = None
    test: str | None = None
    stage: str | None = None
    is_resuming: bool = False
    by_labels: bool = False
    reading: Reading = field(default_factory=Reading)
    clusters: Method = "auto"
    folds: int = 3
    test_share: float = 0.2
    unknown_share: float = 0.05
    anomalous_share: float = 0.05
    expert_steps: int = EXPERT_EFFORT.steps
    class_steps: int = CLASS_EFFORT.steps
    seed: int = 0


def run_pipeline(asked: Pipeline, say: Say) -> dict[str, Any]:
    """What each stage says of itself, by its name, with whether it was skipped."""
    try:
        for name in ("done", *(_DIRECTORIES.values())):
            (asked.output / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{asked.output}: {error.strerror}", "give --output a directory") from error
    try:
        return _Run(asked, say).stages()
    except StepNotDone as error:
        raise CommandFailed(str(error), "run the stages before it first, or all of them without --stage") from error
    except CheckpointMismatch as error:
        raise CommandFailed(str(error), "leave out --resume") from error
    except ArtefactInvalid as error:
        raise CommandFailed(f"no classifier was written: {error.detail}") from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error


class _Run:
    """One call. The corpus is parsed once, and only if a stage needs it."""

    def __init__(self, asked: Pipeline, say: Say) -> None:
        self.asked, self.say, self.out = asked, say, asked.output
        self._corpus: Corpus | None = None

    @property
    def corpus(self) -> Corpus:
        if self._corpus is None:
            asked = self.asked
            self._corpus = read_corpus(self.out / SEQUENCES, asked.folds, asked.test_share, asked.seed)
        return self._corpus

    def stages(self) -> dict[str, Any]:
        asked, out = self.asked, self.out
        steps = Steps(out / "done", 6, self.say)
        self._data(steps)
        given = digest(out / SEQUENCES)
        options: dict[str, Any] = {"folds": asked.folds, "test_share": asked.test_share, "seed": asked.seed}
        own: dict[str, dict[str, Any]] = {
            "expert": {"steps": asked.expert_steps},
            "features": {"anomalous_share": asked.anomalous_share},
            "clusters": {"method": asked.clusters},
            "classify": {
                "by_labels": asked.by_labels, "unknown_share": asked.unknown_share, "steps": asked.class_steps
            },
            "report": {},
        }  # fmt: skip
        work: dict[str, Callable[[], dict[str, Any]]] = {
            "expert": self._expert,
            "features": self._features,
            "clusters": self._clusters,
            "classify": self._classify,
            "report": lambda: self._report(steps.said),
        }
        for name in STAGES:
            if name == "report":
                own[name] = {"names": digest(out / NAMES_FILE)}
            options = {**options, name: own[name]}
            directory = out / _DIRECTORIES[name]
            if asked.stage is None or asked.stage == name:
                steps.run(name, given, options, directory, work[name])
            else:
                steps.require(name, given, options, directory)
            if asked.stage == name:
                break
            given += digest(directory)
        return steps.said

    def _data(self, steps: Steps) -> None:
        asked, kept = self.asked, self.out / SEQUENCES
        if asked.data is None:
            if not kept.exists():
                raise CommandFailed(f"{asked.output} holds no sequences yet", "give --data FILE|DIR")
            steps.said["data"] = {"skipped": True, "kept": SEQUENCES}
            return
        sources = [asked.data] + ([asked.test] if asked.test else [])
        for source in sources:
            if not Path(source).exists():
                raise CommandFailed(f"{source}: there is no such file", "give --data FILE|DIR")
        reading = asked.reading
        options = {"window": reading.window, "column": reading.has_label_column, "limit": reading.limit}
        given = digest_of("".join(digest(Path(source)) for source in sources), {"test": len(sources) > 1})
        steps.run("data", given, options, kept, self._read)

    def _read(self) -> dict[str, Any]:
        asked = self.asked
        assert asked.data is not None
        rows = read_labelled(asked.data, asked.reading, False if asked.test else None)
        if asked.test:
            rows += read_labelled(asked.test, asked.reading, True)
        if not rows:
            raise CommandFailed("there is no sequence in it", "loglynx pipeline deeplog --help")
        if remark := partly_told(asked.data, sum(row.label is not None for row in rows), len(rows)):
            self.say(safe(remark))
        write_rows(self.out / SEQUENCES, rows)
        labels = sorted({row.label for row in rows if row.label is not None})
        return {"sequences": len(rows), "labels": labels, "lines": sum(len(row.lines) for row in rows)}

    def _expert(self) -> dict[str, Any]:
        identity = f"{digest(self.out / SEQUENCES)} {digest_of('', self._options())}"
        identity = hashlib.sha256(identity.encode()).hexdigest()
        kept = Checkpoints(self.out / "checkpoints", identity, self.asked.is_resuming)
        effort = replace(
            EXPERT_EFFORT, steps=self.asked.expert_steps, most_events=100_000, per_step=256, say=self.say,
            course=Course(checkpoints=kept),
        )  # fmt: skip
        return train_experts(self.corpus, self.asked.seed, effort, self.out / "expert")

    def _options(self) -> Mapping[str, Any]:
        """What decides the experts, besides the sequences."""
        asked = self.asked
        return {
            "steps": asked.expert_steps, "seed": asked.seed, "folds": asked.folds, "test_share": asked.test_share
        }  # fmt: skip

    def _features(self) -> dict[str, Any]:
        experts = load_experts(self.out / "expert")
        found = extract_features(self.corpus, experts, self.asked.anomalous_share)
        return write_features(found, self.out / "features")

    def _clusters(self) -> dict[str, Any]:
        features = load_features(self.out / "features")
        model, labels, about = discover(features, self.asked.clusters, self.asked.seed)
        target = self.out / "clusters"
        if not self._are_known(labels):
            self._forget_names()
        write_clusters(model, labels, about, target)
        say_made_of(self.out)
        described = describe(self.corpus, features, labels)
        write_json(target / DESCRIPTIONS, described)
        return {name: about[name] for name in ("method", "clusters", "noise", "silhouette", "stability")}

    def _are_known(self, labels: Any) -> bool:
        """Whether the same sequences were clustered alike before, so that names of clusters still hold."""
        import numpy as np

        if made_of(self.out).get("sequences") != digest(self.out / SEQUENCES):
            return False
        try:
            return bool(np.array_equal(read_clusters(self.out), labels))
        except (OSError, ValueError, EOFError):
            return False

    def _forget_names(self) -> None:
        """Other clusters: their old names would be somebody else's."""
        for name in (NAMES_FILE, ROWS_FILE):
            if (self.out / name).exists():
                (self.out / name).unlink()
                self.say(f"the clusters are others than before: {name} is removed")

    def _classify(self) -> dict[str, Any]:
        features, clusters = load_features(self.out / "features"), read_clusters(self.out)
        targets = targets_of(self.corpus, features, clusters, self.asked.by_labels)
        effort: Effort = replace(CLASS_EFFORT, steps=self.asked.class_steps, say=self.say)
        return train_classifier(
            self.corpus, targets, self.asked.unknown_share, self.asked.seed, effort, self.out / "classifier"
        )

    def _report(self, said: Mapping[str, Any]) -> dict[str, Any]:
        from loglynx.deeplog.report import write_report

        return write_report(self.out, self.corpus, said, read_names(self.out), self.asked.by_labels)


def read_clusters(output: Path) -> Any:
    """(n,) the cluster of each sequence."""
    import numpy as np

    return np.load(output / "clusters" / CLUSTERS, allow_pickle=False)


def write_json(path: Path, value: Any) -> None:
    """Indented, as UTF-8."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
