"""The English and the Chinese README say the same, and their relative links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
ENGLISH = (REPOSITORY / "README.md").read_text()
CHINESE = (REPOSITORY / "README.zh-CN.md").read_text()
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def headings(text: str) -> list[int]:
    """The depth of each heading outside code, in order."""
    return [len(marks) for marks in re.findall(r"(?m)^(#+) ", re.sub(r"(?s)```.*?```", "", text))]


def code_blocks(text: str) -> list[str]:
    """The code without its comments, which are translated."""
    blocks = re.findall(r"(?s)```(?:sh|json|yaml)\n(.*?)```", text)
    return [re.sub(r"(?m)\s*#.*$", "", block).strip() for block in blocks]


def test_both_have_the_same_sections() -> None:
    assert headings(ENGLISH) == headings(CHINESE)


def test_both_show_the_same_commands() -> None:
    assert code_blocks(ENGLISH) == code_blocks(CHINESE)


def test_both_have_equal_tables_and_lists() -> None:
    for start in ("|", "- "):
        count = [sum(line.startswith(start) for line in text.splitlines()) for text in (ENGLISH, CHINESE)]
        assert count[0] == count[1], f"lines that start with {start!r}"


def test_the_two_first_commands_come_first() -> None:
    for text in (ENGLISH, CHINESE):
        first = [line for block in code_blocks(text)[:2] for line in block.splitlines()]
        assert first[0].startswith("make demo")
        assert any(line.startswith("make test") for line in first[:3])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"(?s)```.*?```", "", document.read_text())
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), target
