"""The event engine: order, determinism, tags, alternatives, victims."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from services.trainer.datasets.simulators.catalogue import plant, simulate
from services.trainer.datasets.simulators.clocks import PLAIN
from services.trainer.datasets.simulators.engine import Simulator, _unroll, fault, flow
from services.trainer.datasets.simulators.fields import counter, integer
from services.trainer.datasets.simulators.script import parse_script


def a_system(**changed: object) -> Simulator:
    parts: dict[str, object] = {
        "name": "toy",
        "language": "en",
        "headers": {"": "{time} {level} {source}: {message}"},
        "clock": PLAIN,
        "fields": {"n": integer(1, 9), "id": counter(100)},
        "flows": (
            flow("visit", 3, "INFO web | in {id}\nINFO web | out {id}"),
            flow("tick", 0, "INFO clock | tick", every_s=5),
        ),
        "faults": (
            fault("down", "service_crash", "坏了", "broken", "*6 ERROR web | lost", {"visit": "WARN web | no {id}"}),
        ),
        "lines_per_s": 10.0,
    }
    return Simulator(**(parts | changed))  # type: ignore[arg-type]


def test_the_seed_fixes_every_line() -> None:
    assert simulate(a_system(), 3, 400, 0.1) == simulate(a_system(), 3, 400, 0.1)
    assert simulate(a_system(), 3, 400) != simulate(a_system(), 4, 400)


def test_time_never_runs_backwards_and_workflows_interleave() -> None:
    lines = simulate(a_system(flows=(flow("visit", 1, "INFO web | in {id}\n+900 INFO web | out {id}"),)), 1, 300)
    times = [line.timestamp_ms for line in lines]
    assert times == sorted(times)
    words = [line.text.split()[-2] for line in lines]
    assert "in in" in " ".join(words)


def test_run_keeps_a_value_and_the_next_run_has_another() -> None:
    texts = [line.text for line in simulate(a_system(), 1, 200)]
    ids = [text.rsplit(" ", 1)[1] for text in texts if " in " in text]
    assert len(set(ids)) == len(ids) > 50
    assert any(text.endswith(f"out {ids[0]}") for text in texts)


def test_fault_and_its_victims_carry_its_name_and_nothing_else_does() -> None:
    lines = plant(a_system(), 5, 300, [("down", 100)])
    assert all(line.fault is None for line in lines[:100])
    marked = {line.text.split(": ")[1].split()[0] for line in lines if line.fault}
    assert marked == {"lost", "no"}
    unmarked = {line.text.split(": ")[1].split()[0] for line in lines if not line.fault}
    assert unmarked == {"in", "out", "tick"}
    first = next(i for i, line in enumerate(lines) if line.fault)
    assert 100 <= first < 110


def test_periodic_workflow_keeps_its_period() -> None:
    ticks = [line.timestamp_ms for line in simulate(a_system(), 2, 900) if "tick" in line.text]
    gaps = [later - sooner for sooner, later in pairwise(ticks)]
    assert gaps and all(4_850 <= gap <= 5_150 for gap in gaps)


def test_fault_rate_is_roughly_kept() -> None:
    share = sum(line.fault is not None for line in simulate(a_system(), 9, 8_000, 0.05)) / 8_000
    assert 0.03 < share < 0.07


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_impossible_fault_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="fault_rate"):
        simulate(a_system(), 1, 10, rate)


def test_exactly_one_alternative_is_taken_and_followers_go_with_it() -> None:
    steps = parse_script("?0.5 I a | A\n& I a | A2\n/?0.5 I a | B\n& I a | B2\n/ I a | C\n*2 I a | D\n& I a | D2")
    seen = {"".join(step.pattern for step in _unroll(steps, Random(seed))) for seed in range(60)}
    assert seen == {"AA2DD2DD2", "BB2DD2DD2", "CDD2DD2"}


@pytest.mark.parametrize(
    "changed",
    [
        {"flows": (flow("visit", 1, "INFO web | hello {nobody}"),)},
        {"faults": (fault("x", "no_such_category", "", "", "E a | b"),)},
        {"faults": (fault("x", "timeout", "", "", "E a | b", {"nowhere": ""}),)},
        {"headers": {"": "{time} {host} {message}"}},
    ],
)
def test_inconsistent_system_cannot_be_built(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="toy"):
        a_system(**changed)


def test_unknown_fault_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="down"):
        plant(a_system(), 1, 10, [("up", 0)])
