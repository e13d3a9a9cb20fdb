import numpy as np
import pytest

from services.analyzer.head_views import Scaling, TextView, TreesView, WordsView
from shared.core.window_features import WindowReader

TEXTS = {"disk": "no space left on device", "net": "no route to host", "fine": "request served"}
VIEWS = (WordsView, TextView, TreesView)


def some_windows(count: int = 8) -> tuple[list, np.ndarray]:
    reader = WindowReader()
    windows, classes = [], []
    for number, text in enumerate(TEXTS.values()):
        for n in range(count):
            noise = [f"2024-01-01 00:00:{n:02d} INFO worker {n} step {step}" for step in range(n % 4 + 1)]
            windows.append(reader.read([*noise, f"2024-01-01 00:01:00 ERROR {text}"]))
            classes.append(number)
    return windows, np.array(classes)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_names_the_class_of_a_window_it_has_not_seen(view):
    fitted = view.fit(*some_windows(), 3)
    new = [WindowReader().read(["hello", f"2024-01-01 00:01:00 ERROR {text}"]) for text in TEXTS.values()]
    found = fitted.log_probabilities(new)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.allclose(np.exp(found).sum(axis=1), 1.0, atol=1e-4)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_made_of_its_parts_answers_as_before(view):
    windows, classes = some_windows()
    fitted = view.fit(windows, classes, 3)
    again = view.of_parts(*fitted.parts(), 3)
    assert np.allclose(again.log_probabilities(windows), fitted.log_probabilities(windows), atol=0.02)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_answers_a_window_of_nothing(view):
    found = view.fit(*some_windows(), 3).log_probabilities([WindowReader().read([])])
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("part", "value"), [("below", 0), ("below", 10**6), ("feature", 10**6), ("roots", -1), ("roots", 10**6)]
)
def test_trees_that_lead_astray_are_refused(part: str, value: int):
    parts, words = TreesView.fit(*some_windows(), 3).parts()
    parts[part] = np.full_like(parts[part], value)
    with pytest.raises(ValueError):
        TreesView.of_parts(parts, words, 3)


def test_columns_out_of_range_are_refused():
    parts, words = TextView.fit(*some_windows(), 3).parts()
    parts["columns"] = parts["columns"] + 10**6
    with pytest.raises(ValueError):
        TextView.of_parts(parts, words, 3)


def test_words_of_every_window_are_left_out():
    windows, _ = some_windows()
    assert "error" not in Scaling.of(windows).words
    assert "space" in Scaling.of(windows).words


def test_a_quantity_that_never_changes_in_training_says_nothing_later():
    reader = WindowReader()
    scaling = Scaling.of([reader.read(["a"]), reader.read(["b"])])
    row = scaling.rows([reader.read(["2024-01-01 00:00:01 ERROR a", "2024-01-02 00:00:01 ERROR a"])])[0]
    assert np.isfinite(row).all()
    assert np.abs(row).max() < 10
