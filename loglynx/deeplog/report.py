"""The pipeline's report: JSON for programs, one page for people with every picture in it, and the pictures."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from loglynx.deeplog.judge import as_rows, judge
from loglynx.deeplog.measure import baseline_measured, classes_measured, clusters_measured, confusion
from loglynx.failures import CommandFailed
from loglynx.terminal import safe
from services.trainer.pipelines.deeplog.clusters import ABOUT, CLUSTERS, MODEL, ClusterModel
from services.trainer.pipelines.deeplog.expert import DIAGNOSIS
from services.trainer.pipelines.deeplog.features import load_features
from services.trainer.pipelines.deeplog.sequences import Corpus, Row

_LONGEST_LINE = 300


def write_report(
    output: Path, corpus: Corpus, said: Mapping[str, Any], names: Mapping[str, str], by_labels: bool
) -> dict[str, Any]:
    """Into ``output/report``; what matters most of it. Raises CommandFailed without matplotlib or jinja2."""
    try:
        draw = import_module("loglynx.deeplog.figures").draw
        environment_of = import_module("jinja2")
    except ImportError as error:
        raise CommandFailed(f"the report needs {error.name}", "pip install 'loglynx[bench]'") from error
    features = load_features(output / "features")
    clusters = np.load(output / "clusters" / CLUSTERS, allow_pickle=False)
    described = [_named(each, names) for each in _read(output / "clusters" / "descriptions.json")]
    tested = [at for at in range(len(corpus.rows)) if features.is_test[at]]
    rows = [corpus.rows[at] for at in tested]
    judged = judge(output, [row.lines for row in rows])
    known = {row.label for row, test in zip(corpus.rows, features.is_test, strict=True) if row.label and not test}
    measured = classes_measured(rows, judged, known) if by_labels else None
    report = {
        "sequences": len(corpus.rows),
        "test": len(rows),
        "anomalous": int(features.is_anomalous.sum()),
        "is_labelled": corpus.is_told,
        "by_labels": by_labels,
        "stages": {name: dict(own) for name, own in said.items()},
        "diagnosis": _read(output / "expert" / DIAGNOSIS),
        "auc": said["features"]["auc_of_largest_surprise"],
        "clusters": _read(output / "clusters" / ABOUT),
        "agreement": clusters_measured(features, clusters),
        "described": described,
        "classifier": {name: own for name, own in said["classify"].items() if name != "skipped"},
        "judged": dict(sorted(Counter(each.name for each in judged).items())),
        "measured": measured,
        "baseline": baseline_measured(corpus.rows, features.is_test) if by_labels else None,
        "names": dict(names),
    }
    for stage in report["stages"].values():  # whether a stage was skipped is of this call, not of the result
        stage.pop("skipped", None)
    table = _confusion(rows, judged)
    model = ClusterModel.load(output / "clusters" / MODEL)
    pictures: dict[str, bytes] = draw(report["diagnosis"], features, clusters, model, described, table, names)
    for each in described:
        del each["held"]
    environment = environment_of.Environment(
        loader=environment_of.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=environment_of.StrictUndefined,
    )
    page = environment.get_template("page.html").render(
        report=report, pictures={name: base64.b64encode(content).decode() for name, content in pictures.items()}
    )
    target = output / "report"
    written = {
        "report.json": _json({**report, "confusion": table}).encode(errors="replace"),
        "judged.json": _json(as_rows(judged)).encode(errors="replace"),
        "report.html": page.encode(errors="replace"),
        **{f"{name}.png": content for name, content in pictures.items()},
    }
    for name, content in written.items():
        (target / name).write_bytes(content)
    figures = {"clusters": report["clusters"]["clusters"], "agreement": report["agreement"]}
    return {**figures, "classes": _without_tables(measured), "baseline": _without_tables(report["baseline"])}


def _named(described: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Lines are whatever somebody wrote."""
    examples = [safe(line, _LONGEST_LINE) for line in described["examples"]]
    return {**described, "examples": examples, "name": names.get(str(described["cluster"]))}


def _confusion(rows: list[Row], judged: list[Any]) -> dict[str, Any] | None:
    told = [(row.label, each.name) for row, each in zip(rows, judged, strict=True) if row.label is not None]
    return confusion([label for label, _ in told], [name for _, name in told]) if told else None


def _without_tables(measured: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if measured is None else {name: value for name, value in measured.items() if name != "confusion"}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
