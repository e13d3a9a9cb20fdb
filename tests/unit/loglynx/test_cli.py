"""The command line as a whole: help, exit codes, and the options of the source projects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from loglynx import compatibility, endings
from loglynx.cli import COMMANDS, main
from loglynx.failures import CommandFailed
from loglynx.scoring import SequenceScore
from shared.errors import ArtefactInvalid


def run(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["loglynx", *arguments])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


class FakeScorer:
    """Calls a window strange when it holds the word "strange"."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def score(self, sequences: Sequence[Sequence[str]]) -> list[SequenceScore]:
        self.asked += [list(lines) for lines in sequences]
        scores = [0.9 if any("strange" in line for line in lines) else 0.1 for lines in sequences]
        return [SequenceScore(score, score >= 0.5, ("new_template",) if score >= 0.5 else ()) for score in scores]


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> FakeScorer:
    from contextlib import nullcontext

    import loglynx.choosing
    import loglynx.commands.batch
    import loglynx.commands.detect

    fake = FakeScorer()
    for module in (loglynx.choosing, loglynx.commands.detect, loglynx.commands.batch):
        monkeypatch.setattr(module, "scorer_for", lambda url, key: nullcontext(fake))
    return fake


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_by_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--help"], monkeypatch) == 0
    assert f"loglynx {command}" in capsys.readouterr().out.replace("Usage: loglynx", "")


def test_help_lists_every_command_and_the_compatibility_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--help"], monkeypatch) == 0
    out = capsys.readouterr().out
    for word in (*COMMANDS, "--logs", "--log ", "--window-type"):
        assert word in out


@pytest.mark.parametrize(
    "arguments", [["scan"], ["nonsense"], ["detect", "x", "-t", "2"], ["scan", "a", "--budget", "0"]]
)
def test_wrong_usage_exits_2(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(arguments, monkeypatch) == 2


def test_help_imports_neither_services_nor_models() -> None:
    code = (
        "import sys; sys.argv = ['loglynx', '--help']\n"
        "import loglynx.cli\n"
        "try: loglynx.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'onnxruntime', 'numpy', 'httpx', 'fastapi', 'redis'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_logs_with_sliding_windows(
    scorer: FakeScorer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--logs", *(f"line {n}" for n in range(11)), "something strange", "--window-type", "sliding"]
    assert run(arguments, monkeypatch) == 1
    assert capsys.readouterr().out == (
        "normal  score 0.1000 (threshold 0.50)  [1-10]\n"
        "normal  score 0.1000 (threshold 0.50)  [2-11]\n"
        "ANOMALY  score 0.9000 (threshold 0.50)  new_template  [3-12]\n"
    )
    assert scorer.asked[0] == [f"line {n}" for n in range(10)]


def test_logs_may_begin_with_a_dash(scorer: FakeScorer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["--logs", "- 1117838570 2005.06.03 RAS KERNEL INFO", "b"], monkeypatch) == 0
    assert scorer.asked == [["- 1117838570 2005.06.03 RAS KERNEL INFO", "b"]]


def test_one_log_as_the_source_project_has_it(
    scorer: FakeScorer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--log", "strange login"], monkeypatch) == 1
    assert capsys.readouterr().out == "ANOMALY  score 0.9000 (threshold 0.50)  new_template\n"


@pytest.mark.parametrize(
    "arguments", [["--logs"], ["--logs", "a", "--window-type", "round"], ["--window-type", "fixed"]]
)
def test_wrong_compatibility_calls_exit_2(
    arguments: list[str], scorer: FakeScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(arguments, monkeypatch) == 2


def test_commands_are_not_taken_for_compatibility_calls() -> None:
    assert not compatibility.is_compatibility_call(["detect", "--log"])
    assert not compatibility.is_compatibility_call([])
    assert compatibility.is_compatibility_call(["--log=failed login"])


@pytest.mark.parametrize(
    ("threshold", "code", "word"),
    [([], 1, "ANOMALY"), (["-t", "0.95"], 0, "normal"), (["--threshold", "0.5"], 1, "ANOMALY")],
)
def test_detect_judges_by_the_threshold(
    threshold: list[str],
    code: int,
    word: str,
    scorer: FakeScorer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["detect", "strange", *threshold], monkeypatch) == code
    assert capsys.readouterr().out.startswith(word)


def test_detect_json(scorer: FakeScorer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["detect", "strange \x9b", "--json"], monkeypatch) == 1
    assert capsys.readouterr().out == (
        '{"log_text": "strange \\u009b", "threshold": 0.5, "score": 0.9, "is_anomaly": true, "reasons": ["new_template"]}\n'
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CommandFailed("it is broken", "mend it"), 2, "error: it is broken\n  fix: mend it\n"),
        (ArtefactInvalid("bad digest"), 2, "error: The model directory is not what its manifest says (bad digest)\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_endings(error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    assert endings.exit_code_of(fail) == code
    assert capsys.readouterr().err == said


def test_a_defect_never_looks_like_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    assert endings.exit_code_of(fail) == 2
    assert "defect of loglynx: ZeroDivisionError" in capsys.readouterr().err
