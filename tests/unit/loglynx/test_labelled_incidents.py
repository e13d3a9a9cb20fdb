"""A user's labelled incidents become rows that ask what the analyzer asks and answer what it can check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flag_builders import CALM, CALM_ZH
from tiny_language_model import a_row

from loglynx.labelled_incidents import canonical_row, check_shape, read_rows, unseen_places
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import parse_reply
from services.analyzer.reply_schema import reply_schema
from services.analyzer.rules import explain
from services.trainer.tuning.plan import TuningRefused
from services.trainer.tuning.rows import row_of
from shared.core.taxonomy import Category

FULL = "2025-03-04 10:00:02,000 ERROR [pool-1] store.Disk - write /var/lib/app/seg-7 failed: No space left on device"
FULL_ZH = "2025-03-04 10:00:02.000 ERROR [订单线程-1] 存储 - 写入 /var/lib/app/seg-7 失败：磁盘空间不足"


def an_incident(*lines: str, label: str = "disk_full", **more: Any) -> dict[str, Any]:
    return {"lines": list(lines or (*CALM, FULL)), "label": label, **more}


def test_the_row_asks_what_the_analyzer_asks() -> None:
    row, _ = canonical_row(an_incident(), "row 1")
    system, user, answer = row["messages"]
    assert "4| " in user["content"]
    assert FULL.split(" - ")[1] in user["content"]
    assert '"disk_full"' in system["content"]
    assert list(json.loads(answer["content"])) == list(reply_schema()["properties"])
    assert row["target"]["evidence"] == [4]


@pytest.mark.parametrize("lines", [(*CALM, FULL), (*CALM_ZH, FULL_ZH)])
@pytest.mark.parametrize("label", ["disk_full", "data_corruption"])
def test_the_analyzer_accepts_the_answer_as_verified(lines: tuple[str, ...], label: str) -> None:
    from loglynx.labelled_incidents import _flag

    row, _ = canonical_row(an_incident(*lines, label=label), "row 1")
    flag = _flag(lines)
    rules = explain(flag)
    prompt = build_prompt(flag, rules)
    assert prompt.system == row["messages"][0]["content"]
    analysis = parse_reply(RawReply(row["messages"][2]["content"]), prompt, flag, rules, "test")
    assert analysis.category is Category(label)
    assert analysis.evidence == (4,)
    # verified means: every claim is carried by the cited lines, and the rules do not contradict
    assert analysis.verified is (label == "disk_full")
    assert analysis.title == row["target"]["title"]
    assert analysis.explanation == row["target"]["explanation"]


def test_what_the_user_says_wins() -> None:
    more = {"evidence": [1, 4], "title": "Disk is full", "severity": "low", "lang": "en", "id": "INC-7"}
    row, _ = canonical_row(an_incident(**more), "row 1")
    assert row["id"] == "INC-7"
    assert row["target"]["evidence"] == [1, 4]
    assert row["target"]["title"] == "Disk is full"
    assert row["target"]["severity"] == "low"


def test_the_same_incident_makes_the_same_row() -> None:
    assert canonical_row(an_incident(), "row 1") == canonical_row(an_incident(), "row 1")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label": "disk full"}, "none of the categories"),
        ({"label": None}, "none of the categories"),
        ({"lines": []}, "lines"),
        ({"lines": "x"}, "lines"),
        ({"lines": [" "]}, "1 to"),
        ({"lines": ["x"] * 2001}, "1 to"),
        ({"evidence": [9]}, "evidence"),
        ({"evidence": []}, "evidence"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_number(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TuningRefused, match="row 3") as refused:
        canonical_row(an_incident() | change, "f.jsonl: row 3")
    assert complaint in refused.value.message
    assert FULL not in refused.value.message


def test_both_kinds_of_rows_may_come_together(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(json.dumps(an_incident()) + "\n")
    (tmp_path / "rows.jsonl").write_text(json.dumps(a_row(1, "test")) + "\n")
    rows = read_rows([tmp_path / "mine.jsonl", tmp_path / "rows.jsonl"])
    assert [(row.category, row.split) for row in rows] == [("disk_full", "train"), ("timeout", "test")]


def test_rows_are_divided_by_what_they_look_like_and_never_within_it(tmp_path: Path) -> None:
    forms = ("disk {n} is full", "no space left on /data/{n}", "quota exceeded for user{n}", "cannot extend file {n}")
    texts = [form.format(n=number) for number in range(5) for form in forms]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(an_incident(text, evidence=[1])) + "\n" for text in texts))
    rows = read_rows([path])
    unseen = {texts.index(row.window[0]) % len(forms) for row in rows if row.split == "validation"}
    learnt = {texts.index(row.window[0]) % len(forms) for row in rows if row.split == "train"}
    assert len(unseen) == 1
    assert unseen.isdisjoint(learnt)


def test_a_category_of_few_groups_is_all_learnt() -> None:
    rows = [(place, "disk_full", f"group {place % 2}") for place in range(10)]
    assert unseen_places(rows) == []
    assert len(unseen_places([(place, "disk_full", f"group {place}") for place in range(10)])) == 2


def test_a_given_split_and_a_given_group_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    rows = [an_incident(f"disk {n} is full", split="test", evidence=[1]) for n in range(2)]
    rows += [an_incident(f"{'ab'[n % 2]} disk is full", group="one", evidence=[1]) for n in range(10)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [row.split for row in read_rows([path])] == ["test"] * 2 + ["train"] * 10


def test_answers_of_another_schema_are_refused() -> None:
    row = a_row(0)
    row["messages"][2]["content"] = '{"category":"timeout","evidence":[2]}'
    with pytest.raises(TuningRefused, match="does not begin with evidence"):
        check_shape([row_of(row, "row")])
