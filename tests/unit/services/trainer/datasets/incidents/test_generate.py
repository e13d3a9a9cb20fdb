from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from services.trainer.datasets.incidents.answers import shown_as_written
from services.trainer.datasets.incidents.compose import compose
from services.trainer.datasets.incidents.generate import NeedsPrompt, generate_rows, write_dataset
from services.trainer.datasets.incidents.pools import pools_of, splits_of, usable_templates
from services.trainer.datasets.incidents.rows import FORMATS, Asked, minified, row_of
from services.trainer.datasets.incidents.splitting import Split, held_out_systems
from services.trainer.datasets.incidents.templates import load_catalogue

ROWS = list(generate_rows(1500, seed=11))
HELD = held_out_systems(usable_templates(load_catalogue()))


def a_chat_row(split: Split = Split.TEST) -> dict:
    from random import Random

    window = compose(pools_of(split), Random(1))
    return row_of(
        window, "inc-0", split, "cafe", lambda lines, language, nonce: Asked("sys", nonce, shown_as_written(window))
    )


def test_no_template_and_no_held_out_system_occurs_in_two_splits():
    templates, systems = defaultdict(set), defaultdict(set)
    for row in ROWS:
        for key in row["template_ids"]:
            templates[key].add(row["split"])
        for system in row["systems"]:
            systems[system].add(row["split"])
    assert {key: splits for key, splits in templates.items() if len(splits) > 1} == {}
    assert {system for system, splits in systems.items() if system in HELD and len(splits) > 1} == set()
    assert {split for system, splits in systems.items() if system in HELD for split in splits} == {
        "validation",
        "test",
    }


def test_every_row_uses_templates_of_its_own_split():
    splits = splits_of(load_catalogue())
    for row in ROWS:
        assert {splits[key] for key in row["template_ids"] if key in splits} == {Split(row["split"])}


def test_the_first_rows_stay_when_more_are_asked_for_and_change_with_the_seed():
    assert list(generate_rows(30, seed=11)) == ROWS[:30]
    assert list(generate_rows(30, seed=12)) != ROWS[:30]


def test_files_are_the_same_for_the_same_seed_and_say_what_is_in_them(tmp_path: Path):
    summary = write_dataset(tmp_path / "a", 60, seed=2)
    write_dataset(tmp_path / "b", 60, seed=2)
    for split in Split:
        lines = (tmp_path / "a" / f"{split.value}.jsonl").read_text("utf-8").splitlines()
        assert len(lines) == summary["splits"][split.value]["rows"]
        assert {json.loads(line)["split"] for line in lines} == {split.value}
        assert (tmp_path / "a" / f"{split.value}.jsonl").read_bytes() == (
            tmp_path / "b" / f"{split.value}.jsonl"
        ).read_bytes()
    assert json.loads((tmp_path / "a" / "dataset.json").read_text("utf-8")) == summary


def test_a_chat_needs_somebody_who_puts_the_question(tmp_path: Path):
    with pytest.raises(NeedsPrompt):
        write_dataset(tmp_path, 10, 0, "chatml")
    assert ROWS[0]["messages"] == []


def test_every_form_ends_with_the_answer():
    row = a_chat_row()
    answer = minified(row["target"])
    assert [turn["content"] for turn in row["messages"]] == ["sys", "cafe", answer]
    assert FORMATS["chatml"](row)["messages"][-1] == {"role": "assistant", "content": answer}
    assert [turn["from"] for turn in FORMATS["sharegpt"](row)["conversations"]] == ["system", "human", "gpt"]
    assert FORMATS["alpaca"](row) == {"id": "inc-0", "instruction": "sys", "input": "cafe", "output": answer}
    assert json.loads(answer) == row["target"]
