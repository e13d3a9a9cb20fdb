from __future__ import annotations

import pytest

from loglynx.bench.datasets.labelled_lines import read_labelled, split_label

BGL = "1117838570 2005.06.03 R02-M1-N0-C:J12-U11 2005-06-03-15.42.50.675872 R02-M1-N0-C:J12-U11 RAS KERNEL INFO instruction cache parity error corrected"
THUNDERBIRD = (
    "1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam_unix)[2915]: session closed for user root"
)


@pytest.mark.parametrize("rest", [BGL, THUNDERBIRD, "", "odd  spacing"])
@pytest.mark.parametrize("label", ["KERNDTLB", "VAPI", "APPREAD", "FATAL", "x"])
def test_two_lines_that_differ_in_their_label_alone_become_the_same_event(rest: str, label: str) -> None:
    normal, alert = read_labelled([f"- {rest}"]), read_labelled([f"{label} {rest}"])
    assert normal[0] == alert[0]
    assert (normal[1], alert[1]) == ([False], [True])


def test_a_severity_word_is_no_label() -> None:
    assert split_label("- FATAL machine check") == ("- FATAL machine check", False)


def test_the_headers_behind_the_label_are_still_understood() -> None:
    [bgl, thunderbird], _ = read_labelled([f"KERNDTLB {BGL}", f"VAPI {THUNDERBIRD}"])
    assert bgl.message == "instruction cache parity error corrected"
    assert bgl.timestamp_ms == 1_117_838_570_000
    assert thunderbird.message == "session closed for user root"
