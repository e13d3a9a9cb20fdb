"""What a reader of RESULTS.md is told of a model that was trained with several seeds."""

from __future__ import annotations

from typing import Any

import pytest
from summary import seeds_table


def a_task(name: str, f1: float | None, average_precision: float | None, false_alerts: float) -> dict[str, Any]:
    quality = {"f1": f1, "average_precision": average_precision}
    ours = {"quality": quality, "false_alerts_per_1000": false_alerts}
    other = {"quality": {"f1": 0.123, "average_precision": 0.456}, "false_alerts_per_1000": 7.0}
    return {
        "name": name,
        "rows": [{"row": "pca", "runs": [{"measures": other}]}, {"row": "fusion", "runs": [{"measures": ours}]}],
    }


def test_each_task_has_mean_lowest_and_highest_over_the_seeds() -> None:
    table = list(
        seeds_table([[a_task("web", 0.9, 0.8, 1.0)], [a_task("web", 0.6, 0.8, 4.0)], [a_task("web", 0.6, 0.8, 1.0)]])
    )
    assert "| web | .700 (.600, .900) | .800 (.800, .800) | 2.0 (1.0, 4.0) |" in table


def test_the_last_row_spreads_the_seeds_means_not_the_tasks_figures() -> None:
    first = [a_task("one", 0.2, 0.2, 0.0), a_task("two", 1.0, 1.0, 0.0)]
    second = [a_task("one", 1.0, 0.2, 0.0), a_task("two", 0.4, 1.0, 0.0)]
    table = list(seeds_table([first, second]))
    assert "| **mean of the tasks** | .650 (.600, .700) | .600 (.600, .600) | .0 (.0, .0) |" in table


def test_a_figure_without_a_meaning_is_a_dash_and_counts_in_no_mean() -> None:
    tasks = [a_task("clean", None, None, 3.0), a_task("web", 0.5, 0.5, 1.0)]
    table = list(seeds_table([tasks, tasks]))
    assert "| clean | – | – | 3.0 (3.0, 3.0) |" in table
    assert "| **mean of the tasks** | .500 (.500, .500) | .500 (.500, .500) | 2.0 (2.0, 2.0) |" in table


def test_tasks_on_which_seeds_differ_much_are_counted() -> None:
    first = [a_task("one", 0.90, 0.9, 0.0), a_task("two", 0.90, 0.9, 0.0), a_task("clean", None, 0.5, 0.0)]
    second = [a_task("one", 0.86, 0.8, 0.0), a_task("two", 0.80, 0.9, 0.0), a_task("clean", None, 0.6, 0.0)]
    last = list(seeds_table([first, second]))[-1]
    assert last == "\nTasks, of 3, on which seeds differ by .05 or more: F1 on 1, PR-AUC on 2."


def test_reports_of_different_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="not of the same tasks"):
        list(seeds_table([[a_task("one", 0.9, 0.9, 0.0)], [a_task("two", 0.9, 0.9, 0.0)]]))
