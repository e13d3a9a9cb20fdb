"""What a test does without its client: skip, or fail where every client is to be there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = "LOGLYNX_SHIPPERS_REQUIRED"


def skip_or_fail(reason: str) -> NoReturn:
    """Fails if the variable REQUIRED is set and not empty: then a run that tests nothing cannot look like a good one."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{reason} ({REQUIRED} is set)", pytrace=False)
    pytest.skip(reason)
