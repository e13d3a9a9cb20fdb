"""All rows, in their order, and the page that shows them."""

from __future__ import annotations

import re
from pathlib import Path

from lineage import architecture, data, evaluation, scoring, service, stages, training
from lineage.row import Row

ROWS: list[Row] = sorted(
    (
        *architecture.ROWS, *data.ROWS, *evaluation.ROWS, *scoring.ROWS, *service.ROWS, *stages.ROWS, *training.ROWS
    ),
    key=lambda row: row.number,
)  # fmt: skip


def as_markdown(row: Row) -> str:
    """One line of the table."""
    commands = "<br>".join(f"`{command}`".replace("|", "\\|") for command in row.commands)
    return f"| {row.number} | {row.capability} | {row.where} | {commands} |"


def write_page(path: Path) -> None:
    """``docs/lineage.md`` anew: what stands before the table stays."""
    text = path.read_text(encoding="utf-8")
    before = [line for line in text.splitlines() if not re.match(r"\| \d+ \|", line)]
    path.write_text("\n".join([*before, *map(as_markdown, ROWS)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_page(Path(__file__).parents[2] / "docs/lineage.md")
