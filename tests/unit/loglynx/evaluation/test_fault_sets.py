import pytest

from loglynx.bench.datasets.source import DatasetAbsent
from loglynx.evaluation.fault_sets import FAULT_SETS
from loglynx.evaluation.fault_sets.fault_set import one_of_each, share_of_each
from loglynx.evaluation.fault_sets.tracebench import hide_hosts
from loglynx.evaluation.labelled_rows import LabelledRow


def some_rows(groups: int = 10) -> list[LabelledRow]:
    return [
        LabelledRow((f"{label} {n}",), label, group=f"{label}{n // 2}") for label in "ab" for n in range(2 * groups)
    ]


@pytest.mark.parametrize("found", FAULT_SETS.values(), ids=lambda found: found.name)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_group_is_on_both_sides_and_no_row_is_lost(found, seed: int):
    rows = [
        LabelledRow(row.lines, row.label, group=(row.group or "") + ("_multi" if number % 3 else ""))
        for number, row in enumerate(some_rows())
    ]
    train, test = found.split(rows, seed)
    assert len(train) + len(test) == len(rows)
    assert not {row.group for row in train} & {row.group for row in test}
    assert found.split(rows, seed) == (train, test)


def test_a_share_is_held_out_of_each_label_and_never_nothing():
    held = share_of_each(0.3)({"a": [f"a{n}" for n in range(10)], "b": ["b1", "b2"]}, 0)
    assert len([group for group in held if group.startswith("a")]) == 3
    assert len([group for group in held if group.startswith("b")]) == 1


def test_one_group_of_each_label_is_held_out():
    assert len(one_of_each({"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}, 5)) == 2


@pytest.mark.parametrize("found", FAULT_SETS.values(), ids=lambda found: found.name)
def test_a_data_set_that_is_not_there_says_so(found, tmp_path):
    with pytest.raises(DatasetAbsent):
        found.rows(tmp_path)


def test_nothing_tells_one_machine_of_a_trace_from_another():
    assert hide_hosts("OP: connect Datanode datanode017 connected to 10.107.100.65:50010") == (
        "OP: connect Datanode datanode connected to 10.0.0.1:50010"
    )
