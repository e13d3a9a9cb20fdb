import math

from shared.core.kin_pauses import KIN_QUANTITIES, NO_STAMP, ids_of, kin_pauses


def two_requests(pause_ms: int) -> list[float]:
    """Two requests side by side: neighbours are 1 ms apart, lines of one request ``pause_ms``."""
    ids, stamps = [], []
    for n in range(6):
        for request in ("req-0000001", "req-0000002"):
            ids.append([request])
            stamps.append(n * pause_ms + (request == "req-0000002"))
    return kin_pauses(ids, [0, 1] * 6, stamps)


def test_a_request_that_waits_shows_though_lines_of_another_stand_between():
    slow, quick = two_requests(100), two_requests(2)
    assert slow[8] == 1.0  # all pauses between 85 and 115 ms
    assert quick[8] == 0.0
    assert len(slow) == len(quick) == KIN_QUANTITIES


def test_of_several_shared_names_the_rarest_says_whose_line_it_is():
    ids = [
        ["account-01", "req-0000001"],
        ["account-01", "req-0000002"],
        ["account-01", "req-0000001"],
        ["other-0001"],
    ]
    ids += [["noise-0001"]] * 4
    found = kin_pauses(ids, list(range(8)), [0, 5, 1_000, 1_001, 2_000, NO_STAMP, NO_STAMP, NO_STAMP])
    assert math.isclose(found[-1], math.log1p(2))  # the account's first two lines, the request's two
    assert math.isclose(found[-2], math.log1p(1_000), rel_tol=1e-6)


def test_without_kin_or_stamps_all_is_nought():
    assert kin_pauses([], [], []) == [0.0] * KIN_QUANTITIES
    assert kin_pauses([["a-1"], ["b-2"]], [0, 0], [1, 2]) == [0.0] * KIN_QUANTITIES
    assert kin_pauses([["same-0001"]] * 2, [0, 0], [NO_STAMP] * 2) == [0.0] * KIN_QUANTITIES


def test_names_of_requests_are_long_and_hold_a_digit():
    assert ids_of("TraceID: 7a3da4af089433e9 user alexander took 12345 ms blk_-123456789") == [
        "7a3da4af089433e9",
        "blk_-123456789",
    ]
    assert ids_of("x" * 100_000 + "1") == []
