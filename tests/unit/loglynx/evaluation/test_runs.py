import pytest

from loglynx.evaluation.engines import NO_ANSWER, Said, engine_named, flag_of, is_grounded
from loglynx.evaluation.labelled_rows import LabelledRow
from loglynx.evaluation.report import as_json, as_markdown
from loglynx.evaluation.runs import evaluate
from loglynx.failures import CommandFailed, InputUnreadable
from services.analyzer.rules import explain

FULL = LabelledRow(("a fine day", "ERROR no space left on device"), "disk_full", frozenset({2}), None, "en", "run 1")
CALM = LabelledRow(("ERROR deadlock detected",), "deadlock", frozenset({1}), None, "en", "run 2")


def silent(_: str) -> None:
    pass


def own_labels() -> list[LabelledRow]:
    texts = {"red": "paint is red", "blue": "paint is blue"}
    return [
        LabelledRow((f"step {n}", text), label, group=f"{label} {n}")
        for label, text in texts.items()
        for n in range(6)
    ]


@pytest.mark.parametrize("name", ["rules", "linear"])
def test_an_engine_without_training_is_judged_by_its_categories(name: str):
    report = evaluate(name, engine_named(name), lambda: [FULL, CALM], None, silent)
    assert report.ours.accuracy == 1.0
    assert report.ours.evidence_f1 == 1.0
    assert report.ours.grounding == 1.0
    assert report.baseline is None


def test_labels_outside_the_taxonomy_are_refused_without_training():
    with pytest.raises(InputUnreadable, match="row 2"):
        evaluate("rules", engine_named("rules"), lambda: [FULL, own_labels()[0]], None, silent)


def test_with_training_any_labels_do_and_the_baseline_stands_beside_it():
    pytest.importorskip("sklearn")
    report = evaluate("rules", engine_named("rules"), own_labels, own_labels, silent)
    assert report.is_adapted
    assert report.ours.accuracy == 1.0
    assert report.baseline is not None
    assert report.baseline.accuracy == 1.0


def test_one_label_cannot_be_learned_from():
    with pytest.raises(InputUnreadable, match="two"):
        evaluate("rules", engine_named("rules"), own_labels, lambda: own_labels()[:3], silent)


def test_an_engine_that_fails_counts_as_wrong_and_is_counted():
    report = evaluate("broken", lambda _: NO_ANSWER, lambda: [FULL, CALM], None, silent)
    assert report.failures == 2
    assert report.ours.accuracy == 0.0


def test_a_name_that_the_window_does_not_hold_is_not_grounded():
    lines = ["2024-01-01 00:00:01 ERROR connection to 10.0.0.5:6379 timed out"]
    analysis = explain(flag_of(lines))
    assert is_grounded(analysis, lines)
    assert not is_grounded(analysis.model_copy(update={"explanation": "Line 1: host db-99.internal is down."}), lines)
    assert not is_grounded(analysis.model_copy(update={"evidence": (7,)}), lines)
    assert not is_grounded(analysis.model_copy(update={"explanation": "Line 1: “connect to 10.0.0.6:6379”."}), lines)


def test_a_line_that_is_quoted_word_for_word_is_grounded_whatever_stamp_it_carries():
    lines = ['time=2025-07-30T22:21:24.501Z level=error msg="LockTimeout: Unable to acquire lock"']
    assert is_grounded(explain(flag_of(lines)), lines)


@pytest.mark.parametrize("name", ["nobody", "openai", "embedded"])
def test_an_engine_that_is_not_there_is_said_to_be(name: str, monkeypatch):
    monkeypatch.delenv("LOGLYNX_ANALYZER_LLM_URL", raising=False)
    monkeypatch.setattr("loglynx.evaluation.engines.model_of", lambda _: None)
    with pytest.raises(CommandFailed):
        engine_named(name)


def test_reports_hold_no_nan_and_tame_labels():
    rows = [LabelledRow(("x",), "a|b\nc"), LabelledRow(("y",), "d")]
    report = evaluate("rules", lambda _: Said("unknown", 0.1), lambda: rows, lambda: rows * 2, silent)
    assert "a/b c" in as_markdown(report)
    assert as_json(report)["test_rows"] == 2
