import json

import numpy as np
import pytest

from services.analyzer.line_model import LineModel
from services.trainer.fit_line_model import Plan, fit_weights, main, quantised
from shared.core.taxonomy import Category

TROUBLE = {
    "disk_full": "no space left on volume {}",
    "deadlock": "deadlock between {} and another transaction",
    "timeout": "request to {} timed out",
}


def some_rows(count: int) -> list[dict[str, object]]:
    rows = []
    for n in range(count):
        for category, text in TROUBLE.items():
            lines = [f"INFO worker {n} went on", f"ERROR {text.format(f'unit-{n}')}"]
            target = {"evidence": [2], "category": category}
            rows.append({"window": lines, "line_categories": ["", category], "kind": "fault", "target": target})
    return rows


@pytest.fixture
def data(tmp_path):
    for split, count in (("train", 20), ("validation", 10), ("test", 10)):
        (tmp_path / f"{split}.jsonl").write_text("\n".join(map(json.dumps, some_rows(count))))
    (tmp_path / "dataset.json").write_text(json.dumps({"rows": 120, "seed": 0}))
    return tmp_path


def test_what_is_fitted_is_what_the_analyzer_loads(data, tmp_path, capsys):
    main(["--data", str(data), "--output", str(tmp_path / "model"), "--epochs", "20"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["test"]["accuracy"] == 1.0
    reading = LineModel.load(tmp_path / "model").read(["INFO worker went on", "ERROR request to unit-7 timed out"])
    assert reading.category is Category.TIMEOUT
    assert reading.evidence == (2,)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    assert "--rows 120 --seed 0" in card


def test_rounding_to_int8_moves_no_weight_by_more_than_half_a_step():
    features = [np.array([n, n + 1], np.int32) for n in range(40)]
    classes = np.arange(40) % 2
    fitted = fit_weights(features, classes.astype(np.int64), np.ones(40, np.float32), 2, Plan(epochs=3))
    values, scale = quantised(fitted.weights)
    assert np.abs(values * scale - fitted.weights).max() <= scale.max() / 2 + 1e-7


def test_the_same_seed_gives_the_same_weights():
    features = [np.array([n % 7, 9], np.int32) for n in range(30)]
    classes = (np.arange(30) % 3).astype(np.int64)
    first, second = (fit_weights(features, classes, np.ones(30, np.float32), 3, Plan(epochs=2)) for _ in range(2))
    assert np.array_equal(first.weights, second.weights)
