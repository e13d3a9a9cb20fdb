"""Experts: who judges whom, what they say of deviations, and that files bring back the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faulty_sessions import session_rows

from services.trainer.checkpoints import Checkpoints
from services.trainer.course import Course
from services.trainer.effort import Effort
from services.trainer.learn_deeplog import EFFORT
from services.trainer.pipelines.deeplog.expert import WHOLE, Experts, load_experts, train_experts
from services.trainer.pipelines.deeplog.features import extract_features
from services.trainer.pipelines.deeplog.ranks import read_deviations
from services.trainer.pipelines.deeplog.sequences import Corpus, Row, read_corpus, write_rows
from shared.core.sequences.key_book import UNSEEN


def corpus_of(path: Path) -> Corpus:
    rows = [Row(tuple(each["lines"]), each["label"], each["group"]) for each in session_rows(30, 5)]
    rows.insert(0, Row(("only this run says it", "session ended"), "normal", "odd"))
    write_rows(path, rows)
    dealt = (read_corpus(path, 2, 0.2, seed) for seed in range(9))
    return next(corpus for corpus in dealt if corpus.folds[0] >= 0)  # the odd run is learnt from


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Path, Experts]:
    directory = tmp_path_factory.mktemp("expert")
    corpus = corpus_of(directory / "rows.jsonl.gz")
    train_experts(corpus, 0, replace(EFFORT, steps=60, per_step=256), directory)
    return corpus, directory, load_experts(directory)


def test_no_sequence_is_judged_by_an_expert_that_trained_on_it(trained: tuple[Corpus, Path, Experts]) -> None:
    corpus, _, experts = trained
    at = next(at for at, row in enumerate(corpus.rows) if row.group == "odd" and corpus.folds[at] >= 0)
    judge = experts.judge_of(corpus, at)
    assert judge == f"fold-{corpus.folds[at]}"
    own, whole = (read_deviations(experts.by_name[name], [corpus.parsed[at].templates])[0] for name in (judge, WHOLE))
    assert own.keys[0] == UNSEEN  # the template of that one run
    assert whole.keys[0] != UNSEEN


def test_anomalies_and_the_test_are_judged_by_the_expert_of_all_normal_sequences(
    trained: tuple[Corpus, Path, Experts],
) -> None:
    corpus, _, experts = trained
    judges = [experts.judge_of(corpus, at) for at in range(len(corpus.rows))]
    for judge, is_normal, is_test in zip(judges, corpus.is_normal, corpus.is_test, strict=True):
        assert (judge == WHOLE) == (is_test or not is_normal)


def test_a_fault_is_more_surprising_than_normal_life(trained: tuple[Corpus, Path, Experts]) -> None:
    corpus, _, experts = trained
    features = extract_features(corpus, experts, 0.1)
    largest = features.rows[:, features.names.index("surprise: largest")]
    disk = features.labels == features.label_names.index("disk")
    usual = np.array([row.label == "normal" and row.group != "odd" for row in corpus.rows])
    assert largest[disk].min() > np.quantile(largest[usual], 0.9)


def test_unlabelled_sequences_count_as_anomalous_where_they_are_strangest(
    trained: tuple[Corpus, Path, Experts],
) -> None:
    corpus, _, experts = trained
    rows = tuple(replace(row, label=None) for row in corpus.rows)
    features = extract_features(replace(corpus, rows=rows), experts, 0.1)
    assert 0 < features.is_anomalous.sum() < 0.5 * len(rows)
    largest = features.rows[:, features.names.index("surprise: largest")]
    assert largest[features.is_anomalous].min() >= largest[~features.is_anomalous & ~features.is_test].max() - 0.02


def test_an_expert_read_back_says_the_same(trained: tuple[Corpus, Path, Experts], tmp_path: Path) -> None:
    corpus, directory, experts = trained
    again = load_experts(directory)
    templates = [corpus.parsed[0].templates]
    one, other = (read_deviations(each.by_name[WHOLE], templates)[0] for each in (experts, again))
    assert one.ranks.tolist() == other.ranks.tolist()
    assert (one.ranks[1:4] >= 0).all()
    assert (np.diff(np.argsort(one.surprise)) != 0).all()


def test_curves_and_ranks_are_written_down(trained: tuple[Corpus, Path, Experts]) -> None:
    import json

    _, directory, experts = trained
    said = json.loads((directory / "diagnosis.json").read_text())
    assert set(said["loss_curves"]) == set(experts.by_name)
    assert said["loss_curves"][WHOLE][-1][2] < said["loss_curves"][WHOLE][0][2]
    assert sum(count for _, count in said["rank_histogram"]) == said["events"]
    assert said["top_k_accuracy"]["1"] <= said["top_k_accuracy"]["9"]


def test_a_training_that_was_killed_goes_on_to_the_same_experts(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "rows.jsonl.gz")

    def effort(directory: str, is_resuming: bool, dies_in: str = "") -> Effort:
        def watch(stage: str, step: int, figures: Mapping[str, float]) -> None:
            if stage.startswith(dies_in or "\0") and step == 5:
                raise KeyboardInterrupt

        kept = Checkpoints(tmp_path / directory / "kept", "run", is_resuming)
        return replace(EFFORT, steps=8, per_step=64, course=Course(checkpoints=kept, watch=watch))

    train_experts(corpus, 0, effort("whole", False), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train_experts(corpus, 0, effort("killed", False, "fold-0"), tmp_path / "killed")
    train_experts(corpus, 0, effort("killed", True), tmp_path / "killed")
    one, other = (load_experts(tmp_path / name).by_name for name in ("whole", "killed"))
    for name, expert in one.items():
        again = other[name].model.state_dict()
        assert all((tensor == again[key]).all() for key, tensor in expert.model.state_dict().items()), name
