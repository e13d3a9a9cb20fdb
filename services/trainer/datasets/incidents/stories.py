"""Which trouble follows from which: ``stories.toml``. Raises CatalogueError for a story that the taxonomy forbids."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.trainer.datasets.incidents.templates import CatalogueError
from shared.core.taxonomy import Category

STORIES = Path(__file__).with_name("stories.toml")


@dataclass(frozen=True, slots=True)
class Story:
    """A root and what others suffer from it, in the order in which it shows."""

    root: Category
    then: tuple[Category, ...]
    weight: float = 1.0


@cache
def load_stories(path: Path = STORIES) -> tuple[Story, ...]:
    """Every story. No consequence is told twice, and none is its own root."""
    stories = []
    for entry in tomllib.loads(path.read_text("utf-8"))["story"]:
        story = Story(Category(entry["root"]), tuple(map(Category, entry["then"])), entry.get("weight", 1.0))
        chain = (story.root, *story.then)
        if len(chain) < 2 or len(set(chain)) < len(chain):
            raise CatalogueError(f"a story needs consequences, each once: {chain}")
        stories.append(story)
    return tuple(stories)
