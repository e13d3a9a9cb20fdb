"""Text in log lines that speaks to a language model: ``injections.toml``, payloads and the lines that carry them.

In: the file. Out: for each split, payloads and carriers in each language. They are split as templates are: a tenth
each for validation and test. Raises CatalogueError for what breaks the format.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from services.trainer.datasets.incidents.splitting import Split
from services.trainer.datasets.incidents.templates import CatalogueError, Template
from shared.core.taxonomy import LANGUAGES, Language

INJECTIONS = Path(__file__).with_name("injections.toml")
SLOT = "{payload}"
_HELD = 0.1

# language -> (payloads, carriers)
Injections = Mapping[Language, tuple[tuple[Template, ...], tuple[Template, ...]]]


@cache
def load_injections(path: Path = INJECTIONS) -> dict[Split, Injections]:
    """What each split may inject; no payload and no carrier is in two splits."""
    content = tomllib.loads(path.read_text("utf-8"))
    found: dict[Split, dict[Language, tuple[tuple[Template, ...], tuple[Template, ...]]]] = {s: {} for s in Split}
    for language in LANGUAGES:
        payloads, carriers = (
            _read(kind, language, content[kind][language]["lines"]) for kind in ("payloads", "carriers")
        )
        if wrong := [t.text for t in carriers if t.text.count(SLOT) != 1]:
            raise CatalogueError(f"a carrier holds {SLOT} once: {wrong}")
        for split in Split:
            found[split][language] = (_share(payloads, split), _share(carriers, split))
    return dict(found)


def _read(kind: str, language: Language, lines: list[str]) -> list[Template]:
    if len(set(lines)) < len(lines):
        raise CatalogueError(f"{kind}.{language} says something twice")
    named = [(f"{kind}.{language}.{sha256(text.encode()).hexdigest()[:8]}", text) for text in lines]
    return [Template(name, kind, language, "injection", text, "INFO") for name, text in sorted(named)]


def _share(templates: list[Template], split: Split) -> tuple[Template, ...]:
    """By the order of the hashes in the ids, which says nothing of the text."""
    held = max(1, round(_HELD * len(templates)))
    if split is Split.TEST:
        return tuple(templates[:held])
    return tuple(templates[held : 2 * held] if split is Split.VALIDATION else templates[2 * held :])
