import numpy as np

from services.analyzer.head_mixing import NEVER, Mixing, fold_of, mixing_of

RNG = np.random.default_rng(0)


def judged(count: int, share_right: float) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of three classes, right for a share of the rows and sure of itself in all of them."""
    classes = np.arange(count) % 3
    said = np.where(np.arange(count) < share_right * count, classes, (classes + 1) % 3)
    shares = np.full((count, 3), 0.05)
    shares[np.arange(count), said] = 0.9
    return np.log(shares).astype(np.float32), classes


def test_the_view_that_is_right_wins_when_there_are_many_windows():
    good, classes = judged(300, 0.95)
    bad = np.log(np.full((300, 3), 1 / 3, np.float32)) + RNG.normal(size=(300, 3)).astype(np.float32)
    mixing = mixing_of({"good": good, "bad": bad}, classes, 300)
    assert mixing.weights["good"] > 0.6
    assert (mixing.mixed({"good": good, "bad": bad}).argmax(axis=1) == classes).mean() > 0.9


def test_of_a_handful_no_view_takes_all():
    good, classes = judged(6, 1.0)
    fair, _ = judged(6, 0.7)
    weights = mixing_of({"good": good, "fair": fair}, classes, 6).weights
    assert weights["good"] > weights["fair"] > 0.1
    assert abs(sum(weights.values()) - 1) < 1e-6


def test_a_mixture_is_the_weighed_mean_of_cooled_log_probabilities():
    mixed = Mixing({"a": 0.25, "b": 0.75}, {"a": 1.0, "b": 3.0}).mixed(
        {"a": np.array([[4.0, 0.0]]), "b": np.array([[0.0, 8.0]])}
    )
    assert np.allclose(mixed, [[1.0, 2.0]])


def test_no_group_is_in_two_folds():
    labels = ["a"] * 12 + ["b"] * 8
    groups = [f"run {n // 2}" for n in range(20)]
    for turn in (0, 1):
        folds = fold_of(labels, groups, turn)
        assert all(len({folds[at] for at in range(20) if groups[at] == group}) == 1 for group in groups)
        assert len(set(folds[:12].tolist())) > 1


def test_another_turn_deals_the_groups_anew():
    labels, groups = ["a"] * 8 + ["b"] * 8, [f"run {n}" for n in range(16)]
    assert not np.array_equal(fold_of(labels, groups, 1), fold_of(labels, groups, 2))


def test_every_label_with_two_groups_is_left_out_in_the_first_fold():
    folds = fold_of(["a", "a", "b", "b"], ["a1", "a2", "b1", "b2"])
    assert folds.tolist() == [0, 1, 0, 1]


def test_a_label_of_one_group_is_never_left_out():
    folds = fold_of(["a", "a", "b", "b"], ["a1", "a2", "b1", "b1"])
    assert folds.tolist() == [0, 1, NEVER, NEVER]


def test_without_groups_neighbours_stay_together():
    folds = fold_of(["a"] * 10, None).tolist()
    assert folds == sorted(folds)
    assert len(set(folds)) == 5


def test_one_group_a_label_is_cut_into_parts():
    assert len(set(fold_of(["a"] * 10 + ["b"] * 10, ["x"] * 10 + ["y"] * 10).tolist())) == 5
