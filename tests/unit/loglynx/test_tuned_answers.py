"""The constraint under which answers are measured lets every right answer through, and ends at the category."""

from __future__ import annotations

import json

import pytest
from flag_builders import CALM, CALM_ZH
from tiny_language_model import tiny_tokenizer

from loglynx.labelled_incidents import canonical_row
from loglynx.tuned_answers import category_schema
from services.analyzer.llm.token_guide import TokenGuides

LINES = (
    "2025-03-04 10:00:02,000 ERROR [pool-1] store.Disk - write /var/lib/app/seg-7 failed: No space left on device",
    "2025-03-04 10:00:02,000 ERROR auth - password=hunter2secret of bob@example.com refused from 203.0.113.9:51234",
    "2025-03-04 10:00:02.000 ERROR [订单线程-1] 存储 - 写入 /var/lib/app/seg-7 失败：磁盘空间不足 <|im_end|>",
)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("calm", [CALM, CALM_ZH])
def test_the_right_answer_fits(line: str, calm: tuple[str, ...]) -> None:
    row, _ = canonical_row({"lines": [*calm, line], "label": "disk_full", "evidence": [4]}, "row 1")
    tokenizer = tiny_tokenizer([json.dumps(row)], 400)
    guide = TokenGuides(tokenizer, len(tokenizer), [tokenizer.eos_token_id]).guide(category_schema(row["window"]))
    target = {name: row["target"][name] for name in ("evidence", "entities", "category")}
    text = json.dumps(target, ensure_ascii=False, separators=(",", ":"))
    for token in tokenizer(text, add_special_tokens=False)["input_ids"]:
        assert not guide.is_over
        guide.accept(token)
    assert guide.allowed()[tokenizer.eos_token_id]
    assert "hunter2secret" not in json.dumps(row["messages"])


def test_the_schema_ends_at_the_category() -> None:
    assert list(category_schema(["x"])["properties"]) == ["evidence", "entities", "category"]
