import numpy as np

from shared.core.window_features import QUANTITIES, WindowReader, timing, words_of


def test_words_are_parted_at_humps_and_joined_to_their_neighbours():
    found = words_of("NoRouteToHost 连接失败")
    assert {"no", "route", "no_route", "连", "连_接", "败"} <= found


def test_a_line_that_repeats_counts_once_for_its_words():
    reader = WindowReader()
    once = reader.read(["disk failed on node 1"])
    often = reader.read([f"disk failed on node {n}" for n in range(50)])
    assert once.words == often.words
    assert once.quantities[0] < often.quantities[0]


def test_reading_the_same_window_twice_gives_the_same_features():
    lines = ["2024-01-01 00:00:01 ERROR a failed", "2024-01-01 00:00:09 INFO b went well"]
    first, second = WindowReader(), WindowReader()
    second.read(["something else before"])
    assert first.read(lines).words == second.read(lines).words
    assert np.array_equal(first.read(lines).quantities, second.read(lines).quantities)


def test_quantities_are_finite_and_of_one_length_whatever_the_window():
    reader = WindowReader()
    for lines in ([], [""], ["no stamp"], ["2024-01-01 00:00:01 INFO x"] * 3, ["\x00", "￿" * 5000]):
        quantities = reader.read(lines).quantities
        assert quantities.shape == (QUANTITIES,)
        assert np.isfinite(quantities).all()


def test_slower_lines_show_in_the_timing():
    fast, slow = timing(list(range(0, 1000, 10))), timing(list(range(0, 100_000, 1000)))
    assert len(fast) == len(slow)
    assert fast[2] < slow[2]  # the median pause


def test_levels_show_in_the_quantities():
    reader = WindowReader()
    calm = reader.read(["2024-01-01 00:00:01 INFO started"])
    loud = reader.read(["2024-01-01 00:00:01 ERROR started"])
    assert calm.words == loud.words
    assert not np.array_equal(calm.quantities, loud.quantities)


def test_how_often_a_template_is_written_is_kept_beside_its_words():
    reader = WindowReader()
    often = reader.read([f"disk failed on node {n}" for n in range(50)])
    assert often.said["disk"] == 50
    assert [count for name, count in often.said.items() if name.startswith("#")] == [50]
    assert often.said == WindowReader().read([f"disk failed on node {n}" for n in range(50)]).said
