import numpy as np
import pytest

from services.analyzer.window_head import HeadInvalid, WindowHead
from shared.core.window_features import WindowReader

TEXTS = {"disk": "no space left on device", "net": "no route to host", "fine": "request served"}


def some_windows(count: int = 8) -> tuple[list, list[str]]:
    reader = WindowReader()
    windows, labels = [], []
    for label, text in TEXTS.items():
        for n in range(count):
            noise = [f"2024-01-01 00:00:{n:02d} INFO worker {n} step {step}" for step in range(n % 4 + 1)]
            windows.append(reader.read([*noise, f"2024-01-01 00:01:00 ERROR {text}"]))
            labels.append(label)
    return windows, labels


def test_a_few_examples_teach_labels_that_nobody_foresaw():
    windows, labels = some_windows()
    head = WindowHead.fit(windows, labels)
    new = [WindowReader().read(["hello", f"ERROR {text}"]) for text in TEXTS.values()]
    found = head.probabilities(new)
    assert [head.labels[at] for at in found.argmax(axis=1)] == list(TEXTS)
    assert np.allclose(found.sum(axis=1), 1.0, atol=1e-5)
    assert head.held_out > 0.9


def test_one_label_is_refused():
    windows, _ = some_windows()
    with pytest.raises(ValueError, match="two"):
        WindowHead.fit(windows, ["same"] * len(windows))


def test_a_saved_head_answers_as_before(tmp_path):
    windows, labels = some_windows()
    head = WindowHead.fit(windows, labels)
    head.save(tmp_path / "head.npz")
    again = WindowHead.load(tmp_path / "head.npz")
    assert again.labels == head.labels
    assert np.allclose(again.probabilities(windows), head.probabilities(windows), atol=0.01)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\x00" * 100])
def test_a_broken_file_is_refused(tmp_path, content: bytes):
    path = tmp_path / "head.npz"
    path.write_bytes(content)
    with pytest.raises(HeadInvalid):
        WindowHead.load(path)


def test_a_head_whose_parts_do_not_fit_is_refused(tmp_path):
    windows, labels = some_windows()
    head = WindowHead.fit(windows, labels)
    head.save(tmp_path / "head.npz")
    with np.load(tmp_path / "head.npz") as file:
        parts = dict(file)
    parts["words.weights"] = parts["words.weights"][:-1]
    np.savez(tmp_path / "bad.npz", **parts)
    with pytest.raises(HeadInvalid):
        WindowHead.load(tmp_path / "bad.npz")
