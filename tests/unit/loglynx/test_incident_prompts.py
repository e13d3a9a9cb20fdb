from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

from loglynx.commands.generate import Format
from loglynx.incident_prompts import ask, flag_of
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import parse_reply
from services.analyzer.reply_schema import reply_schema
from services.analyzer.rules import not_explained
from services.trainer.datasets.incidents.generate import generate_rows, write_dataset
from services.trainer.datasets.incidents.rows import FORMATS, minified

ROWS = list(generate_rows(120, seed=5, ask=ask))


def test_an_answer_has_the_keys_that_the_analyzer_asks_for_in_its_order():
    assert {tuple(row["target"]) for row in ROWS} == {tuple(reply_schema()["properties"])}


def test_the_question_is_the_one_that_the_analyzer_puts():
    row = ROWS[0]
    flag = flag_of(row["window"])
    nonce = row["messages"][1]["content"].split("=== ")[1].split()[0]
    prompt = build_prompt(flag, not_explained(flag, row["language"]), nonce)
    assert row["messages"][:2] == prompt.messages


def test_an_answer_names_only_what_the_analyzer_offers():
    for row in ROWS:
        offered = ask(row["window"], row["language"], "n").shown.offered
        for entity in row["target"]["entities"]:
            assert entity["span"] in offered[entity["line"]]


def test_the_analyzer_takes_the_answers_as_they_are_but_for_its_known_blind_spots():
    """A quoted "#12" looks like a number of a line to the verifier, and a quoted "**" like markup."""
    kept = 0
    for row in ROWS:
        flag = flag_of(row["window"])
        rules = not_explained(flag, row["language"])
        reply = RawReply(minified(row["target"]))
        analysis = parse_reply(reply, build_prompt(flag, rules), flag, rules, "test")
        assert analysis.category.value == row["target"]["category"]
        assert list(analysis.evidence) == row["target"]["evidence"]
        kept += normalize("NFKC", analysis.explanation) == normalize("NFKC", row["target"]["explanation"])
    assert kept >= 0.95 * len(ROWS)


def test_no_control_token_of_an_injected_line_reaches_the_question():
    for row in ROWS:
        assert "<|" not in row["messages"][1]["content"]


def test_the_command_offers_every_form(tmp_path: Path):
    assert {form.value for form in Format} == set(FORMATS)
    assert write_dataset(tmp_path, 10, 0, "sharegpt", ask)["format"] == "sharegpt"


def test_flag_shows_the_lines_as_they_are_with_the_level_that_they_claim() -> None:
    flag = flag_of(["2026-01-01 00:00:00 ERROR no space left", "plain words"])
    assert [event.level for event in flag.events] == ["error", ""]
    assert [event.number for event in flag.events] == [1, 2]
