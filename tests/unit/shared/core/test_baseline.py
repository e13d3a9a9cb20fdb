"""Learning, calibrating and judging, on windows made of random vectors."""

import io
import json
import zipfile
from dataclasses import replace

import evidence_cases
import numpy as np
import pytest

from shared.core.baseline import Baseline
from shared.core.evidence import VALUE_SLOTS, WORD_SLOTS, WindowEvidence

DIM = 32
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(60, DIM)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


def a_window(templates: list[int], rng: np.random.Generator, surprise: float = 0.5, trouble: float = 0.05):
    vectors = VECTORS[templates]
    embedding = vectors.mean(axis=0)
    return WindowEvidence(
        template_ids=np.array(templates, dtype=np.uint64),
        vectors=vectors,
        trouble=np.full(len(templates), trouble, dtype=np.float32),
        surprise=(surprise + 0.1 * rng.random(len(templates))).astype(np.float32),
        head=float(0.05 + 0.02 * rng.random()),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
        values=np.full((len(templates), VALUE_SLOTS), np.nan, dtype=np.float32),
        gaps=np.full(len(templates), np.nan, dtype=np.float32),
    )


def normal_windows(count: int, seed: int) -> list[WindowEvidence]:
    rng = np.random.default_rng(seed)
    return [a_window(sorted(rng.integers(0, 20, size=10).tolist()), rng) for _ in range(count)]


def a_ready_baseline() -> Baseline:
    return Baseline(200).observe(normal_windows(200, seed=1))


def after_flags(baseline: Baseline, flags: list[bool]) -> Baseline:
    """The baseline after these windows, or after the one that made it drift."""
    for is_flag in flags:
        if baseline.has_drifted:
            break
        baseline = baseline.after_flag(is_flag)
    return baseline


def a_drifted_baseline(baseline: Baseline) -> Baseline:
    return after_flags(baseline, [True] * 30)


def test_a_baseline_learns_then_is_ready_and_then_stays() -> None:
    baseline = Baseline(200).observe(normal_windows(150, seed=1))
    assert baseline.progress == (150, 200) and not baseline.is_ready
    with pytest.raises(RuntimeError):
        baseline.judge(normal_windows(1, seed=2))
    ready = baseline.observe(normal_windows(150, seed=2))
    assert ready.progress == (200, 200) and ready.is_ready
    assert ready.observe(normal_windows(5, seed=3)) is ready


def test_a_baseline_counts_the_events_of_all_that_it_keeps() -> None:
    learning = Baseline(200).observe([*normal_windows(3, seed=1), a_window([1, 2], np.random.default_rng(0))])
    assert (Baseline(200).events, learning.events) == (0, 32)
    assert learning.excusing(normal_windows(1, seed=2)).events == 42


def test_normal_windows_keep_the_budget() -> None:
    judged = a_ready_baseline().judge(normal_windows(2000, seed=9))
    p = np.exp([-j.strangeness for j in judged])
    assert np.mean(p <= 0.05) < 0.1
    assert np.mean(p <= 0.001) <= 0.004


@pytest.mark.parametrize(
    ("component", "also", "strange"),
    [
        # words weigh by how rare their template is: no one ever said these
        ("novelty", ["words"], lambda rng: a_window([*range(1, 10), 45], rng)),
        # ten of a kind follow each other as none ever did, and were never so many
        ("counts", ["order", "relations"], lambda rng: a_window([7] * 10, rng)),
        ("context", [], lambda rng: a_window(list(range(10)), rng, surprise=5.0)),
        ("words", [], lambda rng: a_window(list(range(10)), rng, trouble=0.99)),
    ],
)
def test_each_component_notices_its_own_strangeness(component: str, also: list[str], strange) -> None:
    judgement = a_ready_baseline().judge([strange(np.random.default_rng(5))])[0]
    assert judgement.components[component] < 0.01
    others = {name: p for name, p in judgement.components.items() if name not in (component, *also)}
    assert judgement.components[component] <= min(others.values())


def test_a_short_rest_of_a_normal_window_is_no_anomaly() -> None:
    """Windows are cut from one long round of templates, so that their borders lie anywhere."""
    rng = np.random.default_rng(6)

    def cut(count: int, length: int) -> list[WindowEvidence]:
        round_of = np.cumsum(rng.integers(1, 3, size=count * length)).reshape(count, length) % 20
        return [a_window(templates, rng) for templates in round_of.tolist()]

    baseline = Baseline(200).observe(cut(200, 10))
    judged = baseline.judge(cut(200, 3))
    assert all(j.components["knn"] == 1.0 for j in judged)
    assert np.mean([np.exp(-j.strangeness) <= 0.01 for j in judged]) < 0.05


def test_a_baseline_survives_its_journey_through_bytes() -> None:
    baseline = a_ready_baseline()
    again = Baseline.from_bytes(baseline.to_bytes())
    windows = normal_windows(20, seed=4)
    assert again.progress == baseline.progress
    assert [j.strangeness for j in again.judge(windows)] == [j.strangeness for j in baseline.judge(windows)]


def test_quantities_pauses_and_words_survive_unchanged() -> None:
    window = normal_windows(1, seed=1)[0]
    window.values[2, :2] = 1234.5678, 0.0
    window.gaps[1] = 40.25
    words = np.zeros((len(window), WORD_SLOTS), dtype=np.uint32)
    words[:, 0] = window.template_ids + 2**31
    window = replace(window, words=words)
    (again,) = Baseline.from_bytes(Baseline(50).observe([window]).to_bytes()).windows
    assert np.array_equal(again.values, window.values, equal_nan=True)
    assert np.array_equal(again.gaps, window.gaps, equal_nan=True)
    assert np.array_equal(again.words, words)


def test_a_drift_and_its_memory_survive_too() -> None:
    drifted = a_drifted_baseline(a_ready_baseline()).observe(normal_windows(10, seed=2))
    again = Baseline.from_bytes(drifted.to_bytes())
    assert again.has_drifted and again.progress == drifted.progress and again.kept == drifted.kept == 200
    flagged = after_flags(a_ready_baseline(), [True] * 5)
    assert Baseline.from_bytes(flagged.to_bytes()).alarm_rate == flagged.alarm_rate


def test_a_baseline_of_another_format_is_refused() -> None:
    with np.load(io.BytesIO(a_ready_baseline().to_bytes())) as stored:
        arrays = dict(stored)
    meta = json.loads(arrays["meta"].tobytes()) | {"format": 1}
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    old = io.BytesIO()
    np.savez_compressed(old, **arrays)
    with pytest.raises(ValueError, match="no baseline"):
        Baseline.from_bytes(old.getvalue())


def test_an_empty_baseline_survives_too() -> None:
    assert Baseline.from_bytes(Baseline(50).to_bytes()).progress == (0, 50)


def a_damaged_baseline(method: int | None = None, meta: bytes | None = None) -> bytes:
    """``method``: how its parts say that they are compressed; ``meta``: said instead of what it is."""
    content = io.BytesIO(a_ready_baseline().to_bytes())
    packed = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "meta.npy" and meta is not None:
                array = io.BytesIO()
                np.save(array, np.frombuffer(meta, dtype=np.uint8))
                part = array.getvalue()
            target.writestr(name, part)
    damaged = bytearray(packed.getvalue())
    if method is not None:
        for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            place = damaged.find(mark)
            while place >= 0:
                damaged[place + at] = method
                place = damaged.find(mark, place + 1)
    return bytes(damaged)


FOREIGN = {
    "text": b"not a baseline",
    "nothing": b"",
    "an array": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }"
    + b" " * 60
    + b"\n",
    "an encrypted zip": b"PK\x03\x04" + b"\xff" * 60,
    "a method unknown to us": a_damaged_baseline(method=99),
    "deflated that is not": a_damaged_baseline(method=8),
    "a list for a record": a_damaged_baseline(meta=b"[1, 2]"),
    "no numbers": a_damaged_baseline(meta=b'{"format": 3}'),
    "endless": a_damaged_baseline(meta=b'{"format": 3, "learn_windows": 1e999, "wanted": 1, "kept": 1}'),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_foreign_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no baseline"):
        Baseline.from_bytes(content)


def test_a_damaged_byte_anywhere_is_a_value_error_or_no_matter() -> None:
    whole = Baseline(5).observe(normal_windows(5, seed=1)).to_bytes()
    draw = np.random.default_rng(7)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[draw.integers(len(whole))] ^= int(draw.integers(1, 256))
        try:
            Baseline.from_bytes(bytes(damaged))
        except ValueError:
            refused += 1
    assert refused > 200


def test_a_burst_of_flags_is_no_drift_and_a_flood_is() -> None:
    baseline = a_ready_baseline()
    after_burst = after_flags(baseline, [True] * 10 + [False] * 20)
    assert after_burst.is_ready and after_burst.alarm_rate > 0
    flood = next(count for count in range(30) if after_flags(baseline, [True] * count).has_drifted)
    assert 15 <= flood <= 20
    drifted = after_flags(baseline, [True] * flood)
    assert not drifted.is_ready
    assert drifted.progress == (200, 400)


def test_calm_forgets_the_burst() -> None:
    baseline = a_ready_baseline()
    assert after_flags(baseline, [False] * 100) is baseline
    assert after_flags(baseline, [True] + [False] * 500).alarm_rate == 0.0


def test_a_drifted_baseline_learns_the_new_normal_and_remembers_the_old() -> None:
    rng = np.random.default_rng(3)
    strange = [a_window([int(t) for t in rng.integers(30, 40, size=10)], rng) for _ in range(200)]
    baseline = a_drifted_baseline(a_ready_baseline()).observe(strange)
    assert baseline.is_ready and not baseline.has_drifted
    judged = baseline.judge([*normal_windows(50, seed=8), *strange[:50]])
    assert np.mean([np.exp(-j.strangeness) <= 0.001 for j in judged]) < 0.1


def test_growth_is_bounded() -> None:
    baseline, windows = a_ready_baseline(), normal_windows(100, seed=5)
    for _ in range(12):
        baseline = a_drifted_baseline(baseline).observe([*windows, *windows])
    assert baseline.is_ready and len(baseline.windows) <= 800
    for _ in range(12):
        baseline = baseline.grown_by(windows)
    assert len(baseline.windows) <= 800


def test_a_baseline_grows_with_what_passes_and_forgets_the_oldest() -> None:
    baseline, passing = a_ready_baseline(), normal_windows(100, seed=6)
    assert not baseline.is_outgrown_by(199) and baseline.is_outgrown_by(200)
    grown = baseline.grown_by(passing)
    assert grown.is_ready and grown.progress == (300, 300)
    assert np.array_equal(grown.windows[-1].template_ids, passing[-1].template_ids)
    for seed in range(20, 26):
        grown = grown.grown_by(normal_windows(100, seed))
    assert len(grown.windows) == 800
    assert np.array_equal(grown.windows[0].template_ids, baseline.windows[100].template_ids)
    assert not grown.is_outgrown_by(399) and grown.is_outgrown_by(400)


def test_growing_is_not_drifting_and_keeps_the_memory_of_flags() -> None:
    baseline = after_flags(a_ready_baseline(), [True] * 5)
    grown = baseline.grown_by(normal_windows(100, seed=6))
    assert grown.alarm_rate == baseline.alarm_rate > 0
    assert not grown.has_drifted


def test_a_value_once_strange_is_normal_when_it_has_been_learnt() -> None:
    rng = np.random.default_rng(3)
    slowly = [a_window([*sorted(rng.integers(0, 20, size=9).tolist()), 45], rng) for _ in range(100)]
    baseline = a_ready_baseline()
    before, after = baseline.judge(slowly[:1])[0], baseline.grown_by(slowly).judge(slowly[:1])[0]
    assert before.components["novelty"] < 0.01
    assert after.components["novelty"] == 1.0


def test_a_budget_finer_than_the_windows_can_tell_is_met_half_way() -> None:
    baseline = a_ready_baseline()
    assert baseline.threshold(0.05) == pytest.approx(-np.log(0.05))
    assert baseline.threshold(0.001) == pytest.approx(-np.log(0.001 / 201) / 2)


def test_attributes_survive_and_a_baseline_from_before_them_is_read() -> None:
    window = evidence_cases.a_window([1, 2], attributes={1: {8: 12.5}})
    (again,) = Baseline.from_bytes(Baseline(50).observe([window]).to_bytes()).windows
    assert again.attribute_keys is not None and np.array_equal(again.attribute_keys, window.attribute_keys)
    assert again.attributes is not None and np.array_equal(again.attributes, window.attributes, equal_nan=True)
    data = Baseline(50).observe([evidence_cases.a_window([1, 2])]).to_bytes()
    with np.load(io.BytesIO(data)) as stored:
        assert not {"attributes", "attribute_keys"} & set(stored)
    (old,) = Baseline.from_bytes(data).windows
    assert old.attributes is None and old.attribute_keys is None
