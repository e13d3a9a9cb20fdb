"""The only place of the command that reads the environment.

LOGLYNX_URL       server to talk to              LOGLYNX_KEY   API key
LOGLYNX_DATA_DIR  data directory of ``up``       LOGLYNX_LANG  en or zh; else the locale decides
LOGLYNX_DATA      benchmark data of ``bench``  LOGLYNX_REGISTRY  models of ``models``
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8514
DEFAULT_URL = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
DEFAULT_DATA_DIR = Path("~/.loglynx")

URL_VARIABLE = "LOGLYNX_URL"
KEY_VARIABLE = "LOGLYNX_KEY"
DATA_DIR_VARIABLE = "LOGLYNX_DATA_DIR"
BENCH_DATA_VARIABLE = "LOGLYNX_DATA"
REGISTRY_VARIABLE = "LOGLYNX_REGISTRY"
LANG_VARIABLE = "LOGLYNX_LANG"


def language_of_environment(environment: Mapping[str, str] | None = None) -> str:
    """``zh`` when LOGLYNX_LANG, or without it the locale, is Chinese; else ``en``."""
    variables = os.environ if environment is None else environment
    for name in (LANG_VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := variables.get(name, ""):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def inherited_environment() -> dict[str, str]:
    """What the services of ``up`` inherit: everything, so that their LOGLYNX_<SERVICE>_* settings work."""
    return dict(os.environ)


def has_display() -> bool:
    """True when opening a browser can show a window; a text browser in the terminal would be worse than none."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
