"""The files of ``deploy/shippers``, pointed at the front door of a test and otherwise as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from front_door import FrontDoor

RECIPES = Path(__file__).parents[2] / "deploy" / "shippers"


def over_http(name: str, front_door: FrontDoor) -> str:
    """A recipe with the front door's URL and key."""
    return pointed(name, {"http://loglynx:8000": front_door.url, "KEY": front_door.key})


def pointed(name: str, replaced: Mapping[str, object]) -> str:
    """A recipe with each whole word of ``replaced`` in place of another; every one must be in it."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    for old, new in replaced.items():
        text, count = re.subn(rf"(?<![A-Za-z_]){re.escape(old)}(?![A-Za-z_])", lambda _, new=new: str(new), text)
        assert count, f"{name} does not say {old}"
    return text
