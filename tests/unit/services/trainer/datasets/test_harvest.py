"""Strings are read from source without running it, with the tone of the call they stand in."""

from __future__ import annotations

from pathlib import Path

from services.trainer.datasets.harvest import _described, _messages

SOURCE = '''"""Keeps the books of the harbour.

More words."""
raise SystemExit("this module must never be run")
def f(log, n):
    log.warning("Harbour %s is almost full", n)
    log.info(f"Ship {n} has left the harbour")
    log.error("short")
    raise ValueError("no such ship: " + n)
'''


def test_what_is_logged_raised_and_documented_is_found(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(SOURCE)
    found = {
        (m.text.split(": ", 1)[-1] if m.tone == "failure" else m.text, m.tone, m.is_logged)
        for m in _messages(tmp_path / "m.py")
    }
    assert ("Keeps the books of the harbour.", "normal", False) in found
    assert ("Harbour 7 is almost full", "warning", True) in found
    assert ("Ship 7 has left the harbour", "normal", True) in found
    assert any(text.startswith(("7", "no such ship")) and tone == "failure" for text, tone, _ in found)
    assert not any("short" in text for text, _, _ in found)


def test_what_does_not_parse_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b"def f(:\n\x00")
    assert list(_messages(tmp_path / "m.py")) == []


def test_only_permissive_licences_are_read() -> None:
    assert _described("hypothesis") is None  # MPL-2.0
    assert _described("no-such-distribution") is None
    described = _described("rich")
    assert described is not None and "MIT" in described[0]
