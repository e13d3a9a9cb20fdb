import json

import pytest

from loglynx.cli import main


def run(monkeypatch, capsys, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["loglynx", "evaluate", "analyzer", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def a_file(tmp_path) -> str:
    path = tmp_path / "rows.jsonl"
    rows = [
        {"lines": ["ERROR no space left on device"], "label": "disk_full", "language": "en"},
        {"lines": ["ERROR deadlock detected"], "label": "deadlock"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_figures_are_printed_and_written(monkeypatch, capsys, tmp_path):
    out = tmp_path / "report"
    code, printed, _ = run(monkeypatch, capsys, "--test", a_file(tmp_path), "--json", "-o", str(out))
    assert code == 0
    assert json.loads(printed)["ours"]["accuracy"] == 1.0
    assert json.loads((out / "report.json").read_text())["engine"] == "rules"
    assert "macro-F1" in (out / "report.md").read_text()


def test_pictures_are_drawn(monkeypatch, capsys, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "report"
    code, _, _ = run(monkeypatch, capsys, "--test", a_file(tmp_path), "-o", str(out), "--plots")
    assert code == 0
    assert {path.name for path in out.glob("*.png")} == {"confusion.png", "reliability.png"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--test", "missing.jsonl"],
        ["--engine", "nobody"],
        ["--plots"],
        ["--train", "missing.jsonl"],
    ],
)
def test_what_cannot_be_done_ends_with_2_and_one_sentence(monkeypatch, capsys, tmp_path, arguments: list[str]):
    given = arguments if "--test" in arguments else [*arguments, "--test", a_file(tmp_path)]
    code, printed, said = run(monkeypatch, capsys, *given)
    assert code == 2
    assert printed == ""
    assert "Traceback" not in said
