"""How a service reads its settings: environment variables with one prefix, nothing unknown, nothing default-secret.

``ServiceSettings`` is subclassed once in each service's ``settings.py`` with ``model_config`` naming the prefix
``LOGLYNX_<SERVICE>_``. An unknown variable with that prefix stops the start: a typo must not be a silent default.
"""

from __future__ import annotations

import os
from typing import Any, Self

from pydantic_settings import BaseSettings, SettingsConfigDict


class UnknownSetting(ValueError):
    """An environment variable carries a service's prefix but names no setting of it."""


def settings_config(service: str) -> SettingsConfigDict:
    """The pydantic-settings configuration of ``service``; prefix ``LOGLYNX_<SERVICE>_``."""
    return SettingsConfigDict(env_prefix=f"LOGLYNX_{service.upper()}_", frozen=True, extra="forbid")


class ServiceSettings(BaseSettings):
    """Base of every service's settings."""

    @classmethod
    def from_environment(cls, **overrides: Any) -> Self:
        """Settings from the environment; ``overrides`` win.

        Raises UnknownSetting for a variable with the prefix that names no field, pydantic's ValidationError for a
        value out of range.
        """
        prefix = str(cls.model_config.get("env_prefix", ""))
        known = {prefix + name.upper() for name in cls.model_fields}
        unknown = sorted(name for name in os.environ if name.upper().startswith(prefix) and name.upper() not in known)
        if unknown:
            raise UnknownSetting(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        return cls(**overrides)
