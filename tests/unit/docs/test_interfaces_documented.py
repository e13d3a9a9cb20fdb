"""docs/api.md lists every endpoint and error code; docs/metrics.md every metric and refusal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import errors
from shared.telemetry import Refusal

REPOSITORY = Path(__file__).parents[3]
API = (REPOSITORY / "docs/api.md").read_text()
METRICS = (REPOSITORY / "docs/metrics.md").read_text()
METRIC_TYPES = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
FAMILY_TYPES = {"CounterMetricFamily", "GaugeMetricFamily", "HistogramMetricFamily"}


def error_classes(parent: type[errors.LoglynxError] = errors.LoglynxError) -> Iterator[type[errors.LoglynxError]]:
    yield parent
    for child in parent.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_classes(child)


def metric_names() -> set[str]:
    """Every literal name that is given to a Prometheus metric in the code."""
    names = set()
    for package in ("shared", "services", "loglynx"):
        for path in (REPOSITORY / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    function = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    name = node.args[0].value
                    if function in METRIC_TYPES | FAMILY_TYPES and str(name).startswith("loglynx_"):
                        names.add(str(name))
    return names


@pytest.mark.parametrize("error", list(error_classes()), ids=lambda error: error.code)
def test_error_code_is_documented_with_its_status(error: type[errors.LoglynxError]) -> None:
    row = re.search(rf"(?m)^\| `{error.code}` \| (\d+) \|", API)
    assert row, f"docs/api.md lacks the error code {error.code}"
    assert int(row[1]) == error.status


def test_every_documented_error_code_exists() -> None:
    section = API.split("## Errors", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \| \d+ \|", section)) == {error.code for error in error_classes()}


def test_every_metric_is_documented() -> None:
    documented = set(re.findall(r"(?m)^\| `(loglynx_\w+)` \|", METRICS))
    assert metric_names() == documented


def test_every_refusal_is_documented() -> None:
    section = METRICS.split("## Refusals", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", section)) == {refusal.value for refusal in Refusal}


def test_every_endpoint_is_documented() -> None:
    from services.ingest.app import create_app
    from services.ingest.settings import IngestSettings

    paths = create_app(IngestSettings()).openapi()["paths"]
    endpoints = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    documented = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?\s]*)", API))
    assert endpoints - documented == set(), "docs/api.md lacks endpoints"
    assert documented - endpoints - {"GET /metrics", "GET /healthz", "GET /readyz"} == set(), "no such endpoints"
