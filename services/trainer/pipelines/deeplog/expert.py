"""Stage 1: experts of normal life. One knows all normal sequences of the fitting part; one per fold knows the others.

Deviations must be measured by an expert that did not train on the sequence: in its own training data everything looks
expected. So a normal sequence is judged by the expert that did not see its fold, any other by the one that saw all.
Written: ``experts.npz`` (weights, no pickle), ``experts.json`` (books), ``diagnosis.json``. Raises ValueError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from services.trainer.course import Course
from services.trainer.effort import Effort
from services.trainer.learn_deeplog import fit_deeplog
from services.trainer.models.deeplog import DeepLog, DeepLogShape
from services.trainer.models.graphs import next_key_run
from services.trainer.pipelines.deeplog.diagnosis import diagnose
from services.trainer.pipelines.deeplog.ranks import Expert
from services.trainer.pipelines.deeplog.sequences import TEST, Corpus
from shared.core.sequences.impressions import Templates
from shared.core.sequences.key_book import KeyBook
from shared.core.sequences.next_key import NextKeyReader

WEIGHTS, BOOKS, DIAGNOSIS = "experts.npz", "experts.json", "diagnosis.json"
WHOLE = "whole"
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Experts:
    """by_name  WHOLE, and "fold-K" for each fold"""

    by_name: Mapping[str, Expert]

    def judge_of(self, corpus: Corpus, at: int) -> str:
        """The name of the expert that did not train on sequence ``at``."""
        fold = int(corpus.folds[at])
        return WHOLE if fold == TEST or not corpus.is_normal[at] else f"fold-{fold}"


def train_experts(corpus: Corpus, seed: int, effort: Effort, output: Path) -> dict[str, Any]:
    """Train, diagnose, write into ``output``; what there is to say of it."""
    curves: dict[str, list[list[float]]] = {}
    normal = np.flatnonzero(corpus.is_normal & ~corpus.is_test)
    if len(normal) < _FEWEST:
        raise ValueError(f"{len(normal)} normal sequences are too few; at least {_FEWEST} are needed")
    found = {WHOLE: _fit(corpus, normal.tolist(), seed, _watched(effort, curves, WHOLE), WHOLE)}
    for fold in np.unique(corpus.folds[normal]).tolist():
        others = [at for at in normal.tolist() if corpus.folds[at] != fold]
        if len(others) < 2:
            raise ValueError("normal sequences of one group alone cannot be judged out of fold")
        name = f"fold-{fold}"
        found[name] = _fit(corpus, others, seed, _watched(effort, curves, name), name)
    _save(found, output)
    experts = Experts(found)
    diagnosis = {"loss_curves": curves, **diagnose(experts.by_name, _out_of_fold(experts, corpus, normal.tolist()))}
    (output / DIAGNOSIS).write_text(json.dumps(diagnosis, indent=1) + "\n", encoding="utf-8")
    return {
        "normal_sequences": len(normal),
        "keys": len(found[WHOLE].reader.book),
        "experts": len(found),
        "top_1": diagnosis["top_k_accuracy"]["1"],
        "top_9": diagnosis["top_k_accuracy"]["9"],
        "median_surprise": diagnosis["median_surprise"],
    }


def load_experts(directory: Path) -> Experts:
    """What ``train_experts`` wrote."""
    books = json.loads((directory / BOOKS).read_text(encoding="utf-8"))
    found = {}
    with np.load(directory / WEIGHTS, allow_pickle=False) as stored:
        for name, said in books.items():
            book = KeyBook.from_json(said["book"])
            model = DeepLog(DeepLogShape(len(book), said["history"]))
            own = f"{name}/"
            state = {k.removeprefix(own): torch.from_numpy(stored[k]) for k in stored.files if k.startswith(own)}
            model.load_state_dict(state)
            found[name] = Expert(NextKeyReader(next_key_run(model.eval()), book, said["history"]), model)
    return Experts(found)


def _fit(corpus: Corpus, chosen: Sequence[int], seed: int, effort: Effort, name: str) -> Expert:
    windows: list[Templates] = [corpus.parsed[at].templates for at in _spread_over(corpus, chosen)]
    effort.say(f"expert {name}: {len(windows)} normal sequences")
    reader = fit_deeplog(windows, seed, effort)
    return Expert(reader, reader.run.graph.model)  # type: ignore[attr-defined]


def _spread_over(corpus: Corpus, chosen: Sequence[int]) -> list[int]:
    """In an order that puts whole groups last: the tail of it says when to stop, and should be runs of its own."""
    groups = list(dict.fromkeys(corpus.rows[at].group for at in chosen))
    place = {group: number for number, group in enumerate(groups)}
    return sorted(chosen, key=lambda at: (place[corpus.rows[at].group], at))


def _watched(effort: Effort, curves: dict[str, list[list[float]]], name: str) -> Effort:
    """The same effort, its losses noted down: every look at the held-out loss with the mean training loss before."""
    since: list[float] = []
    curve = curves.setdefault(name, [])
    asked = effort.course

    def watch(stage: str, step: int, figures: Mapping[str, float]) -> None:
        asked.watch(f"{name}-{stage}", step, figures)
        if "next" in figures:
            since.append(figures["next"])
        elif since:
            curve.append([step, round(float(np.mean(since)), 5), round(figures["held_out"], 5)])
            since.clear()

    course = Course(asked.compute, asked.checkpoints.beside(name) if asked.checkpoints else None, watch, asked.peers)
    return replace(effort, course=course)


def _out_of_fold(experts: Experts, corpus: Corpus, normal: Sequence[int]) -> dict[str, list[Templates]]:
    """Normal sequences by the expert that did not train on them."""
    found: dict[str, list[Templates]] = {}
    for at in normal:
        found.setdefault(experts.judge_of(corpus, at), []).append(corpus.parsed[at].templates)
    return found


def _save(found: Mapping[str, Expert], output: Path) -> None:
    arrays = {
        f"{name}/{key}": tensor.numpy()
        for name, expert in found.items()
        for key, tensor in expert.model.state_dict().items()
    }
    np.savez_compressed(output / WEIGHTS, allow_pickle=False, **arrays)
    books = {
        name: {"book": expert.reader.book.to_json(), "history": expert.reader.history}
        for name, expert in found.items()
    }
    (output / BOOKS).write_text(json.dumps(books, ensure_ascii=False) + "\n", encoding="utf-8")
