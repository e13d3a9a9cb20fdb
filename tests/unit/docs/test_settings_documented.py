"""docs/settings.md lists every setting with its default, and no setting that does not exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.settings import ServiceSettings

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = (REPOSITORY / "docs/settings.md").read_text()
ROWS = dict(re.findall(r"(?m)^\| `(LOGLYNX_\w+)` \|(.*)\|$", DOCUMENT))


def settings_classes() -> dict[str, type[ServiceSettings]]:
    found = {}
    for path in sorted((REPOSITORY / "services").glob("*/settings.py")):
        service = path.parent.name
        found[service] = getattr(
            importlib.import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings"
        )
    return found


CLASSES = settings_classes()
FIELDS = [(service, name) for service, settings in CLASSES.items() for name in settings.model_fields]


def shown(value: object) -> str:
    """A default as the table shows it."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else getattr(value, "value", value)
    return "none" if plain in (None, "") else str(plain)


def test_services_with_settings_are_found() -> None:
    assert {"ingest", "detector", "analyzer"} <= CLASSES.keys()


@pytest.mark.parametrize(("service", "name"), FIELDS)
def test_setting_is_documented_with_its_default(service: str, name: str) -> None:
    variable = f"LOGLYNX_{service.upper()}_{name.upper()}"
    assert variable in ROWS, f"docs/settings.md lacks {variable}"
    default = shown(CLASSES[service].model_fields[name].get_default(call_default_factory=True))
    assert ROWS[variable].split("|")[0].strip().strip("`").replace(" ", "") == default.replace(" ", ""), variable


def test_every_documented_setting_exists() -> None:
    known = {f"LOGLYNX_{service.upper()}_{name.upper()}" for service, name in FIELDS}
    known |= set(re.findall(r'"(LOGLYNX_[A-Z_]+)"', (REPOSITORY / "loglynx/settings.py").read_text()))
    known |= set(re.findall(r"(?m)^(LOGLYNX_[A-Z_]+)=", (REPOSITORY / ".env.example").read_text()))
    assert ROWS.keys() - known == set()
