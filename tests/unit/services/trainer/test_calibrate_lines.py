import numpy as np

from services.trainer.calibrate_lines import calibrate, figures_of
from services.trainer.line_rows import LineWindow
from shared.core.line_features import BUCKETS
from shared.core.line_scoring import LineWeights

NAMES = ["benign", "timeout", "unknown"]


def weights() -> LineWeights:
    table = np.zeros((BUCKETS, 4), np.float32)
    for number in range(4):
        table[number, number] = 6.0
    return LineWeights(table, np.zeros(4, np.float32))


def a_window(feature: int, category: str, evidence: int = 1) -> LineWindow:
    lines = (np.array([0], np.int32), np.array([feature], np.int32))
    return LineWindow(lines, ("", category), category, frozenset({evidence}), "fault")


def test_confidence_follows_how_often_the_weights_are_right():
    sound = [a_window(1 + at % 3, NAMES[at % 3]) for at in range(60)]
    wrong = [a_window(1 + at % 3, NAMES[(at + 1) % 3]) for at in range(60)]
    often = figures_of(weights(), calibrate(weights(), sound, NAMES), sound, NAMES)
    mixed = sound + wrong
    seldom = figures_of(weights(), calibrate(weights(), mixed, NAMES), mixed, NAMES)
    assert often.accuracy == 1.0
    assert often.ece < 0.1
    assert seldom.ece < 0.1


def test_figures_count_the_lines_that_are_cited():
    windows = [a_window(2, "timeout"), a_window(2, "timeout", evidence=0)]
    found = figures_of(weights(), calibrate(weights(), windows * 5, NAMES), windows, NAMES)
    assert found.best_line_is_evidence == 0.5
    assert found.macro_f1 == 1.0
    assert np.isnan(found.story)
