"""One sign of trouble: a pattern, the category it speaks for, how much it weighs and what it says in words.

A pattern never nests quantifiers and bounds its gaps, so that matching stays linear on hostile lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.analyzer.signs.gating import required_literals
from shared.core.taxonomy import Category, Language


@dataclass(frozen=True, slots=True)
class Sign:
    """weight    0..1, how surely one line with this sign belongs to ``category``
    repeated  the weight from the third line on, for signs that mean little alone (one failed login) and much in
              numbers; 0: repetition changes nothing
    says      a clause that completes "line 4: …"
    literals  a line without any of these cannot match
    """

    code: str
    category: Category
    weight: float
    says: dict[Language, str]
    pattern: re.Pattern[str]
    literals: tuple[str, ...]
    repeated: float = 0.0

    def find(self, line: str, folded: str) -> re.Match[str] | None:
        """The first match in ``line``; ``folded`` is ``line.casefold()``, computed once for all signs."""
        if self.literals and not any(literal in folded for literal in self.literals):
            return None
        return self.pattern.search(line)


def sign(
    code: str, category: Category, weight: float, en: str, zh: str, *patterns: str, repeated: float = 0.0
) -> Sign:
    """A sign whose pattern is any of ``patterns``, case ignored."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    pattern = re.compile(joined, re.IGNORECASE)
    return Sign(code, category, weight, {"en": en, "zh": zh}, pattern, required_literals(joined), repeated)
